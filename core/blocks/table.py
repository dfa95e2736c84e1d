"""Millions of blocks in little memory: arrays of where they begin, of their sizes and of their states."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import compress
from typing import NamedTuple

from ..ranges import Range
from .block import OWN, USED, BlockTotal, HeapBlock, Problem

# Translates states into whether a block of that state is in use, and into whether it is free.
_IS_USED = bytes(state in (USED, OWN) for state in range(256))
_IS_FREE = bytes(not is_used for is_used in _IS_USED)


class BlockRegion(NamedTuple):
    """Addresses in which blocks lie side by side, of one arena: the blocks `first` to `last` of the table."""

    start: int
    end: int
    arena: int
    first: int
    last: int
    is_guessed: bool = False


class BlockArena(NamedTuple):
    """A part of an allocator that gives out blocks by itself: where its structure lies (0: it has none).

    `size` is that of the structure.
    """

    address: int
    text: str
    size: int = 0


class BlockTable:
    """Blocks in the order of their addresses, which may be added only at the end."""

    def __init__(self) -> None:
        self.starts, self.sizes, self.states = array("Q"), array("Q"), bytearray()

    def __len__(self) -> int:
        return len(self.states)

    def add(self, start: int, size: int, state: int) -> None:
        """Add a block behind the others."""
        self.starts.append(start)
        self.sizes.append(size)
        self.states.append(state)

    def used_at(self, address: int) -> int | None:
        """Return the number of the block in the program's use that an address lies in, or None."""
        number = bisect_right(self.starts, address) - 1
        if number < 0 or address - self.starts[number] >= self.sizes[number]:
            return None
        return number if self.states[number] == USED else None

    def index(self, start: int) -> int | None:
        """Return the number of the block that begins there, or None."""
        index = bisect_left(self.starts, start)
        return index if index < len(self.starts) and self.starts[index] == start else None


class Blocks:
    """The blocks of one allocator, its arenas, and where its structures were damaged. Immutable.

    `holes` are the ranges inside of regions of which nothing is known: damage, and memory of others.
    """

    def __init__(
        self,
        allocator: str,
        table: BlockTable,
        regions: Iterable[BlockRegion],
        arenas: Iterable[BlockArena],
        problems: Iterable[Problem],
        holes: Iterable[Range] = (),
    ) -> None:
        self.allocator, self.table = allocator, table
        self.regions: Sequence[BlockRegion] = tuple(regions)
        self.arenas: Sequence[BlockArena] = tuple(arenas)
        self.problems: Sequence[Problem] = tuple(problems)
        self.holes: Sequence[Range] = tuple(holes)
        self._ends = [region.end for region in self.regions]

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[HeapBlock]:
        return (block for region in self.regions for block in self._of(region, region.first, region.last))

    def region_at(self, address: int) -> BlockRegion | None:
        """Return the region that the address lies in, or None."""
        index = bisect_right(self._ends, address)
        if index == len(self._ends) or address < self.regions[index].start:
            return None
        return self.regions[index]

    def at(self, address: int) -> HeapBlock | None:
        """Return the block that holds the address; None for what is no block's, such as a block's header."""
        region = self.region_at(address)
        if region is None:
            return None
        index = bisect_right(self.table.starts, address, region.first, region.last) - 1
        if index < region.first:
            return None
        found = next(self._of(region, index, index + 1))
        return found if address < found.end else None

    def _of(self, region: BlockRegion, first: int, last: int) -> Iterator[HeapBlock]:
        starts, sizes, states = self.table.starts, self.table.sizes, self.table.states
        for index in range(first, last):
            start = starts[index]
            yield HeapBlock(start, start + sizes[index], states[index], region.arena, region.is_guessed)

    def within(self, scope: Iterable[Range] | None = None) -> list[BlockRegion]:
        """Return the regions, cut to the blocks that begin in these ranges, which are in order and apart."""
        if scope is None:
            return list(self.regions)
        starts, cut = self.table.starts, []
        for part in scope:
            for region in self.regions[bisect_right(self._ends, part.start) :]:
                if region.start >= part.end:
                    break
                first = bisect_left(starts, part.start, region.first, region.last)
                last = bisect_left(starts, part.end, region.first, region.last)
                if first < last:
                    cut.append(region._replace(first=first, last=last))
        return cut

    def tally(self, region: BlockRegion) -> tuple[BlockTotal, BlockTotal]:
        """Return the blocks of a region that are in use, and those that are free."""
        states = self.table.states[region.first : region.last]
        sizes = self.table.sizes[region.first : region.last]
        is_used = states.translate(_IS_USED)
        used = BlockTotal(sum(is_used), sum(compress(sizes, is_used)))
        return used, BlockTotal(len(sizes) - used.blocks, sum(sizes) - used.bytes)

    def largest(self, regions: Iterable[BlockRegion], count: int) -> list[HeapBlock]:
        """Return the largest blocks in use of these regions, the largest first."""
        found: list[HeapBlock] = []
        for region in regions:
            sizes, states = self.table.sizes, self.table.states
            used = (index for index in range(region.first, region.last) if states[index] == USED)
            most = nlargest(count, used, key=sizes.__getitem__)
            found += [block for index in most for block in self._of(region, index, index + 1)]
        return nlargest(count, found, key=lambda block: block.size)

    def by_size(self, regions: Iterable[BlockRegion]) -> dict[int, tuple[int, int]]:
        """Return how many blocks of each size are in use, and how many are free."""
        used, free = Counter[int](), Counter[int]()
        for region in regions:
            states = self.table.states[region.first : region.last]
            sizes = self.table.sizes[region.first : region.last]
            used.update(compress(sizes, states.translate(_IS_USED)))
            free.update(compress(sizes, states.translate(_IS_FREE)))
        return {size: (used[size], free[size]) for size in {*used, *free}}
