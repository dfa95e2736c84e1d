"""glibc's arenas: heaps of malloc for threads, proven by their structures in memory.

Sources: malloc/arena.c (heap_info, HEAP_MAX_SIZE, new_heap, which makes each heap begin at a multiple of its
largest size) and malloc/malloc.c (struct malloc_state, bin_at) of glibc. An arena begins right behind the
heap_info of its first heap. What its fields are behind has changed over time and with the word size; so the
arena is told by its bins, which are circular lists: an empty one points to itself, twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..maps.area import Area
from ..maps.protection import Protection
from ..maps.stacks import is_forbidden
from ..ranges import align_down, align_up
from .owner import AreaOwner
from .proofs import Proofs

# HEAP_MAX_SIZE by word size: twice DEFAULT_MMAP_THRESHOLD_MAX, which is 4 MiB times the size of a long, and
# 512 KiB where that has 4 bytes. (The tunable glibc.malloc.hugetlb makes other sizes: those aren't told.)
LARGEST_HEAP = {8: 64 << 20, 4: 1 << 20}
# MALLOC_ALIGNMENT by word size; on 32 bits it is 16 where a long double asks for that (i386, PowerPC).
_ALIGNMENTS = {8: (16,), 4: (16, 8)}
# heap_info: ar_ptr, prev, size, mprotect_size; and pagesize from glibc 2.35 on.
_INFO_WORDS, _MOST_INFO_WORDS = 4, 5
BINS = 127  # NBINS without the one that isn't used
# Before the bins lie at most so many words: locks and flags, the fast bins, top, last_remainder.
MOST_BEFORE_BINS = 24
# Empty bins that are proof: each is two words that say where they themselves are.
_PROOF = 8


def _is_anonymous(area: Area) -> bool:
    """Return whether the area is no file's: it has no name, or one that the program gave it (prctl(2))."""
    return not area.path or area.path.startswith("[anon:")


def are_bins(address: int, words: Sequence[int], word: int) -> bool:
    """Return whether the words from this address on are an arena's bins: proven by enough empty ones.

    A bin is a chunk of which only the links are there: they lie two words behind what they point to.
    """
    links = words[: 2 * BINS]
    if len(links) < 2 * BINS:
        return False
    empty = 0
    for number, (forward, back) in enumerate(zip(links[::2], links[1::2])):
        itself = address + (2 * number - 2) * word
        if (forward == itself) != (back == itself) or not forward:
            return False
        empty += forward == itself
    return empty >= _PROOF


class ArenaHeap(NamedTuple):
    """A heap: where it begins, where its arena is, the heap before it (0), and how far it can be used.

    `size` is how much of it is used: the arena's blocks lie there.
    """

    start: int
    arena: int
    previous: int
    used: int
    size: int


class Heaps:
    """Finds heaps, each header of which is read once."""

    def __init__(self, proofs: Proofs, spacing: int | None = None) -> None:
        """Take what heaps begin at multiples of, where that isn't their largest size."""
        self._evidence, self._word = proofs, proofs.word_size
        self.largest = LARGEST_HEAP[proofs.word_size]
        self._spacing = self.largest if spacing is None else spacing
        self._known: dict[int, ArenaHeap | None] = {}

    def heap_at(self, start: int) -> ArenaHeap | None:
        """Return the heap that begins there, or None; it, those before it and its arena are proven.

        An arena may have thousands of heaps, of which the last lies lowest and is asked for first.
        """
        chain: list[ArenaHeap] = []
        at = start
        while at and at not in self._known:
            self._known[at] = None  # a chain that leads back to itself proves nothing
            heap = self._header(at)
            if heap is None:
                break
            chain.append(heap)
            at = heap.previous
        before = self._known.get(at)
        for heap in reversed(chain):
            is_proven = not heap.previous or (before is not None and before.arena == heap.arena)
            before = self._known[heap.start] = heap if is_proven else None
        return self._known.get(start)

    def _header(self, start: int) -> ArenaHeap | None:
        """Return the heap that a header there tells of, or None; the first of an arena is proven by that."""
        area = self._evidence.areas.find(start)
        if area is None or not _is_anonymous(area) or is_forbidden(area):
            return None
        most = (_MOST_INFO_WORDS + 1 + MOST_BEFORE_BINS + 2 * BINS) * self._word
        words = self._evidence.words(self._evidence.touched(start, most))
        if len(words) < _INFO_WORDS:
            return None
        arena, previous, size, used = words[:_INFO_WORDS]
        is_sized = 0 < size <= used <= self.largest and used % self._evidence.page_size == 0
        if not is_sized:
            return None
        if previous:
            is_possible = previous % self._spacing == 0
        else:
            is_possible = arena - start in self._first_places() and self._is_arena(arena, words, start)
        return ArenaHeap(start, arena, previous, used, size) if is_possible else None

    def _first_places(self) -> set[int]:
        """Return where an arena may lie in its first heap: behind the heap_info.

        That is padded so that what lies a chunk's header (two words) behind it is aligned.
        """
        header = 2 * self._word
        return {
            align_up(count * self._word + header, alignment) - header
            for count in (_INFO_WORDS, _MOST_INFO_WORDS)
            for alignment in _ALIGNMENTS[self._word]
        }

    def _is_arena(self, arena: int, words: tuple[int, ...], start: int) -> bool:
        at = (arena - start) // self._word
        places = range(MOST_BEFORE_BINS)
        return any(are_bins(arena + n * self._word, words[at + n :], self._word) for n in places)


def arenas(proofs: Proofs, areas: Iterable[Area]) -> Iterator[tuple[Area, AreaOwner]]:
    """Yield the areas that are heaps of glibc's arenas, and what is reserved behind these."""
    largest = LARGEST_HEAP[proofs.word_size]
    anonymous = [area for area in areas if not area.path and area.kind in ("anon", "guard", "reserved")]
    found = Heaps(proofs)
    for area in anonymous:
        heap = found.heap_at(align_down(area.start, largest))
        if heap is None:
            continue
        what, text = "heap", f"glibc arena {heap.arena:#x}"
        if area.start == heap.start + heap.used and area.allows(Protection.WRITE) is False:
            what, text = "rest of heap", f"rest of {text}"
        elif area.start != heap.start:
            continue
        yield area, AreaOwner(what, "glibc", text, area.start, min(heap.start + largest, area.end))
