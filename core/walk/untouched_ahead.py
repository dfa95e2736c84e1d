"""Untouched pages of many small areas, asked about together: the question costs more than the answer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import islice

from ..intervals import Interval
from ..ports.memory import UntouchedPages
from ..range_set import RangeSet
from ..ranges import Range

# An area of this size is worth a question of its own, and a gap of this size isn't worth asking about.
_LARGE = 1 << 20
# Areas asked about at once: enough that questions don't count, few enough that the answers are of now.
_AREAS = 1024


class UntouchedAhead:
    """Knows untouched pages as another port does, which it asks about several of these areas at a time.

    An answer is of the time when the area was asked about: the memory held those zeros then.
    """

    def __init__(self, pages: UntouchedPages, areas: Sequence[Interval]) -> None:
        """Take the areas that the questions will be about, in order."""
        self._pages, self._areas = pages, areas
        self._ends = [area.end for area in areas]
        self._asked = Range(0, 0)
        self._zeros = self._recorded = RangeSet()

    def recorded(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, where in `start..end` zeros are recorded ones; see UntouchedPages."""
        low, high = self._asked
        return (self._recorded.within if low <= start and end <= high else self._pages.recorded)(start, end)

    def untouched(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, the parts of `start..end` that were never touched; see UntouchedPages."""
        low, high = self._asked
        if start < low or high < end:
            if end - start >= _LARGE:
                return self._pages.untouched(start, end)
            self._asked = Range(start, self._end_of_question(start, end))
            self._zeros = RangeSet(self._pages.untouched(*self._asked))
            self._recorded = RangeSet(self._pages.recorded(*self._asked))
        return self._zeros.within(start, end)

    def _end_of_question(self, start: int, end: int) -> int:
        """Return how far to ask: up to a large area, or a large gap, or the most areas."""
        first = bisect_right(self._ends, start)
        for area in islice(self._areas, first, first + _AREAS):
            if area.end - area.start >= _LARGE or area.start - end >= _LARGE:
                break
            end = max(end, area.end)
        return end
