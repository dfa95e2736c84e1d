"""Finds matches where they, or what looks like them, are many: with one call for all of them.

That needs the interpreter's lock all the time, but only about 0.1 us for a match.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..ranges import Range
from .hits import Batch
from .scans import check_after, scans
from .shape import Shape
from .window import Haystack
from .zeros import split, zero_runs


class DenseFinder:
    """Finds the matches of a pattern of one size at offsets `low`..`last` of a haystack."""

    def __init__(self, shape: Shape, align: int) -> None:
        self._size, self._align = shape.max_size, align
        self._scans, self._check = tuple(scans(shape)), check_after(shape)
        self._zero_size = shape.zero_match()
        # Anchors of zeros, or none at all, make zeros the slowest memory there is.
        self._sets_zeros_aside = any(not any(anchor.literal) for anchor in shape.anchors) or not shape.anchors

    def find(self, stack: Haystack, low: int, last: int) -> Iterator[Batch]:
        """Yield the matches in order."""
        whole = Range(low, last + 1)
        if not self._sets_zeros_aside:
            yield self._scan(stack, whole)
            return
        for part, is_zero in split(whole, zero_runs(stack.data, low, last + self._size), 0, self._size):
            if not is_zero:
                yield self._scan(stack, part)
            elif self._zero_size is not None:
                yield zero_batch(part.start + stack.origin, part.end + stack.origin, self._align, self._size)

    def _scan(self, stack: Haystack, part: Range) -> Batch:
        data, origin, align, check = stack.data, stack.origin, self._align, self._check
        offsets: list[int] = []
        for expression, offset in self._scans:
            found = expression.finditer(data, part.start + offset, part.end - 1 + self._size)
            offsets += [match.start() - offset for match in found]
        if len(self._scans) > 1:
            offsets.sort()
        if align > 1:
            offsets = [at for at in offsets if (at + origin) % align == 0]
        if check is not None:
            offsets = [at for at in offsets if at < part.end and check(data, at)]
        return Batch([at + origin for at in offsets], self._size)


def zero_batch(start: int, end: int, align: int, size: int, pattern: int = 0) -> Batch:
    """Return the matches of a pattern that matches zeros wherever it begins in `start`..`end`."""
    return Batch(range(start + -start % align, end, align), size, pattern)
