"""An inferior's memory: which reader reads it, what lies in files instead, and searches of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .arguments import as_list
from .at_rest import AtRest, CarefulReader
from .errors import SourceDenied
from .integers import IntegerLike, as_address
from .intervals import Interval
from .maps.history import MapHistory
from .maps.protection import Protection
from .memory.finding import Findable, SearchedMemory
from .memory.shown_files import ShownFiles
from .ports.memory import MemoryReader, PreparedReader
from .ports.target import Target
from .range_set import RangeSet
from .ranges import Range, check_range, range_of
from .search.engine.search import Search
from .search.patterns.pattern import Pattern
from .search.scanner import Scanner
from .sources.parted import PartedReader
from .target_now import TargetNow
from .watch import UNWATCHED, Watch


class InferiorMemory(SearchedMemory):
    """The inferior's memory, read through the first reader that is allowed.

    It is a MemoryReader itself. Each read goes to the inferior, or to where its pages are that it has not
    touched: no read touches them (see `AtRest`). Nothing is cached. A search covers all areas that may be
    readable, as they are when it begins.
    """

    def __init__(self, now: TargetNow, maps: MapHistory) -> None:
        target = now.target()
        self._maps, self._now = maps, now
        self.shown_files = ShownFiles(target)
        self._readers = list(target.readers)
        self._allowed = _FirstAllowed(self._readers, self.shown_files, maps)
        self._rest = AtRest(target)
        self._reader = CarefulReader(self._allowed, self._rest)
        super().__init__(target.arch.word_size, target.arch.endian)

    @property
    def _target(self) -> Target:
        return self._now.target()

    @property
    def source(self) -> str:
        """The name of the reader in use."""
        return self._reader.source

    def ready(self, ranges: Sequence[Range], watch: Watch = UNWATCHED) -> MemoryReader:
        """Return the reader in use, ready to read these ranges from any thread if it supports that.

        Untouched pages of mapped files are read from the files, so that a read leaves the inferior as it is;
        memory that was never touched is better not read, or through what `still` returns. Raise Interrupted.
        """
        parts = self._rest.files(ranges)
        elsewhere = RangeSet(Range(part.start, part.end) for part in parts)
        probe = next(self._touched(left for item in ranges for left in elsewhere.outside(*item)), None)
        if probe is not None:
            self._allowed.read_into(probe, memoryview(bytearray(1)))  # moves on from a denied reader
        reader = self._rest.over_files(_prepared(self._allowed.reader, ranges, watch), parts)
        shown = self.shown_files
        return shown.over(reader, self._maps.current(), ranges) if shown.are_shown else reader

    def still(self, ranges: Sequence[Range], watch: Watch = UNWATCHED) -> MemoryReader:
        """Return what `ready` does, but so that no read touches anything: in these ranges, nor elsewhere.

        Elsewhere it reads as this object does, which is made for little at a time. Raise Interrupted.
        """
        reader = self._rest.over_zeros(self.ready(ranges, watch), ranges)
        return PartedReader(RangeSet(ranges), reader, self)

    def still_raw(self, ranges: Sequence[Range] = (), watch: Watch = UNWATCHED) -> MemoryReader | None:
        """Return a reader of what is really there, as still as what `still` returns; None if nothing is."""
        raw = self._target.raw
        if raw is None:
            return None
        inside = self._rest.over(_prepared(raw, ranges, watch), ranges)
        return PartedReader(RangeSet(ranges), inside, CarefulReader(raw, self._rest))

    def _touched(self, ranges: Iterable[Range]) -> Iterator[int]:
        """Yield one address in each range, never in an untouched page: reading there would touch it."""
        untouched, page = self._target.untouched, self._target.arch.page_size
        for item in ranges:
            address = item.start
            whole = item.widened(page)  # the kernel knows whole pages
            for zeros in untouched.untouched(*whole) if untouched else ():
                if zeros.start > address:
                    break
                address = zeros.end
            if address < item.end:
                yield address

    @property
    def thread_safe(self) -> bool:
        """Whether threads other than the debugger's may read."""
        return self._reader.thread_safe

    def read_into(self, address: IntegerLike, buffer: memoryview) -> int:
        """Fill the buffer as far as the memory can be read, whatever tag the address has."""
        return self._reader.read_into(self._now.untagged(as_address(address)), buffer)

    def scanner(
        self,
        areas: Iterable[Interval] | None = None,
        threads: int = 0,
        *,
        watch: Watch = UNWATCHED,
    ) -> Scanner:
        """Return a scanner of these areas or ranges, None: of all that may be readable; see `Scanner`."""
        if areas is None:
            areas = [area for area in self._maps.current() if area.allows(Protection.READ) is not False]
        scope = [self._untagged(area) for area in as_list(areas)]
        for item in scope:
            check_range(*item)
        return Scanner(
            self.ready(scope, watch),
            scope,
            threads,
            page_size=self._target.arch.page_size,
            untouched=self._target.untouched,
            absent=self._target.absent,
            reasons=self._target.reasons,
            remote=self._target.remote_search,
            watch=watch,
        )

    def _untagged(self, area: Interval) -> Range:
        start, end = range_of(area)
        size, start = end - start, self._now.untagged(start)
        return Range(start, start + size)

    def _search(self, pattern: Pattern, align: int, start: int | None, threads: int) -> Search:
        start = None if start is None else self._now.untagged(start)
        return self.scanner(threads=threads).find(pattern, align, start=start)

    def _pointer(self, address: int) -> Findable:
        arch = self._target.arch
        return Pattern.pointer(address, arch=arch) if arch.ignored_bits else super()._pointer(address)

    def _reason(self, address: int) -> str:
        address = self._now.untagged(address)
        if self._maps.current().find(address) is None:
            return "unmapped"
        absent = self._target.absent
        return "absent" if absent and any(absent.absent(address, address + 1)) else "unreadable"

    def _hint(self, address: int) -> str | None:
        reasons = self._target.reasons.reasons(address, address + 1) if self._target.reasons else ()
        return next((why for _, why in reasons), None)


def _prepared(reader: MemoryReader, ranges: Sequence[Range], watch: Watch) -> MemoryReader:
    if isinstance(reader, PreparedReader):
        reader.prepare(ranges, watch)
    return reader


class _FirstAllowed:
    """Reads through the first reader that is allowed, and then what a debugger shows beside a dump.

    It takes out of the list the readers that are not allowed.
    """

    def __init__(self, readers: list[MemoryReader], shown_files: ShownFiles, maps: MapHistory) -> None:
        self._readers, self._shown_files, self._maps = readers, shown_files, maps

    @property
    def reader(self) -> MemoryReader:
        """The reader in use."""
        return self._readers[0]

    @property
    def source(self) -> str:
        """The name of the reader in use."""
        return self.reader.source

    @property
    def thread_safe(self) -> bool:
        """Whether threads other than the debugger's may read."""
        return self.reader.thread_safe

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as the memory can be read; see MemoryReader."""
        while True:
            try:
                got = self.reader.read_into(address, buffer)
                if got or not self._shown_files.are_shown:
                    return got
                return self._shown_files.read_into(self._maps.current(), address, buffer)
            except SourceDenied:
                if len(self._readers) == 1:
                    raise
                del self._readers[0]
