"""Finds matches where they, or what looks like them, are many: with one call for all of them.

That needs the interpreter's lock all the time, but only about 0.1 us for a match.
"""

from __future__ import annotations

from .hits import Batch
from .scans import check_after, scans
from .shape import Shape
from .window import Haystack


class DenseFinder:
    """Finds the matches of a pattern of one size at offsets `low`..`last` of a haystack."""

    def __init__(self, shape: Shape, align: int) -> None:
        self._size, self._align = shape.max_size, align
        self._scans, self._check = tuple(scans(shape)), check_after(shape)

    def find(self, stack: Haystack, low: int, last: int) -> Batch:
        """Return the matches in order."""
        data, origin, align, check = stack.data, stack.origin, self._align, self._check
        offsets: list[int] = []
        for expression, offset in self._scans:
            found = expression.finditer(data, low + offset, last + self._size)
            offsets += [match.start() - offset for match in found]
        if len(self._scans) > 1:
            offsets.sort()
        if align > 1:
            offsets = [at for at in offsets if (at + origin) % align == 0]
        if check is not None:
            offsets = [at for at in offsets if at <= last and check(data, at)]
        return Batch([at + origin for at in offsets], self._size)


def zero_batch(start: int, end: int, align: int, size: int, pattern: int = 0) -> Batch:
    """Return the matches of a pattern that matches zeros wherever it begins in `start`..`end`."""
    return Batch(range(start + -start % align, end, align), size, pattern)
