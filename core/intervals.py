"""Intervals ordered by (start, end) that may overlap, with fast queries and cheap changes.

The order is kept in blocks of a few hundred items. Each block, and the list of blocks, carries its
`reach`: the highest end so far. `reach` never falls from left to right, so the first interval that
overlaps a range is found with two binary searches, and whole blocks that end too early are skipped.
"""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from .errors import MapChanged

BLOCK = 512
_START, _END, _KEY = attrgetter("start"), attrgetter("end"), attrgetter("start", "end")


class Interval(Protocol):
    """Anything with a half-open range of addresses."""

    @property
    def start(self) -> int:
        """First address."""

    @property
    def end(self) -> int:
        """One past the last address."""


T = TypeVar("T", bound=Interval)


class _Block(Generic[T]):
    """A run of items in order, with their starts, ends and reach beside them."""

    __slots__ = ("_reach", "ends", "items", "starts")

    def __init__(self, items: list[T]) -> None:
        self.items = items
        self.starts = list(map(_START, items))
        self.ends = list(map(_END, items))
        self._reach: list[int] | None = None

    @property
    def reach(self) -> list[int]:
        """For each item, the highest end among it and all before it in the block."""
        if self._reach is None:
            self._reach = list(accumulate(self.ends, max))
        return self._reach

    def position(self, start: int, end: int) -> int:
        """Return the index for an item of this range: before the first one that is not lower."""
        low = bisect_left(self.starts, start)
        high = bisect_right(self.starts, start, low)
        return bisect_left(self.ends, end, low, high)

    def insert(self, item: T) -> None:
        index = self.position(item.start, item.end)
        self.items.insert(index, item)
        self.starts.insert(index, item.start)
        self.ends.insert(index, item.end)
        self._reach = None

    def delete(self, index: int) -> None:
        del self.items[index], self.starts[index], self.ends[index]
        self._reach = None


class IntervalStore(Generic[T]):
    """Items with `start` and `end`, kept by (start, end). Equal ranges are allowed.

    Adding or removing one of N costs a few microseconds more than log N; queries cost log N plus
    what they yield. Iterators are independent of each other, and raise MapChanged after a change.
    """

    def __init__(self, items: Iterable[T] = ()) -> None:
        self.generation = 0
        self._rebuild(items)

    def _rebuild(self, items: Iterable[T]) -> None:
        ordered = list(items)
        if not _is_ordered(ordered):
            ordered.sort(key=_KEY)
        self._blocks = [_Block(ordered[i : i + BLOCK]) for i in range(0, len(ordered), BLOCK)]
        self._count = len(ordered)
        self._index()

    def _index(self) -> None:
        """Update where each block begins; its reach is computed when it is first used."""
        self._firsts: list[tuple[int, int]] = [(block.starts[0], block.ends[0]) for block in self._blocks]
        self._reach: list[int] | None = None

    def _raise_reach(self, number: int, end: int) -> None:
        """Raise the reach for an item of a block that ends there, up to the first block it doesn't change."""
        reach = self._reach or []
        for index in range(number, len(reach)):
            if reach[index] >= end:
                return
            reach[index] = end

    def _lower_reach(self, number: int) -> None:
        """Lower the reach after a removal from a block, up to the first block that it doesn't change."""
        reach = self._reach or []
        before = reach[number - 1] if reach and number else 0
        for index in range(number, len(reach)):
            highest = max(self._blocks[index].ends)
            before = max(before, highest)
            if reach[index] == before:
                return
            reach[index] = before

    def _block_reach(self) -> list[int]:
        reach = self._reach
        if reach is None:
            reach = self._reach = list(accumulate((block.reach[-1] for block in self._blocks), max))
        return reach

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        return self._walk(0, 0, None, self.generation)

    def clear(self) -> None:
        """Remove all items."""
        self.generation += 1
        self._rebuild(())

    def add(self, item: T) -> None:
        """Insert the item in order, before any other of the same range."""
        self.generation += 1
        self._count += 1
        if not self._blocks:
            self._blocks = [_Block([item])]
            self._index()
            return
        number = max(0, bisect_right(self._firsts, (item.start, item.end)) - 1)
        block = self._blocks[number]
        block.insert(item)
        if len(block.items) > 2 * BLOCK:
            self._blocks[number : number + 1] = [_Block(block.items[:BLOCK]), _Block(block.items[BLOCK:])]
            self._index()
        else:
            self._firsts[number] = (block.starts[0], block.ends[0])
            self._raise_reach(number, item.end)

    def extend(self, items: Iterable[T]) -> None:
        """Insert many items at once, which costs the time of all."""
        self.generation += 1
        self._rebuild([*(item for block in self._blocks for item in block.items), *items])

    def remove(self, item: T) -> bool:
        """Remove this item; return whether it was there."""
        for number, index, other in self._exact(item.start, item.end):
            if other is item or other == item:
                self._delete(number, index)
                return True
        return False

    def _delete(self, number: int, index: int) -> None:
        self.generation += 1
        self._count -= 1
        block = self._blocks[number]
        block.delete(index)
        if block.items:
            self._firsts[number] = (block.starts[0], block.ends[0])
            self._lower_reach(number)
        else:
            del self._blocks[number]
            self._index()

    def _exact(self, start: int, end: int) -> Iterator[tuple[int, int, T]]:
        """Yield the places (block, index) of the items of exactly this range."""
        first = max(0, bisect_left(self._firsts, (start, end)) - 1)
        for number in range(first, len(self._blocks)):
            block = self._blocks[number]
            if self._firsts[number] > (start, end):
                return
            for index in range(block.position(start, end), len(block.items)):
                if (block.starts[index], block.ends[index]) != (start, end):
                    return
                yield number, index, block.items[index]

    def exact(self, start: int, end: int) -> T | None:
        """Return an item of exactly this range, or None."""
        return next((item for _, _, item in self._exact(start, end)), None)

    def first_overlap(self, start: int, end: int) -> T | None:
        """Return the first item, by (start, end), that shares an address with the range, or None."""
        reach = self._block_reach()
        number = bisect_right(reach, start)
        if number == len(reach):
            return None
        block = self._blocks[number]
        index = bisect_right(block.reach, start)
        return block.items[index] if block.starts[index] < end else None

    def overlaps(self, start: int, end: int) -> Iterator[T]:
        """Yield, in order, the items that share an address with the range."""
        return self._walk(bisect_right(self._block_reach(), start), start, end, self.generation)

    def _walk(self, number: int, start: int, end: int | None, generation: int) -> Iterator[T]:
        """Yield from block `number` on what ends after `start` and starts before `end`."""
        for block in islice(self._blocks, number, None):
            if end is not None and block.starts[0] >= end:
                return
            if block.reach[-1] <= start:
                continue
            stop = len(block.items) if end is None else bisect_left(block.starts, end)
            for index in range(bisect_right(block.reach, start), stop):
                if self.generation != generation:
                    raise MapChanged(self.generation)
                if block.ends[index] > start:
                    yield block.items[index]
        if self.generation != generation:
            raise MapChanged(self.generation)


def _is_ordered(items: list[T]) -> bool:
    starts = list(map(_START, items))
    if all(map(operator.lt, starts, islice(starts, 1, None))):
        return True
    pairs = list(map(_KEY, items))
    return all(map(operator.le, pairs, islice(pairs, 1, None)))
