"""The areas that are known where a target gives no map: loaded objects, and stacks in use.

Bare machines and many emulators give a debugger no map. Then the areas are those that can be known without
one: the objects that the debugger has loaded, or whose own headers lie in memory (the program and its
interpreter, by the auxiliary vector); and the part of each stack that is in use. Each is read to prove that
it is there. Protections are not known: what a file asks for may have been changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..arch import Arch
from ..elf.auxv import AT_BASE, AT_EXECFN, AT_PHDR, AT_SYSINFO_EHDR
from ..elf.headers import PT_LOAD, ProgramHeader, program_headers, read_header
from ..errors import SourceError
from ..intervals import IntervalStore
from ..maps.area import Area
from ..ports.memory import MemoryReader
from ..ports.program import LoadedRange
from ..ports.threads import Thread
from ..ranges import align_down, align_up
from ..walk.reading import is_readable, read_up_to

# A stack is assumed to reach to what the kernel put at its end if that is at most this far, in bytes: the
# usual RLIMIT_STACK.
_LARGEST_STACK = 8 << 20
PROBLEM = (
    "the debugger's target doesn't tell what memory there is: only loaded files and the stacks in use are "
    "known, so that other memory, such as heaps, is missing here"
)


class LoadedAreas:
    """Lists what is found in memory. Where ranges overlap, the first one named counts."""

    is_partial = True

    def __init__(self, source: str, reader: MemoryReader, find: Callable[[], Iterable[LoadedRange]]) -> None:
        """Take `find`, which names what should be in memory, the most certain first."""
        self.source = source
        self._reader = reader
        self._find = find

    def areas(self) -> Sequence[Area]:
        """Return the areas that are found, which may be none."""
        listed: IntervalStore[Area] = IntervalStore()
        for one in self._find():
            is_free = one.start < one.end and listed.first_overlap(one.start, one.end) is None
            if is_free and is_readable(self._reader, one.start) and is_readable(self._reader, one.end - 1):
                listed.add(Area(one.start, one.end, None, one.offset, one.path, source=self.source))
        return list(listed)


def objects_in_memory(
    reader: MemoryReader, arch: Arch, auxv: Mapping[int, int], program: str | None
) -> Iterator[LoadedRange]:
    """Yield the segments of the objects whose headers the auxiliary vector points to.

    `program` is the program's file. The interpreter's file isn't known from its memory.
    """
    header_size = 64 if arch.word_size == 8 else 52
    places = (
        (auxv.get(AT_PHDR, 0) - header_size, program),
        (auxv.get(AT_BASE, 0), None),
        (auxv.get(AT_SYSINFO_EHDR, 0), "[vdso]"),
    )
    for address, path in places:
        if address > 0:
            yield from segments_at(reader, arch.page_size, address, path)


class PlacedObjects(NamedTuple):
    """What a debugger has placed: segments by the objects' own headers in memory, and the rest as it says."""

    segments: Sequence[LoadedRange]
    others: Sequence[LoadedRange]


def placed_objects(reader: MemoryReader, page: int, places: Iterable[LoadedRange]) -> PlacedObjects:
    """Return the segments, in whole pages, of each object whose headers lie where it is placed.

    Sections are smaller than what is mapped, and there are dozens of them in an object.
    """
    objects: dict[str | None, list[LoadedRange]] = {}
    for place in places:
        objects.setdefault(place.path, []).append(place)
    segments: list[LoadedRange] = []
    others: list[LoadedRange] = []
    for path, parts in objects.items():
        bases = sorted({part.start - part.offset for part in parts if part.offset is not None})
        found = (list(segments_at(reader, page, base, path)) for base in bases if base >= 0)
        by_header = next(filter(None, found), None) if path is not None else None
        segments += by_header or ()
        others += () if by_header else parts
    return PlacedObjects(segments, others)


def segments_at(reader: MemoryReader, page: int, base: int, path: str | None) -> Iterator[LoadedRange]:
    """Yield the loaded segments of the ELF object whose header lies at `base`, in whole pages."""
    try:
        header = read_header(lambda at, size: read_up_to(reader, base + at, size))
        loads = [
            one
            for one in program_headers(header, lambda at, size: read_up_to(reader, base + at, size))
            if one.type == PT_LOAD
        ]
    except SourceError:
        return  # no valid ELF headers lie there
    biases = [base - (one.address - one.offset) for one in loads if one.offset < page]
    for one in loads if biases else ():
        yield from _pages(one, biases[0], page, path)


def _pages(segment: ProgramHeader, bias: int, page: int, path: str | None) -> Iterator[LoadedRange]:
    """Yield the pages that come from the file, and those after them that hold zeros at first."""
    address = segment.address + bias
    start, lead = align_down(address, page), address % page
    filled = align_up(address + segment.file_size, page)
    end = align_up(address + segment.memory_size, page)
    yield LoadedRange(start, filled, path, None if path is None else segment.offset - lead)
    yield LoadedRange(filled, end)


def stacks_in_use(
    threads: Iterable[Thread], page: int, auxv: Mapping[int, int] | None = None
) -> Iterator[LoadedRange]:
    """Yield the page of each thread's stack pointer; the stack of the first, up to the program's name.

    The kernel puts that at the end of the main thread's stack (AT_EXECFN).
    """
    name = (auxv or {}).get(AT_EXECFN, 0)
    for number, thread in enumerate(threads):
        if thread.stack_pointer is not None:
            start = align_down(thread.stack_pointer, page)
            reaches = number == 0 and 0 <= name - start < _LARGEST_STACK
            yield LoadedRange(start, align_down(name if reaches else start, page) + page)
