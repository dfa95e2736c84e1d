"""glibc's arenas as structures (malloc_state): read, proven, and followed from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...arch import Arch
from ...owners.arenas import BINS, are_bins
from ..block import Problem
from ..memory import WordReader
from .layout import FLAGS, LAYOUTS, NONCONTIGUOUS, ArenaLayout, ChunkLayout

# Only a damaged ring has more arenas; and so many links are followed at most.
_MOST_ARENAS = 1 << 16


class MallocState(NamedTuple):
    """A malloc_state: where it lies, and what it says. `top_size` is 0 where the top chunk can't be read."""

    address: int
    layout: ArenaLayout
    flags: int
    fast_bins: Sequence[int]
    top: int
    top_size: int
    next: int
    system_memory: int

    @property
    def chunks(self) -> ChunkLayout:
        """How the arena's chunks are laid out."""
        return ChunkLayout(self.layout.word, self.layout.alignment)

    @property
    def is_contiguous(self) -> bool:
        """Whether what the main arena has from the system is one range, as far as it knows."""
        return not self.flags & NONCONTIGUOUS

    @property
    def top_end(self) -> int:
        """Where the top chunk ends."""
        return self.top + self.top_size


class Ring(NamedTuple):
    """The arenas of one malloc, the main one first, and where the ring of them is broken."""

    arenas: Sequence[MallocState]
    problems: Sequence[Problem]


def read_arena(reader: WordReader, address: int, layout: ArenaLayout) -> MallocState | None:
    """Return the arena at the address, proven by its bins; None if none is there."""
    word = layout.word
    words = reader.words(address, layout.size // word)
    if len(words) < layout.size // word or not are_bins(
        address + layout.bins, words[layout.before : layout.before + 2 * BINS], word
    ):
        return None
    top = words[layout.top // word]
    head = reader.word(top + word) or 0
    first = layout.top // word - layout.fast_bins
    return MallocState(
        address,
        layout,
        _flags(words, reader.arch),
        tuple(words[first : layout.top // word]),
        top,
        head & ~FLAGS,
        words[layout.next // word],
        words[layout.system_memory // word],
    )


def _flags(words: Sequence[int], arch: Arch) -> int:
    """Return the second int of the structure."""
    if arch.word_size == 4:
        return words[1]
    return words[0] >> 32 if arch.endian == "little" else words[0] & 0xFFFFFFFF


def has_memory(arena: MallocState, page_size: int) -> bool:
    """Return whether what the arena says of its memory holds together: where its top is, and how much it has.

    One that never gave out a block has none: its top is one of its bins.
    """
    is_sized = arena.chunks.least <= arena.top_size <= arena.system_memory
    return is_sized and arena.top_end % page_size == 0 and arena.system_memory % page_size == 0


def main_arenas(reader: WordReader, places: Iterable[int], page_size: int) -> Iterator[Ring]:
    """Yield the rings of the main arenas of which these, in order, are bins that were found empty.

    Which bin each is isn't known: an arena is where its bins hold together, and where the ring leads back to
    it, or where its account of its memory is right.
    """
    past, tried = 0, set[int]()
    for place in places:
        reader.watch.check()
        ring = _main_arena_at(reader, place, tried, page_size) if place >= past else None
        if ring is not None:
            yield ring
            past = ring.arenas[0].address + ring.arenas[0].layout.size


def _main_arena_at(reader: WordReader, empty_bin: int, tried: set[int], page_size: int) -> Ring | None:
    """Return the ring of the main arena that has this bin, whose bins were not tried yet; None if none is."""
    word, likely = reader.arch.word_size, None
    for number in range(BINS):
        bins = empty_bin - 2 * number * word
        if bins in tried:
            continue
        tried.add(bins)
        for layout in LAYOUTS[word]:
            arena = read_arena(reader, bins - layout.bins, layout) if bins > layout.bins else None
            if arena is None:
                continue
            ring = ring_of(reader, arena)
            if not ring.problems:
                return ring
            if likely is None and arena.is_contiguous and has_memory(arena, page_size):
                likely = ring
    return likely


def ring_of(reader: WordReader, main: MallocState) -> Ring:
    """Return the arenas that the main one's ring leads through, up to where it doesn't lead back to it."""
    found, at, before = {main.address: main}, main.next, main
    while at != main.address:
        arena = read_arena(reader, at, main.layout) if at not in found and len(found) < _MOST_ARENAS else None
        if arena is None:
            expected = "the address of the next arena, or of the main one at the end of the ring"
            where = before.address + main.layout.next
            return Ring(tuple(found.values()), (Problem(where, f"{at:#x} is there, not {expected}"),))
        found[at] = before = arena
        at = arena.next
    return Ring(tuple(found.values()), ())


def empty_bins(words: Sequence[int], address: int, word: int) -> Iterator[int]:
    """Yield where in these words from the address on an empty bin may be: it points to itself."""
    links = zip(words, words[1:])
    first = address - 2 * word
    for index, (forward, back) in enumerate(links):
        if forward == back and forward and forward == first + index * word:
            yield address + index * word
