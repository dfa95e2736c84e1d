"""Files that are used although nothing proves them, as tables and documents have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...render.escape import visible
from ...render.text import Line, warning


def unproven_json(unproven: Mapping[str, str]) -> dict[str, Any]:
    """Return the field of a document that says which files these are, and why they are used."""
    found = [{"path": path, "why": why} for path, why in unproven.items()]
    return {"unproven": found} if found else {}


def unproven_lines(unproven: Mapping[str, str], mark: str = "") -> Iterator[Line]:
    """Yield a line for each such file, which begins with the mark."""
    for path, why in unproven.items():
        yield warning(f"{mark}not proven: {visible(path)}, {why}")
