"""The hits of a search, kept in little memory: mostly 4 bytes each, and 8 more for a value at most."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Optional, overload

from ...ranges import Range
from .hits import Batch, Hit
from .packed_ints import Packed, ascending, item, packed, unpacked

# Hits kept at most. Matches all over a run of zeros cost next to nothing, and count as a few.
MOST_KEPT = 1 << 24
_RUN_COST = 64

# Hits in a packed block, at least and at most: reading one unpacks no other block. A batch of at least
# `_LEAST` is packed as it comes, which takes a third of the time.
_BLOCK, _LARGEST = 1 << 12, 1 << 14
_LEAST = 1 << 8

# A hit and its value, where it has one.
_Row = tuple[int, int, int, Optional[int]]


class _Block(NamedTuple):
    """Hits that are packed: their addresses less the lowest, or a range of addresses as they are."""

    length: int
    base: int
    offsets: Packed
    sizes: Packed
    patterns: Packed
    values: Packed | None

    def address(self, index: int) -> int:
        return self.base + item(self.offsets, index)

    def hit(self, index: int) -> Hit:
        return Hit(self.address(index), item(self.sizes, index), item(self.patterns, index))

    def value(self, index: int) -> int | None:
        return None if self.values is None else item(self.values, index)

    def batch(self) -> Batch:
        if isinstance(self.offsets, range):
            return Batch(self.offsets, self.sizes, self.patterns, self.values)
        addresses = [self.base + offset for offset in unpacked(self.offsets, self.length)]
        return Batch(addresses, self.sizes, self.patterns, self.values)

    def first_from(self, address: int) -> int:
        """Return the index of the first hit at or above the address."""
        if isinstance(self.offsets, int):
            return 0 if self.base + self.offsets >= address else self.length
        return bisect_left(self.offsets, address - self.base)


class _Open:
    """The last hits, to which more are added one by one: a list's `append` is all or nothing."""

    def __init__(self) -> None:
        self.rows: list[_Row] = []

    def packed(self) -> _Block:
        addresses, sizes, patterns, values = zip(*self.rows)
        known = any(value is not None for value in values)
        return _block(Batch(addresses, sizes, patterns, [value or 0 for value in values] if known else None))


