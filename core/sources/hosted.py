"""The map of a program behind a stub that tells none, from /proc of this machine, where that is proven.

The stubs of Valgrind and of qemu-user (up to 8.0) describe no memory, and gdbserver describes none to LLDB.
The process that they speak for may be one of this machine all the same: the program itself, or what runs it
within its own address space, at other addresses perhaps (qemu's `guest_base`). A number proves nothing, so
the stack does: all from the stack pointer up to the stack's end is the same when the stub reads it and when
the process is read. 16 random bytes lie there (AT_RANDOM of getauxval(3)); Valgrind and qemu put their own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..errors import SourceDenied, SourceError
from ..maps.area import Area
from ..maps.protection import Protection
from ..ports.areas import AreaLister
from ..ports.memory import MemoryReader, UntouchedPages
from ..ports.target import Target
from ..ports.threads import Thread
from ..ranges import Range
from ..walk.reading import is_readable, read_up_to
from .loaded import segments_at
from .placed import is_name_of
from .procfs.process import traced_process

# A larger stack is not compared, in bytes: the usual RLIMIT_STACK. Fewer different bytes prove nothing.
_LARGEST_STACK, _LEAST_DIFFERENT = 8 << 20, 16
_STACK = "[stack]"
_UNKNOWN_ACCESS = Protection.READ_UNKNOWN | Protection.WRITE_UNKNOWN | Protection.EXEC_UNKNOWN


def hosted(debugger: Target, loaded: AreaLister) -> Target | None:
    """Return the debugger's target with the map of the process that runs it; None if none is proven to.

    `loaded` lists what the debugger knows to be loaded.
    """
    thread = next(iter(debugger.threads.threads()), None) if debugger.threads else None
    if thread is None or thread.stack_pointer is None:
        return None
    try:
        process, _ = traced_process(thread.tid, debugger.clock)
        host = _host(process, debugger.readers[0], thread, loaded)
    except SourceError:
        return None
    if host is None:
        return None
    areas = HostedAreas(host, process, debugger.readers[0])
    untouched = _Moved(process.untouched, host.bias) if process.untouched else None
    target = replace(debugger, listers=(areas,), untouched=untouched, pid=host.pid)
    if host.is_itself:
        return replace(target, tags=process.tags, file_paths=process.file_paths)
    return replace(target, absent=areas, problems=(_problem(host.pid),), is_map_whole=False)


def _problem(pid: int) -> str:
    return (
        f"the debugger's target doesn't tell what memory there is: this is from process {pid}, which runs "
        f"the program, and only what the target reads; areas that nobody may read are missing here"
    )


class Host(NamedTuple):
    """A process and the addresses of the program in it, which lie `bias` higher there.

    `is_itself` says that the process is the program, so that all of its areas are the program's.
    """

    pid: int
    bias: int
    is_itself: bool


class _Moved:
    """What was never touched in the process, at the program's addresses; see UntouchedPages."""

    def __init__(self, process: UntouchedPages, bias: int) -> None:
        self._process, self._bias = process, bias

    def untouched(self, start: int, end: int) -> Iterable[Range]:
        """Return the ranges in `start..end`."""
        return self._moved(self._process.untouched(start + self._bias, end + self._bias))

    def recorded(self, start: int, end: int) -> Iterable[Range]:
        """Return where in `start..end` zeros are recorded ones."""
        return self._moved(self._process.recorded(start + self._bias, end + self._bias))

    def _moved(self, ranges: Iterable[Range]) -> Iterator[Range]:
        return (Range(low - self._bias, high - self._bias) for low, high in ranges)


def _host(process: Target, reader: MemoryReader, thread: Thread, loaded: AreaLister) -> Host | None:
    areas = process.listers[0].areas()
    pointer = thread.stack_pointer or 0
    for bias in _biases(areas, loaded):
        stack = next((area for area in areas if pointer + bias in area), None)
        if stack is not None and _is_same(reader, process.readers[0], Range(pointer, stack.end - bias), bias):
            return Host(thread.tid, bias, bias == 0 and stack.path == _STACK)
    return None


