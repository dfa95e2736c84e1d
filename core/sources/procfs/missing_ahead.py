"""Where no page is, for questions that come range by range: in a moment one scan answers many of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...ports.moment import HeldClock
from ...range_set import RangeSet
from ...ranges import TOP, Range, align_down, coalesce
from .pages import PageScan

# So many bytes are scanned at once at the most, if less was asked for: where all pages are there, that takes
# a millisecond.
_MOST = 256 << 20


class MissingAhead:
    """Scans ahead while each question begins near the end of the last one: twice as far each time.

    Who goes through all areas costs so a scan for hundreds of them; who asks here and there, one for each.
    What was scanned ahead counts in the moment in which it was, and outside of moments nothing is.
    """

    def __init__(self, pages: PageScan, clock: HeldClock, page_size: int) -> None:
        self._pages, self._clock, self._page_size = pages, clock, page_size
        self._asked_in: object = None
        self._known, self._missing = Range(TOP, TOP), RangeSet()
        self._reach = 0

    def missing(self, eligible: RangeSet, start: int, end: int) -> Iterable[Range]:
        """Return, in order and page-aligned, where in the range and in `eligible` no page is."""
        token = self._clock.token
        if token is None:
            return coalesce(self._parts(RangeSet(eligible.within(start, end))))
        if token is not self._asked_in:
            self._asked_in, self._known = token, Range(TOP, TOP)
        if not self._known.start <= start < end <= self._known.end:
            self._scan(eligible, start, end)
        return self._missing.within(start, end)

    def _scan(self, eligible: RangeSet, start: int, end: int) -> None:
        self._reach = min(2 * self._reach, _MOST) if self._is_near(eligible, start) else 0
        scope = [*eligible.within(start, end), *self._ahead(eligible, end)]
        self._reach = max(self._reach, min(_size(scope), _MOST))
        self._known = Range(start, max(end, scope[-1].end if scope else end))
        self._missing = RangeSet(self._parts(RangeSet(scope)))

    def _parts(self, scope: RangeSet) -> Iterator[Range]:
        return (part for hole in self._pages.missing(scope) for part in scope.within(*hole))

    def _is_near(self, eligible: RangeSet, start: int) -> bool:
        """Return whether no more was passed over since the last scan than that one scanned."""
        left = self._reach
        for part in eligible.within(self._known.end, start):
            left -= part.size
            if left < 0:
                return False
        return self._known.start <= start

    def _ahead(self, eligible: RangeSet, end: int) -> Iterator[Range]:
        """Yield what is scanned behind the end of what is asked for."""
        left = align_down(self._reach, self._page_size)
        for part in eligible.within(end, TOP):
            if left <= 0:
                return
            yield Range(part.start, min(part.end, part.start + left))
            left -= part.size


def _size(ranges: Iterable[Range]) -> int:
    return sum(part.size for part in ranges)
