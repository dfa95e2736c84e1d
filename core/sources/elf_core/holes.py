"""Holes of a sparse core file: pages of zeros that the kernel left out of the file and not of the dump."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from ...files.pinned import OpenFile
from ...ranges import Range, align_down, align_up, coalesce
from .layout import Load


class CoreHoles:
    """Finds memory that reads as zeros because the core file has a hole there (lseek(2), SEEK_DATA).

    The kernel makes holes of pages that were never touched or are all zeros, so that a core of much
    reserved memory is small, and need not be read. What was never touched can't be told from the rest: GDB 13
    to 17 leave a hole for all of an area of which it could not read a page.
    """

    def __init__(self, core: OpenFile, loads: Sequence[Load], page_size: int) -> None:
        """Take the core file and its memory segments in address order."""
        self._core = core
        self._loads = loads
        self._starts = [load.start for load in loads]
        self._page_size = page_size

    def untouched(self, start: int, end: int) -> Iterable[Range]:
        """Yield, in order, the page-aligned ranges in `start..end` that are holes of the file."""
        page = self._page_size
        for hole in coalesce(self._holes(start, end)):
            first, last = align_up(hole.start, page), align_down(hole.end, page)
            if first < last:
                yield Range(first, last)

    def recorded(self, start: int, end: int) -> Iterable[Range]:
        """Return all of the range: every such zero is the core's own word."""
        return (Range(start, end),)

    def _holes(self, start: int, end: int) -> Iterator[Range]:
        for index in range(max(0, bisect_right(self._starts, start) - 1), len(self._loads)):
            load = self._loads[index]
            if load.start >= end:
                return
            part = Range(load.start, load.start + load.held).intersection(start, end)
            if part is not None:
                moved = load.start - load.offset
                for hole in self._core.holes(part.start - moved, part.end - moved):
                    yield Range(hole.start + moved, hole.end + moved)
