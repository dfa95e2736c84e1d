"""Scans with one regular expression: used where matches, or candidates for them, are dense.

That holds the interpreter's lock all the time, but costs only about 0.1 us for a match.
"""

from __future__ import annotations

from ..hits.hits import Batch
from ..patterns.shape import Shape
from .haystack import Haystack
from .overlapping_regex import check_after, scans

# Bytes scanned in one call: nothing interrupts a call, and in zeros one may take long.
_BLOCK = 1 << 16


class BulkFinder:
    """Finds the matches of a pattern of one size at offsets `low`..`last` of a haystack."""

    def __init__(self, shape: Shape, align: int) -> None:
        self._size, self._align = shape.max_size, align
        self._scans, self._check = tuple(scans(shape)), check_after(shape)

    def find(self, haystack: Haystack, low: int, last: int) -> Batch:
        """Return the matches in order."""
        addresses: list[int] = []
        for start in range(low, last + 1, _BLOCK):
            addresses += self._find(haystack, start, min(last, start + _BLOCK - 1))
        return Batch(addresses, self._size)

    def _find(self, haystack: Haystack, low: int, last: int) -> list[int]:
        data, origin, align, check = haystack.data, haystack.origin, self._align, self._check
        addresses: list[int] = []
        for expression, offset in self._scans:
            shift = origin - offset
            found = expression.finditer(data, low + offset, last + self._size)
            addresses += [match.start() + shift for match in found]
        if len(self._scans) > 1:
            addresses.sort()
        if align > 1:
            addresses = [address for address in addresses if address % align == 0]
        if check is not None:
            end = last + origin
            addresses = [a for a in addresses if a <= end and check(data, a - origin)]
        return addresses


def zero_batch(start: int, end: int, align: int, size: int, pattern: int = 0) -> Batch:
    """Return the matches of a pattern that matches zeros wherever it begins in `start`..`end`."""
    return Batch(range(start + -start % align, end, align), size, pattern, 0)
