"""Sizes and places in glibc's structures, by word size and alignment.

Sources: malloc/malloc.c (malloc_chunk, malloc_state, fastbin_index, request2size, tcache_perthread_struct,
PROTECT_PTR), sysdeps/*/malloc-alignment.h.
"""

from __future__ import annotations

from typing import NamedTuple

from ...owners.arenas import BINS

PREV_INUSE, IS_MMAPPED, NON_MAIN_ARENA = 1, 2, 4
FLAGS = PREV_INUSE | IS_MMAPPED | NON_MAIN_ARENA
NONCONTIGUOUS = 2  # in malloc_state.flags
# Safe-Linking (2.32 on): a link is kept exclusive-or its own address without the lowest twelve bits.
SAFE_LINK_SHIFT = 12
# Bins of a thread's cache: up to 2.41, and with 12 more for large blocks from 2.42 on.
SMALL_CACHE_BINS, ALL_CACHE_BINS = 64, 76
# mutex, flags and have_fastchunks, each an int, before the fast bins.
_HEAD = 12
_BINMAP = 16


class ArenaLayout(NamedTuple):
    """Where the fields of a malloc_state are: `before` words lie before its bins."""

    word: int
    before: int

    @property
    def bins(self) -> int:
        """Where the bins are."""
        return self.before * self.word

    @property
    def top(self) -> int:
        """Where the address of the top chunk is: behind it is last_remainder, then come the bins."""
        return self.bins - 2 * self.word

    @property
    def next(self) -> int:
        """Where the address of the next arena is; behind it come next_free, attached_threads, system_mem."""
        return self.bins + 2 * BINS * self.word + _BINMAP

    @property
    def system_memory(self) -> int:
        """Where it is said how many bytes the arena has from the system."""
        return self.next + 3 * self.word

    @property
    def size(self) -> int:
        """Bytes in the structure: behind system_mem there is one more word."""
        return self.system_memory + 2 * self.word

    @property
    def fast_bins(self) -> int:
        """How many fast bins there are, which end at `top`."""
        return max(self.before - 2 - -(-_HEAD // self.word), 0)

    @property
    def alignment(self) -> int:
        """MALLOC_ALIGNMENT: with 8 bytes there are ten fast bins on 32 bits, with 16 there are eleven."""
        return 8 if self.word == 4 and self.fast_bins == 10 else 16


# How a malloc_state may begin, the usual first: ten fast bins; on 32 bits also eleven.
LAYOUTS = {8: (ArenaLayout(8, 14),), 4: (ArenaLayout(4, 16), ArenaLayout(4, 15))}


class ChunkLayout(NamedTuple):
    """How chunks are: the header's two words (prev_size, size) lie before what the program may use."""

    word: int
    alignment: int

    @property
    def header(self) -> int:
        """CHUNK_HDR_SZ: also the size of the chunks that end a region."""
        return 2 * self.word

    @property
    def least(self) -> int:
        """MINSIZE."""
        return self.aligned(4 * self.word)

    def aligned(self, size: int) -> int:
        """Return the size rounded up."""
        return -(-size // self.alignment) * self.alignment

    def first_chunk(self, address: int) -> int:
        """Return the first address from this one on where a chunk may begin: its content is aligned."""
        return self.aligned(address + self.header) - self.header

    def chunk_size(self, wanted: int) -> int:
        """Return the size of the chunk that so many bytes are given in (request2size)."""
        return max(self.aligned(wanted + self.word), self.least)

    def usable(self, size: int) -> int:
        """Return how much of a chunk of this size the program may use: the next one's prev_size too."""
        return size - self.word

    def cached_size(self, number: int) -> int | None:
        """Return the size of the chunks in a bin of a thread's cache; None where they have several."""
        return self.least + number * self.alignment if number < SMALL_CACHE_BINS else None

    def fast_size(self, number: int) -> int:
        """Return the size of the chunks in a fast bin."""
        return (number + 2) << (4 if self.word == 8 else 3)

    def cache_size(self, bins: int) -> int:
        """Return the size of the chunk that a thread's cache with so many bins lies in."""
        return self.chunk_size(bins * (2 + self.word))
