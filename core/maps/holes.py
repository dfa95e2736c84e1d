"""What is free in an address space: ranges that no area covers and in which something could be mapped."""

from __future__ import annotations

from collections.abc import Iterator

from ..ranges import TOP, Range
from .area_map import AreaMap

# Between the halves of a 64-bit address space lie addresses that no processor takes; the upper half is the
# kernel's (Documentation/arch/x86/x86_64/mm.rst, Documentation/arch/arm64/memory.rst).
UPPER_HALF = 1 << 63


def holes(areas: AreaMap, start: int = 0, end: int = TOP) -> Iterator[Range]:
    """Yield the ranges between `start` and `end` that no area covers, but not the one between the halves."""
    return (gap for gap in areas.gaps(start, end) if not gap.start < UPPER_HALF < gap.end)


def largest_hole(areas: AreaMap) -> Range | None:
    """Return the largest range between two areas of the lower half, or None where there is none."""
    lower = [area for area in areas if area.end <= UPPER_HALF]
    if not lower:
        return None
    free = holes(areas, lower[0].start, max(area.end for area in lower))
    return max(free, key=lambda hole: hole.size, default=None)
