"""Pages that were never touched, which may be skipped, and pages that a debugger may have written to."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ...maps.area import Area
from ...maps.protection import Protection
from ...ports.areas import AreaLister
from ...ports.moment import held
from ...ports.running import Clock
from ...range_set import RangeSet
from ...ranges import Range, align_down, align_up, coalesce
from .handle import ProcessHandle
from .missing_ahead import MissingAhead
from .pages import PagemapFile, PagemapScan, PageScan
from .smaps import USERFAULT_FLAGS, ProcfsResidency, flagged_areas, huge_page_sizes, supplied_areas


def page_scan(process: ProcessHandle) -> PageScan:
    """Return the fastest way to scan pages that this kernel has."""
    return PagemapScan(process) if PagemapScan.is_supported() else PagemapFile(process)


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


class ProcfsUntouched:
    """Finds pages that read as zeros because they were never written or read.

    Only private anonymous memory without userfaultfd(2) counts. Which areas that is, is read once until the
    clock moves; for the pages of all of them, ask once with a wide range.
    """

    is_content = False

    def __init__(self, lister: AreaLister, clock: Clock, pages: PageScan, flagged: FlaggedRanges) -> None:
        self._flagged = flagged
        self._lister = lister
        self._clock = clock
        self._page_size = os.sysconf("SC_PAGESIZE")
        self._pages = MissingAhead(pages, held(clock), self._page_size)
        self._known: tuple[Hashable, RangeSet] | None = None

    def untouched(self, start: int, end: int) -> Iterable[Range]:
        """Yield, in order, the page-aligned ranges in `start..end` that were never touched.

        Raise SourceDenied or SourceError if the process can't be asked.
        """
        page = self._page_size
        start, end = align_up(start, page), align_down(end, page)
        return self._pages.missing(self._eligible(), start, end) if start < end else ()

    def _eligible(self) -> RangeSet:
        now = self._clock.now()
        if self._known is None or self._known[0] != now:
            anonymous = RangeSet(area.range for area in self._lister.areas() if is_private_anonymous(area))
            filled_in = self._flagged.filled_in() if len(anonymous) else RangeSet()
            self._known = now, RangeSet(left for r in anonymous for left in filled_in.outside(*r))
        return self._known[1]


def is_private_anonymous(area: Area) -> bool:
    """Return whether the area, as the kernel lists it, is private memory of no file and no driver."""
    path = area.path
    if path is None or area.inode or area.device != "00:00" or area.allows(Protection.SHARED) is not False:
        return False
    return path in ("", "[heap]") or path.startswith(("[anon:", "[stack"))


class ModifiedPages:
    """Finds pages in which a debugger may have put breakpoints: they are the process's own.

    Writing into a private mapping gives the process its own copy of the page. A shared one has no
    such sign, so all its pages count.
    """

    def __init__(self, pages: PageScan) -> None:
        self._pages = pages

    def modified(self, areas: Iterable[Area]) -> Iterator[Range]:
        """Yield, in order, the ranges of these areas (in order, apart) that may differ from their file."""
        ordered = list(areas)
        shared = [area.range for area in ordered if area.allows(Protection.SHARED) is not False]
        private = RangeSet(area.range for area in ordered if area.allows(Protection.SHARED) is False)
        own = (part for found in self._pages.private(private) for part in private.within(*found))
        return coalesce(sorted([*shared, *own]))
