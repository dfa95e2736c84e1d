"""What is free in an address space: ranges that no area covers and in which something could be mapped."""

from __future__ import annotations

from collections.abc import Iterator

from ..ranges import TOP, Range
from .area_map import AreaMap
from .limits import UPPER_HALF


def holes(areas: AreaMap, start: int = 0, end: int = TOP, user_end: int | None = None) -> Iterator[Range]:
    """Yield the ranges between `start` and `end` that no area covers and that can be used.

    What lies between `user_end` (see `limits.user_end`) and the upper half can't be; where that isn't known,
    the range between the halves isn't told.
    """
    for gap in areas.gaps(start, end):
        if user_end is None or gap.start >= UPPER_HALF:
            if not gap.start < UPPER_HALF < gap.end:
                yield gap
        elif gap.start < user_end:
            yield Range(gap.start, min(gap.end, user_end))


def largest_hole(areas: AreaMap, user_end: int | None = None) -> Range | None:
    """Return the largest of the `holes` between two areas, of which the lower one is in the lower half.

    None where there is none.
    """
    lower = [area for area in areas if area.end <= UPPER_HALF]
    if not lower:
        return None
    end = max(area.end for area in lower) if len(lower) == len(areas) else TOP
    free = (hole for hole in holes(areas, lower[0].start, end, user_end) if hole.start < UPPER_HALF)
    return max(free, key=lambda hole: hole.size, default=None)
