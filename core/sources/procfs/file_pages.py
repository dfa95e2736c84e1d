"""Pages of mapped files that a process has not touched: their content is the file's, so read it there.

Reading such a page through the process would map it there, and would even allocate a page of shared memory
that was never written.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence

from ...maps.area import Area
from ...ports.areas import AreaLister
from ...ports.files import FilePart
from ...ports.running import Clock
from ...range_set import RangeSet
from ...ranges import Range
from .file_holes import holes_of, is_worth_asking
from .flagged import FlaggedRanges
from .handle import ProcessHandle
from .pages import PageScan

# File systems whose files are no plain data: reading them may have side effects.
_SPECIAL = ("/proc/", "/sys/")


class _Files:
    """The areas of files, in order, and what of which files they are, as far as that was asked."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self._areas, self._ends = areas, [area.end for area in areas]
        self.parts: dict[Area, FilePart | None] = {}

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas)

    def overlapping(self, ranges: Iterable[Range]) -> Iterator[Area]:
        """Yield the areas, each once and in order, that lie in one of the ranges, which come in order."""
        index = 0
        for item in ranges:
            index = bisect_right(self._ends, item.start, index)
            while index < len(self._areas) and self._areas[index].start < item.end:
                yield self._areas[index]
                index += 1


class ProcfsFilePages:
    """Finds such pages by PAGEMAP_SCAN or pagemap, and their files by /proc/PID/map_files or by name.

    The kernel lets only the privileged open what is in map_files (CAP_CHECKPOINT_RESTORE); a name serves
    if it still leads to the very file that is mapped.
    """

    def __init__(
        self,
        process: ProcessHandle,
        lister: AreaLister,
        clock: Clock,
        pages: PageScan,
        flagged: FlaggedRanges,
    ) -> None:
        self._process, self._lister, self._pages, self._flagged = process, lister, pages, flagged
        self._clock = clock
        self._page_size = os.sysconf("SC_PAGESIZE")
        self._known: tuple[Hashable, _Files] | None = None

    def at_rest(self, ranges: Iterable[Range]) -> Iterator[FilePart]:
        """Yield the parts of the ranges, in order and in whole pages, that lie in files and were not touched.

        Raise SourceDenied or SourceError if the process can't be asked.
        """
        files = self._files()
        wanted = RangeSet(self._whole_pages(ranges, files))
        areas = list(files.overlapping(wanted))
        if not areas:
            return
        scope = RangeSet(part for area in areas for part in wanted.within(*area.range))
        elsewhere = RangeSet([*self._flagged.filled_in(), *self._flagged.huge()])
        missing = RangeSet(
            left
            for hole in self._pages.missing(scope)
            for part in scope.within(*hole)
            for left in elsewhere.outside(*part)
        )
        yield from self._parts(files, areas, missing)

    def worth_asking(self) -> RangeSet:
        """Return the areas that may have holes of files that are worth knowing."""
        large = RangeSet(area.range for area in self._files() if is_worth_asking(area.size))
        huge = self._flagged.huge() if len(large) else large
        return RangeSet(left for part in large for left in huge.outside(*part))

    def holes(self, missing: Iterable[Range]) -> Iterator[Range]:
        """Yield, in order, which of these pages, that aren't in the process, are holes of their files.

        They come in order, and in areas that are worth asking about.
        """
        files, wanted = self._files(), RangeSet(missing)
        areas = (area for area in files.overlapping(wanted) if _is_much(wanted.within(*area.range)))
        return holes_of(self._parts(files, areas, wanted), self._page_size)

    def _parts(self, files: _Files, areas: Iterable[Area], missing: RangeSet) -> Iterator[FilePart]:
        """Yield the parts of the areas that are missing, as far as their files can be opened."""
        for area in areas:
            parts = list(missing.within(*area.range))
            if parts and area not in files.parts:
                files.parts[area] = self._file_of(area)
            file = files.parts[area] if parts else None
            if file is not None:
                yield from (_part(file, part) for part in parts)

    def _files(self) -> _Files:
        """Return the areas of files, which are read once until the clock moves."""
        now = self._clock.now()
        if self._known is None or self._known[0] != now:
            self._known = now, _Files([area for area in self._lister.areas() if _is_of_a_file(area)])
        return self._known[1]

    def _whole_pages(self, ranges: Iterable[Range], files: _Files) -> Iterator[Range]:
        """Yield the pages of those ranges that overlap a file, of which there may be few among very many."""
        return (item.widened(self._page_size) for item in ranges if any(files.overlapping([item])))

    def _file_of(self, area: Area) -> FilePart | None:
        """Return the area as a part of its file; None if the file can't be opened or isn't regular."""
        link = f"{self._process.path('map_files')}/{area.start:x}-{area.end:x}"
        for path in (link, area.path or ""):
            try:
                status = os.stat(path)
            except OSError:
                continue
            is_same = path == link or _device(status) == (area.device, area.inode)
            if is_same and stat.S_ISREG(status.st_mode) and os.access(path, os.R_OK):
                identity = status.st_dev, status.st_ino
                return FilePart(area.start, area.end, path, identity, area.offset or 0)
        return None


def _is_of_a_file(area: Area) -> bool:
    path = area.path or ""
    return bool(area.inode) and not path.startswith(_SPECIAL)


def _is_much(parts: Iterable[Range]) -> bool:
    return is_worth_asking(sum(part.size for part in parts))


def _part(file: FilePart, part: Range) -> FilePart:
    return file._replace(start=part.start, end=part.end, offset=file.offset + part.start - file.start)


def _device(status: os.stat_result) -> tuple[str, int]:
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    return device, status.st_ino
