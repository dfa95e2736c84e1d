"""Areas in which a missing page is no page of zeros, by the flags that the kernel shows of them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from ...ports.moment import held
from ...ports.running import Clock
from ...range_set import RangeSet
from ...ranges import Range
from .handle import ProcessHandle
from .pages import page_scan
from .smaps import USERFAULT_FLAGS, ProcfsResidency, flagged_areas, huge_page_sizes, supplied_areas


class _Known(NamedTuple):
    """What smaps told at a moment of the clock."""

    moment: Hashable
    filled_in: RangeSet
    supplied: RangeSet
    huge: Mapping[Range, int]


class FlaggedRanges:
    """Finds areas in which a missing page is no page of zeros, by the flags that the kernel shows.

    The kernel is asked again when the clock has moved. Raises SourceDenied or SourceError when the process
    can't be asked.
    """

    def __init__(self, process: ProcessHandle, clock: Clock) -> None:
        self._process = process
        self._smaps = ProcfsResidency(process)
        self._clock = held(clock)
        self._known: _Known | None = None

    def filled_in(self) -> RangeSet:
        """Return where userfaultfd(2) supplies pages: a read there may wait for another program."""
        return self._asked().filled_in

    def never_there(self) -> RangeSet:
        """Return missing pages that every read fails in, until another program supplies them."""
        supplied = self._asked().supplied
        holes = page_scan(self._process).missing(supplied) if len(supplied) else ()
        return RangeSet(part for hole in holes for part in supplied.within(*hole))

    def is_current(self) -> bool:
        """Return whether the process can't have run since it was last asked; in a moment, not before it."""
        return self._known is not None and self._known.moment == self._clock.now() and self._clock.is_still()

    def huge(self) -> RangeSet:
        """Return where huge pages come from a pool, which may have none left."""
        return RangeSet(self.huge_page_sizes())

    def huge_page_sizes(self) -> Mapping[Range, int]:
        """Return these areas, and how large their pages are."""
        return self._asked().huge

    def _asked(self) -> _Known:
        now = self._clock.now()
        if self._known is None or self._known.moment != now:
            text = self._smaps.snapshot()
            filled_in, supplied = flagged_areas(text, USERFAULT_FLAGS), supplied_areas(text)
            self._known = _Known(now, RangeSet(filled_in), RangeSet(supplied), huge_page_sizes(text))
        return self._known
