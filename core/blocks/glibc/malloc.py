"""glibc's malloc as an allocator: from its main arenas in libc's data to all blocks."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from ...inferior import Inferior
from ...maps.area import Area
from ...maps.protection import Protection
from ...owners.proofs import Proofs
from ...range_set import RangeSet
from ...ranges import Range, align_down
from ...walk.pace import Pace
from ...watch import Watch
from ..block import USED, Problem
from ..memory import WordReader
from ..table import BlockArena, BlockRegion, Blocks, BlockTable
from .arena import MallocState, Ring, empty_bins, main_arenas
from .caches import FreeLists
from .mmapped import Mapped, MappedChunks, mapped_total
from .regions import Regions, all_heaps, anonymous
from .walk import ChunkRange, ChunkWalk

# A module's data are searched for a main arena up to this size: libc's are some pages.
_LARGEST_DATA = 64 << 20


class GlibcMalloc:
    """glibc's malloc."""

    name = "glibc"

    def blocks(self, inferior: Inferior, watch: Watch) -> Blocks | None:
        """Return its blocks; see Allocator. Of several mallocs (dlmopen), all arenas are in one list."""
        found = list(_mallocs(inferior, watch))
        return _Survey(inferior, watch, found).blocks() if found else None


class _Malloc:
    """One malloc: its ring of arenas, and the words of the module's data that its main arena lies in."""

    def __init__(self, ring: Ring, words: Sequence[int]) -> None:
        self.ring, self.main, self._words = ring, ring.arenas[0], words

    def mapped_total(self, starts: Container[int], page_size: int) -> int | None:
        """Return how many bytes it says are in chunks with mappings of their own; None: it isn't found.

        `starts` are where memory of its main arena begins.
        """
        return mapped_total(self._words, starts, page_size)


def _still(inferior: Inferior, watch: Watch, areas: Sequence[Area]) -> WordReader:
    ranges = [Range(area.start, area.end) for area in areas]
    return WordReader(inferior.memory.still(ranges, watch), inferior.arch, watch)


def _mallocs(inferior: Inferior, watch: Watch) -> Iterator[_Malloc]:
    """Yield those that are found in modules' data."""
    word = inferior.arch.word_size
    modules = [
        area
        for area in inferior.areas
        if area.kind == "module" and area.allows(Protection.WRITE) is not False and area.size <= _LARGEST_DATA
    ]
    reader = _still(inferior, watch, modules)
    for area in modules:
        watch.check()
        words = reader.words(area.start, area.size // word)
        places = empty_bins(words, area.start, word)
        yield from (_Malloc(ring, words) for ring in main_arenas(reader, places, inferior.arch.page_size))


class _Survey:
    """One look at an inferior's mallocs."""

    def __init__(self, inferior: Inferior, watch: Watch, mallocs: Sequence[_Malloc]) -> None:
        self._page_size = inferior.arch.page_size
        self._mallocs, self._pace = mallocs, Pace(0, watch, "block")
        self._arenas = [arena for malloc in mallocs for arena in malloc.ring.arenas]
        self._chunks = self._arenas[0].chunks
        self._anonymous = list(anonymous(inferior.areas))
        self._reader = _still(inferior, watch, self._anonymous)
        self._mapped = MappedChunks(self._reader, self._chunks, self._page_size)
        heaps = all_heaps(Proofs(inferior))
        self._regions = Regions(self._reader, self._mapped, self._anonymous, heaps)
        self._table = BlockTable()
        self._holes: list[Range] = []
        self._problems = [problem for malloc in mallocs for problem in malloc.ring.problems]

    def blocks(self) -> Blocks:
        """Return the blocks."""
        parts = [part for number, arena in enumerate(self._arenas) for part in self._parts(number, arena)]
        self._problems += self._regions.problems
        mapped = self._mapped_chunks(parts)
        items: list[ChunkRange | Mapped] = [*parts, *mapped]
        self._pace.total = sum(part.end - part.start for part in parts)
        regions = [self._walked(item) for item in sorted(items, key=lambda item: item.start)]
        self._take_lists(regions)
        names = [BlockArena(arena.address, self._called(arena), arena.layout.size) for arena in self._arenas]
        names += [BlockArena(0, "mapped one by one")] if mapped else []
        problems = sorted(self._problems)
        return Blocks(GlibcMalloc.name, self._table, regions, names, problems, self._holes)

    def _parts(self, number: int, arena: MallocState) -> list[ChunkRange]:
        return self._regions.of(number, arena, is_main=self._is_main(arena))

    def _mapped_chunks(self, parts: Sequence[ChunkRange]) -> list[Mapped]:
        """Return the chunks that have mappings of their own, where no arena is."""
        starts = {part.start // self._page_size * self._page_size for part in parts}
        starts |= {arena.top_end - arena.system_memory for arena in self._arenas}
        totals = [malloc.mapped_total(starts, self._page_size) for malloc in self._mallocs]
        known = [total for total in totals if total is not None]
        total = sum(known) if len(known) == len(totals) else None
        arenas = RangeSet(Range(part.start, part.end).widened(self._page_size) for part in parts)
        ranges = [piece for area in self._anonymous for piece in arenas.outside(area.start, area.end)]
        found = self._mapped.find(ranges, total)
        size = sum(mapped.end - mapped.start for mapped in found)
        if total is not None and size != total:
            text = f"{size:#x} bytes of chunks with mappings of their own were found, not {total:#x}"
            self._problems.append(Problem(self._arenas[0].address, text))
        return found

    def _walked(self, item: ChunkRange | Mapped) -> BlockRegion:
        """Add the blocks of a part, or of a mapping; return where they are."""
        first = len(self._table)
        if isinstance(item, ChunkRange):
            walk = ChunkWalk(self._reader, item, self._table, self._pace)
            walk.run()
            self._problems += walk.problems
            self._holes += walk.holes
            # What lies before the first chunk, in its page, is the arena's too: its own structure.
            start = align_down(item.start, self._page_size)
            return BlockRegion(start, item.end, item.arena, first, len(self._table))
        start = item.chunk + self._chunks.header
        self._table.add(start, item.end - start, USED)
        return BlockRegion(item.start, item.end, len(self._arenas), first, len(self._table), item.is_guessed)

    def _take_lists(self, regions: Sequence[BlockRegion]) -> None:
        lists = FreeLists(self._reader, self._chunks, self._table)
        lists.take_caches([region.first for region in regions])
        for arena in self._arenas:
            lists.take_fast_bins(arena)
        self._problems += lists.problems

    def _called(self, arena: MallocState) -> str:
        return "main arena" if self._is_main(arena) else f"arena {arena.address:#x}"

    def _is_main(self, arena: MallocState) -> bool:
        return any(malloc.main.address == arena.address for malloc in self._mallocs)
