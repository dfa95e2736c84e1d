"""Memory exactly as the debugger shows it: read fast, with the original bytes over its breakpoints."""

from __future__ import annotations

import threading
from bisect import bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Sequence

from ..errors import SourceError
from ..maps.area import Area
from ..maps.protection import Protection
from ..ports.areas import AreaLister
from ..ports.memory import MemoryReader, PreparedReader, ScatteredReader
from ..ports.running import Clock
from ..range_set import RangeSet
from ..ranges import Range, align_down
from ..walk.reading import next_readable, read_up_to
from ..watch import UNWATCHED, Watch

_CHUNK = 1 << 20
# No architecture's breakpoint instruction is longer.
_LONGEST_TRAP = 8

FindModified = Callable[[Sequence[Area]], Iterable[Range]]
FindBreakpoints = Callable[[], Iterable[int]]


class _Shown:
    """What was compared at one moment of the clock."""

    def __init__(self, now: Hashable, suspects: RangeSet) -> None:
        self.now = now
        self.suspects = suspects
        self.compared = RangeSet()
        self.addresses: list[int] = []
        self.pages: dict[int, bytes] = {}

    def pending(self, start: int, end: int) -> list[Range]:
        """Return the suspects in the range that weren't compared yet."""
        return [left for part in self.suspects.within(start, end) for left in self.compared.outside(*part)]

    def differs(self, address: int, content: bytes) -> None:
        """Record what the debugger shows in a page instead of the raw bytes."""
        if address not in self.pages:
            insort(self.addresses, address)
        self.pages[address] = content

    def between(self, start: int, end: int, page_size: int) -> bool:
        """Return whether any page that differs has a byte in the range."""
        index = bisect_right(self.addresses, start - page_size)
        return index < len(self.addresses) and self.addresses[index] < end

    def lay_over(self, address: int, buffer: memoryview, page_size: int) -> None:
        """Copy the debugger's bytes of pages that differ over the bytes that were read from `address` on."""
        end = address + len(buffer)
        for index in range(bisect_right(self.addresses, address - page_size), len(self.addresses)):
            page = self.addresses[index]
            if page >= end:
                return
            low, high = max(page, address), min(page + page_size, end)
            buffer[low - address : high - address] = self.pages[page][low - page : high - page]


class ShadowedReader:
    """Reads with a fast reader what the debugger's own reader would show.

    A debugger writes breakpoints into pages, and hides them when it reads. So the pages that may hold
    one are compared: those that `find_modified` names among the executable areas, and those of
    `find_breakpoints`, the addresses of breakpoints that are known otherwise. What was compared holds
    until the clock moves; it must move when breakpoints are inserted or removed, too.

    The debugger's reader is used only on the thread that made this object. There, every read compares the
    pages that it needs. For reads on other threads, call `prepare` there first.
    """

    def __init__(
        self,
        fast: MemoryReader,
        debugger: MemoryReader,
        lister: AreaLister,
        clock: Clock,
        *,
        find_modified: FindModified,
        find_breakpoints: FindBreakpoints = tuple,
        page_size: int = 4096,
    ) -> None:
        self.source = fast.source
        self.thread_safe = fast.thread_safe
        self._fast = fast
        self._debugger = debugger
        self._lister = lister
        self._clock = clock
        self._find_modified = find_modified
        self._find_breakpoints = find_breakpoints
        self._page_size = page_size
        self._thread = threading.get_ident()
        self._shown: _Shown | None = None

    def prepare(self, ranges: Iterable[Range], watch: Watch = UNWATCHED) -> None:
        """Compare what may differ in these ranges, so that other threads may read them. Raise Interrupted."""
        ranges = tuple(ranges)
        if isinstance(self._fast, PreparedReader):
            self._fast.prepare(ranges, watch)
        self._compare_all(ranges, watch)

    def _compare_all(self, ranges: Iterable[Range], watch: Watch = UNWATCHED) -> None:
        shown = self._now()
        for start, end in ranges:
            for part in shown.pending(start, end):
                self._compare(shown, *part.widened(self._page_size), watch)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as it can be read; see MemoryReader.

        Raise SourceError on another thread for what was not prepared.
        """
        end = address + len(buffer)
        if threading.get_ident() == self._thread:
            self._compare_all([Range(address, end)])
        shown = self._shown
        if shown is None or shown.pending(address, end):
            raise SourceError(f"{address:#x}..{end:#x} was not prepared for reading by other threads")
        got = self._fast.read_into(address, buffer)
        shown.lay_over(address, buffer[:got], self._page_size)
        return got

    def read_each(self, addresses: Sequence[int], size: int, buffer: memoryview) -> int:
        """Fill the buffer from each address; see ScatteredReader. On other threads as `read_into`."""
        if not addresses or not isinstance(self._fast, ScatteredReader):
            return 0
        whole = Range(addresses[0], addresses[-1] + size)
        if threading.get_ident() == self._thread:
            self._compare_all([whole])
        shown = self._shown
        if shown is None or shown.pending(*whole):
            raise SourceError(f"{whole} was not prepared for reading by other threads")
        done = self._fast.read_each(addresses, size, buffer)
        if shown.between(*whole, self._page_size):
            for number, address in enumerate(addresses[:done]):
                shown.lay_over(address, buffer[number * size : (number + 1) * size], self._page_size)
        return done

    def next_readable(self, address: int, end: int) -> int:
        """Return where bytes may come next, as the fast reader knows it; see SparseReader."""
        return next_readable(self._fast, address, end, self._page_size)

    def _now(self) -> _Shown:
        """Return what was compared since the clock last moved."""
        now = self._clock.now()
        if self._shown is None or self._shown.now != now:
            self._shown = _Shown(now, RangeSet(self._suspects()))
        return self._shown

    def _suspects(self) -> Iterable[Range]:
        executable = [area for area in self._lister.areas() if area.allows(Protection.EXEC) is not False]
        for found in self._find_modified(executable):
            yield found.widened(self._page_size)
        for address in self._find_breakpoints():
            yield Range(address, address + _LONGEST_TRAP).widened(self._page_size)

    def _compare(self, shown: _Shown, start: int, end: int, watch: Watch) -> None:
        """Read the range both ways and keep the pages in which the debugger shows something else."""
        for chunk in range(start, end, _CHUNK):
            watch.check("interrupted before anything was read")
            self._compare_chunk(shown, chunk, min(_CHUNK, end - chunk))
        shown.compared = RangeSet([*shown.compared, Range(start, end)])

    def _compare_chunk(self, shown: _Shown, address: int, size: int) -> None:
        done = 0
        while done < size:
            # The debugger's own way might wait for what supplies missing pages, where the fast one fails.
            there = read_up_to(self._fast, address + done, size - done)
            seen = read_up_to(self._debugger, address + done, len(there))
            both = min(len(there), len(seen))
            if there[:both] != seen[:both]:
                self._keep_pages(shown, address + done, there[:both], seen[:both])
            # The page at which one of them stopped can't be compared: its raw bytes are kept.
            done += align_down(both, self._page_size) + self._page_size

    def _keep_pages(self, shown: _Shown, address: int, there: bytes, seen: bytes) -> None:
        page = self._page_size
        for at in range(0, align_down(len(seen), page), page):
            if there[at : at + page] != seen[at : at + page]:
                shown.differs(address + at, seen[at : at + page])
