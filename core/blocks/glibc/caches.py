"""Blocks that are free and look used: those in threads' caches and in fast bins.

Sources: malloc/malloc.c (tcache_entry, tcache_perthread_struct, tcache_put, fastbin, PROTECT_PTR). A thread's
cache is a block of its own arena, told by its content: every list in it leads through blocks of the size that
the list is for, to an end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..block import CACHED, OWN, USED, Problem
from ..memory import WordReader
from ..table import BlockTable
from .arena import MallocState
from .layout import ALL_CACHE_BINS, SAFE_LINK_SHIFT, SMALL_CACHE_BINS, ChunkLayout

# No list of a thread's cache is longer: its length has 16 bits. A fast bin has no limit but the heap's size.
_LONGEST = 1 << 16


class FreeLists:
    """Marks blocks in a table as free that lie in lists of free blocks."""

    def __init__(self, reader: WordReader, chunks: ChunkLayout, table: BlockTable) -> None:
        self._reader, self._chunks, self._table = reader, chunks, table
        self.problems: list[Problem] = []

    def take_caches(self, first_blocks: Sequence[int]) -> None:
        """Mark the caches of threads as the allocator's own, and what is in them as free.

        Those of `first_blocks`, by their numbers, that have the right size are caches whatever they hold.
        """
        for bins in (SMALL_CACHE_BINS, ALL_CACHE_BINS):
            wanted = self._chunks.usable(self._chunks.cache_size(bins))
            for index in self._of_size(wanted):
                self._take_cache(index, bins, is_certain=index in first_blocks)

    def _of_size(self, size: int) -> Iterator[int]:
        """Yield the numbers of the blocks in use that have this size; they are looked for as bytes."""
        held, pattern = self._table.sizes.tobytes(), size.to_bytes(8, "little")
        at = held.find(pattern)
        while at >= 0:
            if at % 8 == 0 and self._table.states[at // 8] == USED:
                yield at // 8
            at = held.find(pattern, at + 1)

    def _take_cache(self, index: int, bins: int, *, is_certain: bool) -> None:
        address, word = self._table.starts[index], self._chunks.word
        entries = self._reader.words(address + 2 * bins, bins)
        if len(entries) < bins:
            return
        lists = [(number, entry) for number, entry in enumerate(entries) if entry]
        proven = [self._members(entry, self._size_of(number)) for number, entry in lists]
        good = sum(problem is None for _, problem in proven)
        if not lists or not (is_certain or 2 * good > len(lists)):
            return
        self._table.states[index] = OWN
        for (number, _), (members, problem) in zip(lists, proven):
            self._mark(members)
            if problem is not None:
                where = address + 2 * bins + number * word
                self.problems.append(Problem(where, f"list {number} of the thread's cache there: {problem}"))

    def _size_of(self, number: int) -> int | None:
        size = self._chunks.cached_size(number)
        return None if size is None else self._chunks.usable(size)

    def take_fast_bins(self, arena: MallocState) -> None:
        """Mark what is in an arena's fast bins as free."""
        header = self._chunks.header
        first = arena.address + arena.layout.top - len(arena.fast_bins) * self._chunks.word
        for number, chunk in enumerate(arena.fast_bins):
            if chunk:
                size = self._chunks.usable(self._chunks.fast_size(number))
                members, problem = self._members(chunk + header, size, -header)
                self._mark(members)
                if problem is not None:
                    where = first + number * self._chunks.word
                    self.problems.append(Problem(where, f"fast bin {number}: {problem}"))

    def _mark(self, members: Sequence[int]) -> None:
        for index in members:
            self._table.states[index] = CACHED

    def _members(self, start: int, size: int | None, link: int = 0) -> tuple[list[int], str | None]:
        """Return the blocks of a list by number, and what is wrong with it; `link` is what links are off by.

        All are in use by their chunks, and of the size, where that is given; the last one's link is 0.
        """
        members: list[int] = []
        seen: set[int] = set()
        at = start
        while at and len(members) < _LONGEST:
            index = self._table.index(at)
            if index is None:
                return members, f"it leads to {at:#x}, where no block begins"
            if index in seen:
                return members, f"it leads to {at:#x} twice"
            if self._table.states[index] != USED or size not in (None, self._table.sizes[index]):
                return members, f"it leads to {at:#x}, which is no block of {size:#x} bytes to be kept there"
            members.append(index)
            seen.add(index)
            raw = self._reader.word(at)
            if raw is None:
                return members, f"the link at {at:#x} can't be read"
            at = self._next(at, raw, link)
        return members, None

    def _next(self, at: int, raw: int, link: int) -> int:
        """Return the block that the link at an address leads to; 0 is the end.

        Links are mangled from 2.32 on: whether they are is told by where they lead.
        """
        mangled = raw ^ at >> SAFE_LINK_SHIFT
        for target in (mangled, raw):
            if target == 0 or self._table.index(target - link) is not None:
                return target and target - link
        return mangled and mangled - link
