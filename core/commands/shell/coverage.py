"""What a search was to cover, and what it did: every byte of the scope is in one of four counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...render.fields import hexadecimal


def coverage_json(
    searched: int, never_touched: int, unreadable: Iterable[tuple[int, int, str]], left_out: int
) -> dict[str, Any]:
    """A coverage as documents have it; the four add up to the size of the scope, in bytes."""
    parts = [
        {"start": hexadecimal(start), "end": hexadecimal(end), "why": why} for start, end, why in unreadable
    ]
    return {"searched": searched, "never_touched": never_touched, "unreadable": parts, "left_out": left_out}


# Of ranges that could not be read, this many are listed one by one.
SHOWN = 5
