"""Pages that were never touched, which may be skipped, and pages that a debugger may have written to."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from ...maps.area import Area
from ...maps.protection import Protection
from ...ports.areas import AreaLister
from ...ports.moment import held
from ...ports.running import Clock
from ...range_set import RangeSet
from ...ranges import Range, align_down, align_up, coalesce, split
from .file_pages import ProcfsFilePages
from .flagged import FlaggedRanges
from .missing_ahead import MissingAhead
from .pages import PageScan


class _Eligible(NamedTuple):
    """Where a missing page may be zeros, at a moment of the clock: and which of that is of files."""

    moment: Hashable
    areas: RangeSet
    of_files: RangeSet


class ProcfsUntouched:
    """Finds pages that read as zeros because they were never written or read, or are holes of files.

    Memory without userfaultfd(2) counts that is private and anonymous, or of a file. Which areas that is, is
    read once until the clock moves; for the pages of all of them, ask once with a wide range.
    """

    def __init__(
        self,
        lister: AreaLister,
        clock: Clock,
        pages: PageScan,
        flagged: FlaggedRanges,
        files: ProcfsFilePages,
    ) -> None:
        self._flagged, self._files = flagged, files
        self._lister = lister
        self._clock = clock
        self._page_size = os.sysconf("SC_PAGESIZE")
        self._pages = MissingAhead(pages, held(clock), self._page_size)
        self._known: _Eligible | None = None

    def untouched(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, the page-aligned ranges in `start..end` that are zeros.

        Raise SourceDenied or SourceError if the process can't be asked.
        """
        page = self._page_size
        start, end = align_up(start, page), align_down(end, page)
        if start >= end:
            return ()
        eligible = self._eligible()
        missing = self._pages.missing(eligible.areas, start, end)
        is_near_files = next(eligible.of_files.within(start, end), None) is not None
        return self._zeros(missing, eligible.of_files) if is_near_files else missing

    def recorded(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, the ranges in `start..end` that are of files: zeros are holes there."""
        return self._eligible().of_files.within(start, end)

    def _zeros(self, missing: Iterable[Range], of_files: RangeSet) -> Iterable[Range]:
        """Return which of the missing pages were never touched, or are holes of files."""
        parts = [part for item in missing for part in split(item, of_files.within(*item))]
        in_files = [part for part, is_of_a_file in parts if is_of_a_file]
        untouched = (part for part, is_of_a_file in parts if not is_of_a_file)
        return coalesce(sorted([*untouched, *self._files.holes(in_files)]))

    def _eligible(self) -> _Eligible:
        now = self._clock.now()
        if self._known is None or self._known.moment != now:
            anonymous = RangeSet(area.range for area in self._lister.areas() if is_private_anonymous(area))
            files = self._files.worth_asking()
            filled_in = self._flagged.filled_in() if len(anonymous) or len(files) else RangeSet()
            areas = (left for r in (*anonymous, *files) for left in filled_in.outside(*r))
            self._known = _Eligible(now, RangeSet(areas), files)
        return self._known


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
