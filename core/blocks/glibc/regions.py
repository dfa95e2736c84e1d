"""Where the chunks of an arena lie: its heaps, or what the main arena has from the system.

Sources: malloc/malloc.c (sysmalloc, which ends what doesn't grow any more with two fenceposts;
do_check_chunk, which says where a contiguous arena begins) and malloc/arena.c (new_heap, _int_new_arena).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...maps.area import Area
from ...maps.protection import Protection
from ...owners.arenas import LARGEST_HEAP, ArenaHeap, Heaps
from ...owners.proofs import Proofs
from ...range_set import RangeSet
from ...ranges import Range, align_up
from ..block import Problem
from ..memory import WordReader
from ..table import BlockTable
from .arena import MallocState
from .mmapped import MappedChunks
from .walk import ChunkRange, Hopper, Stop, is_fence

_KINDS = ("anon", "heap")
# With glibc.malloc.hugetlb=2 a heap has four huge pages, of 2 MiB at least, and begins at a multiple of that.
_LEAST_SPACING = 8 << 20


def anonymous(areas: Iterable[Area]) -> Iterator[Area]:
    """Yield the areas that an allocator may have its blocks in: no file's, private, writable, no stack."""
    for area in areas:
        may_be_used = all(area.allows(flag) is not False for flag in (Protection.READ, Protection.WRITE))
        if area.kind in _KINDS and may_be_used and area.allows(Protection.SHARED) is not True:
            yield area


def all_heaps(proofs: Proofs) -> list[ArenaHeap]:
    """Return the heaps of all further arenas, proven, in the order of their addresses."""
    spacing = min(LARGEST_HEAP[proofs.word_size], _LEAST_SPACING)
    heaps, found = Heaps(proofs, spacing), []
    for area in anonymous(proofs.areas):
        # Heaps that touch each other may be one area to the kernel.
        for start in range(align_up(area.start, spacing), area.end, spacing):
            heap = heaps.heap_at(start)
            if heap is not None:
                found.append(heap)
    return found


class Regions:
    """Finds where arenas' chunks lie, in anonymous memory."""

    def __init__(
        self, reader: WordReader, mapped: MappedChunks, areas: Sequence[Area], heaps: Sequence[ArenaHeap]
    ) -> None:
        self._reader, self._mapped, self._heaps = reader, mapped, heaps
        used = RangeSet(Range(heap.start, heap.start + heap.size) for heap in heaps)
        self._rest = [piece for area in areas for piece in used.outside(area.start, area.end)]
        self.problems: list[Problem] = []

    def of(self, number: int, arena: MallocState, *, is_main: bool) -> list[ChunkRange]:
        """Return the parts of an arena; if they are less than it has from the system, that is a problem."""
        page = self._reader.arch.page_size
        if not is_main:
            heaps = [heap for heap in self._heaps if heap.arena == arena.address]
            parts, size = list(_of_heaps(number, arena, heaps)), sum(heap.size for heap in heaps)
        elif arena.is_contiguous or not arena.top_size:
            parts = _contiguous(number, arena)
            size = arena.system_memory if parts else 0
        else:
            parts = self._scattered(number, arena)
            size = sum(align_up(part.end, page) - part.start // page * page for part in parts)
        if size != arena.system_memory:
            text = (
                f"the arena has {arena.system_memory:#x} bytes from the system, of which {size:#x} were found"
            )
            self.problems.append(Problem(arena.address, text))
        return parts

    def _scattered(self, number: int, arena: MallocState) -> list[ChunkRange]:
        """Return the parts of a main arena that isn't one range: from the beginnings of pages on.

        They are looked for until all are found that the arena has from the system.
        """
        found, page, missing = [], self._reader.arch.page_size, arena.system_memory
        for piece in self._rest:
            at = align_up(piece.start, page)
            while at < piece.end and missing > 0:
                self._reader.watch.check()
                part = self._part_at(ChunkRange(at, piece.end, number, arena.chunks), arena)
                if part is None:
                    mapped = self._mapped.at(at, piece.end)
                    at = at + page if mapped is None else mapped.end
                    continue
                found.append(part)
                end = align_up(part.end, page)
                at, missing = end, missing - (end - at)
        return found

    def _part_at(self, room: ChunkRange, arena: MallocState) -> ChunkRange | None:
        """Return the part that begins here, up to the top chunk or to two fenceposts, or None."""
        start = room.chunks.first_chunk(room.start)
        top = arena.top if start <= arena.top < room.end else None
        stop = Hopper(self._reader, room._replace(start=start, top=top), BlockTable()).run(start)
        if stop.address == top:
            return room._replace(start=start, end=arena.top_end, top=top)
        header = room.chunks.header
        second = Stop(stop.address + header, tuple(self._reader.words(stop.address + header, 2)))
        if stop.address == start or not (is_fence(room, stop) and is_fence(room, second)):
            return None
        return room._replace(start=start, end=second.address + header)


def _of_heaps(number: int, arena: MallocState, heaps: Sequence[ArenaHeap]) -> Iterator[ChunkRange]:
    """Yield the parts of an arena whose heaps these are: its structure lies in the first."""
    chunks, top = arena.chunks, arena.top
    info = next((arena.address - heap.start for heap in heaps if heap.previous == 0), 0)
    for heap in heaps:
        end = heap.start + heap.size
        behind = arena.address + arena.layout.size if heap.previous == 0 else heap.start + info
        start = chunks.first_chunk(behind)
        yield ChunkRange(start, end, number, chunks, top if start <= top < end else None)


def _contiguous(number: int, arena: MallocState) -> list[ChunkRange]:
    """Return the range of a main arena, up to the end of its top chunk; none if it has none yet."""
    start = arena.top_end - arena.system_memory
    if not arena.top_size or start < 0:
        return []
    return [ChunkRange(arena.chunks.first_chunk(start), arena.top_end, number, arena.chunks, arena.top)]
