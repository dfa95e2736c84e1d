"""A range in which memory isn't what it should be."""

from __future__ import annotations

from typing import NamedTuple

from ...maps.area import Area

# Enough for every eye; a differing gigabyte isn't kept twice to be shown.
MOST_SHOWN = 1 << 16
# Said of what no relocation explains, and which yet is no wonder.
LINKERS_OWN = "in the dynamic linker's own data, which it sets by itself before it protects it"


class Difference(NamedTuple):
    """A range in which each byte differs from the image, for one cause; `file_offset` of its start.

    Of a very long range, `expected` and `actual` hold the first `MOST_SHOWN` bytes. `note` says what is
    known of a place whose cause is unknown, or None.
    """

    start: int
    end: int
    cause: str
    expected: bytes
    actual: bytes
    area: Area
    path: str | None
    file_offset: int | None
    note: str | None = None
