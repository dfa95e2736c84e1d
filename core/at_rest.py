"""Pages that a process has not touched: what is there without a read, which would make them.

A read through a process, by whatever way, is a page fault of that process: its page tables and its resident
size grow. So whoever reads asks first which pages are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .errors import SourceDenied
from .ports.files import FilePart
from .ports.memory import MemoryReader, UntouchedPages
from .ports.target import Target
from .range_set import RangeSet
from .ranges import Range, without
from .sources.file_parts import FilePartReader
from .sources.parted import PartedReader, Zeros


class AtRest:
    """Tells of one process what it has not touched, and reads that elsewhere: in files, or as zeros.

    Where nobody may ask about pages, none is known to be untouched. A dump has nothing that a read touches.
    """

    def __init__(self, target: Target) -> None:
        self._target, self._page_size = target, target.arch.page_size

    def is_touched(self, address: int, size: int) -> bool:
        """Return whether a read touches nothing new: all pages are in memory or in swap, or nobody knows."""
        scan = self._target.missing_pages
        if scan is None or size <= 0:
            return True
        pages = Range(address, address + size).widened(self._page_size)
        try:
            return next(iter(scan.missing([pages])), None) is None
        except SourceDenied:
            return True

    def files(self, ranges: Sequence[Range]) -> tuple[FilePart, ...]:
        """Return the parts of the ranges, in order, whose content is in files."""
        try:
            return tuple(self._target.file_pages.at_rest(ranges)) if self._target.file_pages else ()
        except SourceDenied:
            return ()

    def zeros(self, ranges: Sequence[Range]) -> RangeSet:
        """Return the parts of the ranges, in whole pages, that are zeros: nothing was ever written there."""
        untouched = self._target.untouched
        if untouched is None or not ranges:
            return RangeSet()
        wanted = RangeSet(item.widened(self._page_size) for item in ranges)
        first, *_, last = (*wanted, *wanted)
        try:
            found = list(self._asked(untouched, Range(first.start, last.end)))
        except SourceDenied:
            return RangeSet()
        return RangeSet(part for each in found for part in wanted.within(*each))

    def _asked(self, untouched: UntouchedPages, whole: Range) -> Iterator[Range]:
        """Yield the zeros in a range; of a dump, not those that it recorded, which it reads as quickly."""
        is_dump = self._target.missing_pages is None
        recorded = untouched.recorded(*whole) if is_dump else ()
        for part in without(whole, recorded):
            yield from untouched.untouched(*part)

    def over_files(self, reader: MemoryReader, parts: Sequence[FilePart]) -> MemoryReader:
        """Return the reader, over which these parts lie."""
        return FilePartReader(reader, parts, self._page_size) if parts else reader

    def over(self, reader: MemoryReader, ranges: Sequence[Range]) -> MemoryReader:
        """Return the reader, which now touches nothing in the ranges that isn't touched already."""
        return self.over_zeros(self.over_files(reader, self.files(ranges)), ranges)

    def over_zeros(self, reader: MemoryReader, ranges: Sequence[Range]) -> MemoryReader:
        """Return the reader, which gives zeros where nothing was ever written in the ranges."""
        zeros = self.zeros(ranges)
        return PartedReader(zeros, Zeros(), reader) if len(zeros) else reader


class CarefulReader:
    """Reads a little at a time, through another reader, and touches nothing: it asks before each read."""

    def __init__(self, reader: MemoryReader, rest: AtRest) -> None:
        self._reader, self._rest = reader, rest

    @property
    def source(self) -> str:
        """The name of the reader in use."""
        return self._reader.source

    @property
    def thread_safe(self) -> bool:
        """Whether threads other than the debugger's may read."""
        return self._reader.thread_safe

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as the memory can be read; see MemoryReader."""
        reader = self._reader
        if not self._rest.is_touched(address, len(buffer)):
            reader = self._rest.over(reader, [Range(address, address + len(buffer))])
        return reader.read_into(address, buffer)