class HitList(Sequence[Hit]):
    """Hits in the order in which they were found; grows by `append` and `extend`, else a sequence.

    After `most` hits it keeps no more, but counts them: `missed`.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._blocks: list[_Block | _Open] = []
        self._starts: list[int] = []  # the number of the first hit of each block, computed on demand
        self._room = most
        self.missed = 0

    @property
    def total(self) -> int:
        """How many hits there were: those that are kept and those that aren't."""
        return len(self) + self.missed

    def append(self, hit: Hit, value: int | None = None) -> None:
        """Add a hit: all of it or, interrupted, nothing."""
        if self._takes(1, 1):
            self._open().rows.append((*hit, value))

    def extend(self, batch: Batch) -> None:
        """Add hits; interrupted, perhaps some of them: see `cut`."""
        count = len(batch.addresses)
        is_run = isinstance(batch.addresses, range) and count >= _BLOCK
        if not self._takes(count, _RUN_COST if is_run else count):
            return
        if is_run:
            self._add(_Block(count, 0, batch.addresses, batch.sizes, batch.patterns, batch.values))
        elif count >= _LEAST:
            for part in batch.parts(_LARGEST):
                self._add(_block(part))
        else:
            values = [None] * count if batch.values is None else unpacked(batch.values, count)
            self._open().rows.extend((*hit, value) for hit, value in zip(batch.hits(), values))

    def cut(self, count: int) -> None:
        """Keep the first `count` hits."""
        if count >= self.total:
            return
        self.missed = max(0, count - len(self))
        if count >= len(self):
            return
        number = bisect_right(self._starts, count) - 1
        block, rest = self._blocks[number], count - self._starts[number]
        self._starts = []
        del self._blocks[number + (rest > 0) :]
        if isinstance(block, _Open):
            del block.rows[rest:]
        elif rest:
            self._blocks[number] = _block(block.batch().part(0, rest))

    def batches(self) -> Iterator[Batch]:
        """Yield the hits and their values, many at a time."""
        for block in self._blocks:
            if isinstance(block, _Block):
                yield block.batch()
            elif block.rows:
                yield block.packed().batch()

    def value(self, index: int) -> int | None:
        """Return the value of a hit, or None where it is not known."""
        block, at = self._place(index)
        return block.value(at) if isinstance(block, _Block) else block.rows[at][3]

    def extents(self, ranges: Iterable[Range]) -> Iterator[Range]:
        """Yield, for each range in which hits lie, from the first to the end of the last.

        Of the hits that begin before a range, the last one may end in it.
        """
        for start, end in ranges:
            first, stop = self.first_from(start), self.first_from(end)
            before = self[first - 1] if first else None
            if before is not None and before.address + before.size > start:
                first -= 1
            if first < stop:
                last = self[stop - 1]
                yield Range(max(start, self[first].address), min(last.address + last.size, end))

    def first_from(self, address: int) -> int:
        """Return the number of the first hit at or above the address."""
        low, high = 0, len(self._synced())
        while low < high:
            middle = (low + high) // 2
            if self[self._starts[middle]].address < address:
                low = middle + 1
            else:
                high = middle
        if not low:
            return 0
        block = self._blocks[low - 1]
        if isinstance(block, _Open):
            return self._starts[low - 1] + bisect_left(block.rows, (address,))
        return self._starts[low - 1] + block.first_from(address)

    def _takes(self, count: int, cost: int) -> bool:
        """Return whether there is room for hits, else count them as missed; none is kept after that."""
        if self.missed or cost > self._room:
            self.missed += count
            return False
        self._room -= cost
        return True

    def _open(self) -> _Open:
        """Return the block to which rows are added."""
        last = self._blocks[-1] if self._blocks else None
        if isinstance(last, _Open) and len(last.rows) < _BLOCK:
            return last
        fresh = _Open()
        self._add(fresh)
        return fresh

    def _add(self, block: _Block | _Open) -> None:
        last = self._blocks[-1] if self._blocks else None
        if isinstance(last, _Open):
            if last.rows:
                self._blocks[-1] = last.packed()
            else:
                self._blocks.pop()
        self._blocks.append(block)

    def _synced(self) -> list[int]:
        """Return the number of the first hit of each block."""
        starts, blocks = self._starts, self._blocks
        while len(starts) < len(blocks):
            starts.append(starts[-1] + _count(blocks[len(starts) - 1]) if starts else 0)
        return starts

    def _place(self, index: int) -> tuple[_Block | _Open, int]:
        """Return the block of a hit, and where the hit is in it; raise IndexError for no hit's number."""
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"hit {index} of {count}")
        index %= count
        number = bisect_right(self._starts, index) - 1
        return self._blocks[number], index - self._starts[number]

    def __len__(self) -> int:
        starts = self._synced()
        return starts[-1] + _count(self._blocks[-1]) if starts else 0

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        block, at = self._place(index)
        return block.hit(at) if isinstance(block, _Block) else Hit(*block.rows[at][:3])

    def __iter__(self) -> Iterator[Hit]:
        for batch in self.batches():
            yield from batch.hits()

    def __repr__(self) -> str:
        return f"HitList({len(self)} hits)"


def _count(block: _Block | _Open) -> int:
    return block.length if isinstance(block, _Block) else len(block.rows)


def _block(batch: Batch) -> _Block:
    base = batch.addresses[0]
    offsets = ascending([address - base for address in batch.addresses])
    values = None if batch.values is None else packed(batch.values)
    return _Block(len(batch.addresses), base, offsets, packed(batch.sizes), packed(batch.patterns), values)
