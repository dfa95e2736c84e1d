"""What a search was asked to cover, and what it did: every byte of the scope is in one of four counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...render.fields import hexadecimal


def coverage_json(
    searched: int, never_touched: int, unreadable: Iterable[tuple[int, int, str]], left_out: int
) -> dict[str, Any]:
    """Return a coverage as documents have it; its four counts add up to the size of the scope, in bytes."""
    parts = [
        {"start": hexadecimal(start), "end": hexadecimal(end), "why": why} for start, end, why in unreadable
    ]
    return {"searched": searched, "never_touched": never_touched, "unreadable": parts, "left_out": left_out}


# Ranges that could not be read are listed one by one up to this many.
SHOWN = 5