def _biases(areas: Sequence[Area], loaded: AreaLister) -> list[int]:
    """Return how far apart the addresses may be: not at all, or as the same places of the same files are."""
    biases = {0: None}
    try:
        known = [area for area in loaded.areas() if area.path and area.offset is not None]
    except SourceDenied:
        known = []
    for area in areas:
        for other in known:
            if other.offset == area.offset and is_name_of(other.path or "", area.path or ""):
                biases[area.start - other.start] = None
    return list(biases)


def _is_same(stub: MemoryReader, process: MemoryReader, stack: Range, bias: int) -> bool:
    if stack.size > _LARGEST_STACK:
        return False
    there = read_up_to(process, stack.start + bias, stack.size)
    is_proof = len(there) == stack.size and len(set(there)) >= _LEAST_DIFFERENT
    return is_proof and read_up_to(stub, stack.start, stack.size) == there


class HostedAreas:
    """Lists the areas of a process that are a program's, at the program's addresses.

    Of a process that runs the program in itself these are the areas that the stub reads. It is asked for
    their first and last byte, but never for what lies behind the end of a mapped file: qemu 7.2 ends then.
    If none of them is executable, the process interprets the code, and its protections aren't the program's.
    """

    def __init__(self, host: Host, process: Target, stub: MemoryReader) -> None:
        self._lister, self._memory, self._page_size = (
            process.listers[0],
            process.readers[0],
            process.arch.page_size,
        )
        self.source = self._lister.source
        self._host, self._stub = host, stub
        self._last: tuple[Sequence[Area], Sequence[Area]] = ((), ())

    def areas(self) -> Sequence[Area]:
        """Return the areas; raise SourceDenied or SourceError if the process's can't be read."""
        areas = self._lister.areas()
        if areas is not self._last[0]:
            self._last = areas, areas if self._host.is_itself else list(self._of_the_program(areas))
        return self._last[1]

    def absent(self, start: int, end: int) -> Iterable[Range]:
        """Return the ranges in `start..end` that lie behind the ends of mapped files."""
        for area in self._last[1]:
            if area.start < end and start < area.end:
                beyond = Range(self._filled(area), area.end).intersection(start, end)
                if beyond is not None:
                    yield beyond

    def _of_the_program(self, areas: Iterable[Area]) -> Iterator[Area]:
        bias = self._host.bias
        there = [area._replace(start=area.start - bias, end=area.end - bias) for area in areas]
        found = [area for area in there if area.start >= 0 and self._is_read(area)]
        runs = any(area.allows(Protection.EXEC) for area in found)
        yield from found if runs else map(_with_unknown_access, self._apart(found))

    def _apart(self, areas: Sequence[Area]) -> Iterator[Area]:
        """Cut areas where segments begin and end: as none is executable, the kernel joins them."""
        borders = sorted({border for area in areas for border in self._borders(area)})
        for area in areas:
            inside = borders[bisect_right(borders, area.start) : bisect_left(borders, area.end)]
            for start, end in zip([area.start, *inside], [*inside, area.end]):
                into_file = start - area.start if area.path else 0
                yield area._replace(start=start, end=end, offset=(area.offset or 0) + into_file)

    def _borders(self, area: Area) -> Iterator[int]:
        """Yield the ends of the segments of an object whose file begins with this area."""
        if area.path and area.offset == 0:
            for part in segments_at(self._stub, self._page_size, area.start, area.path):
                yield from part[:2]

    def _is_read(self, area: Area) -> bool:
        end = self._filled(area)
        return end > area.start and all(is_readable(self._stub, at) for at in (area.start, end - 1))

    def _filled(self, area: Area) -> int:
        """Return where the pages end that have content: behind them the area's file has ended."""
        start, end = area.start + self._host.bias, area.end + self._host.bias
        if not (area.path or "").startswith("/") or is_readable(self._memory, end - 1):
            return area.end
        pages = range(start, end, self._page_size)
        return area.start + self._page_size * _first(lambda page: not is_readable(self._memory, page), pages)


def _with_unknown_access(area: Area) -> Area:
    shared = area.allows(Protection.SHARED)
    return area._replace(protection=_UNKNOWN_ACCESS | (Protection.SHARED if shared else Protection(0)))


def _first(test: Callable[[int], bool], ordered: Sequence[int]) -> int:
    """Return the index of the first that passes, where all after it do; the length if none does."""
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if test(ordered[middle]) else (middle + 1, high)
    return low
