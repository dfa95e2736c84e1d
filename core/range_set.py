"""A set of addresses as ordered ranges, which can be cut to a range."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import attrgetter

from .ranges import Range, coalesce


class RangeSet:
    """A set of addresses, kept as the fewest ranges, in order. Immutable."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        """Take ranges in any order; they may overlap, and empty ones are left out."""
        kept = sorted(r for r in ranges if r.start < r.end)
        self._ranges = tuple(coalesce(kept))
        self._ends = tuple(map(attrgetter("end"), self._ranges))

    def __iter__(self) -> Iterator[Range]:
        return iter(self._ranges)

    def __len__(self) -> int:
        return len(self._ranges)

    def __repr__(self) -> str:
        return f"RangeSet({list(self._ranges)})"

    def __contains__(self, address: object) -> bool:
        return isinstance(address, int) and any(self.within(address, address + 1))

    def within(self, start: int, end: int) -> Iterator[Range]:
        """Yield, in order, the parts of the set between `start` and `end`."""
        for index in range(bisect_right(self._ends, start), len(self._ranges)):
            part = self._ranges[index].intersection(start, end)
            if part is None:
                return
            yield part

    def outside(self, start: int, end: int) -> Iterator[Range]:
        """Yield, in order, the parts of `start` to `end` that aren't in the set."""
        first = bisect_right(self._ends, start)
        is_near = first < len(self._ranges) and self._ranges[first].start < end
        for part in self.within(start, end) if is_near else ():
            if start < part.start:
                yield Range(start, part.start)
            start = part.end
        if start < end:
            yield Range(start, end)
