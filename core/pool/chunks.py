"""The chunks of one heap region: live blocks and free space, which together fill it without gaps.

A chunk is a multiple of 8 bytes. A block's chunk is just long enough for the block and at least one guard
byte, so the sizes alone give every position. Two free chunks never touch: they are joined into one.
The table lies apart from the blocks, where no write past a block's end can reach it.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import PoolCorrupt
from .layout import PAGE, PAGE_BITS, UNIT

GRAIN = 8
# The largest block in a heap region; larger ones get pages of their own.
MAX_SMALL = 0x7FFF
_FREE_MARK = 0x8000
# A block of no bytes: a free chunk of no length, which there never is.
_EMPTY = _FREE_MARK
_COUNT_SIZE = 8


class Freed(NamedTuple):
    """A chunk that became free, and the lengths of the free ones before and after that were joined to it."""

    start: int
    length: int
    before: int
    after: int


def chunk_length(size: int) -> int:
    """Return the length of the chunk of a block of `size` bytes."""
    return (size + GRAIN) & -GRAIN


class Chunks:
    """The chunk table of one region: where each chunk starts, and its block's size.

    The size is 0 for a free chunk, and `_EMPTY` for a block of no bytes.
    """

    __slots__ = ("sizes", "starts")

    def __init__(self) -> None:
        self.starts = array("I", [0])
        self.sizes = array("H", [0])

    def size_at(self, offset: int) -> int | None:
        """Return the size of the block that starts at `offset`, None if none does."""
        number = bisect_left(self.starts, offset)
        if number == len(self.starts) or self.starts[number] != offset:
            return None
        return self._size(number)

    def around(self, offset: int) -> tuple[int, int | None]:
        """Return (start, size) of the chunk that `offset` lies in; the size is None if it is free."""
        number = bisect_right(self.starts, offset) - 1
        return self.starts[number], self._size(number)

    def place(self, start: int, length: int, need: int, size: int, lead: int = 0) -> None:
        """Put a block into the free chunk at `start`, `lead` bytes into it; the rest stays free."""
        starts, sizes = self.starts, self.sizes
        number = bisect_left(starts, start)
        if lead:
            number += 1
            starts.insert(number, start + lead)
            sizes.insert(number, size or _EMPTY)
        else:
            sizes[number] = size or _EMPTY
        if length > lead + need:
            starts.insert(number + 1, start + lead + need)
            sizes.insert(number + 1, 0)

    def release(self, offset: int) -> Freed:
        """Free the block that starts at `offset` and join it with free neighbours; return the result."""
        starts, sizes = self.starts, self.sizes
        number = bisect_left(starts, offset)
        start, end = offset, self._end(number)
        before = after = 0
        sizes[number] = 0
        if number + 1 < len(starts) and not sizes[number + 1]:
            after = self._end(number + 1) - end
            del starts[number + 1], sizes[number + 1]
        if number and not sizes[number - 1]:
            start = starts[number - 1]
            before = offset - start
            del starts[number], sizes[number]
        return Freed(start, end + after - start, before, after)

    def free_after(self, offset: int) -> int:
        """Return the length of the free chunk right after the block at `offset`, 0 if there is none."""
        number = bisect_left(self.starts, offset) + 1
        if number == len(self.starts) or self.sizes[number]:
            return 0
        return self._end(number) - self.starts[number]

    def resize(self, offset: int, size: int, rest: int) -> None:
        """Resize the block at `offset` in place.

        Its chunk and the free one after it become its new chunk and a free one of `rest` bytes.
        """
        number = bisect_left(self.starts, offset)
        self.sizes[number] = size or _EMPTY
        if number + 1 < len(self.starts) and not self.sizes[number + 1]:
            del self.starts[number + 1], self.sizes[number + 1]
        if rest:
            self.starts.insert(number + 1, offset + chunk_length(size))
            self.sizes.insert(number + 1, 0)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Return an iterator over (offset, size) of each live block."""
        return ((start, size & MAX_SMALL) for start, size in zip(self.starts, self.sizes) if size)

    def free(self) -> list[tuple[int, int]]:
        """Return (offset, length) of each free chunk."""
        return [
            (start, self._end(number) - start)
            for number, start in enumerate(self.starts)
            if not self.sizes[number]
        ]

    def live_pages(self) -> int:
        """Return a bit for each page of the region that contains a byte of a live chunk."""
        pages = (1 << (UNIT // PAGE)) - 1
        for start, length in self.free():
            first, end = -(-start // PAGE), (start + length) >> PAGE_BITS
            if first < end:
                pages &= ~((1 << end) - (1 << first))
        return pages

    def encode(self) -> bytes:
        """Return the table as it is stored: a count and a 16-bit number for each chunk, in whole pages."""
        ends = self.starts[1:]
        ends.append(UNIT)
        chunks = array(
            "H",
            [
                size or _FREE_MARK | (end - start) // GRAIN
                for start, end, size in zip(self.starts, ends, self.sizes)
            ],
        )
        if sys.byteorder == "big":
            chunks.byteswap()
        raw = len(chunks).to_bytes(_COUNT_SIZE, "little") + chunks.tobytes()
        return raw.ljust(-(-len(raw) // PAGE) * PAGE, b"\0")

    def _size(self, number: int) -> int | None:
        """Return the size of a chunk's block; None if it is free."""
        return self.sizes[number] & MAX_SMALL if self.sizes[number] else None

    def _end(self, number: int) -> int:
        return self.starts[number + 1] if number + 1 < len(self.starts) else UNIT


def table_pages(first: bytes) -> int:
    """Return how many pages a stored table has, given its first.

    Raises `PoolCorrupt` if the count is impossible.
    """
    count = int.from_bytes(first[:_COUNT_SIZE], "little")
    if not 1 <= count <= UNIT // GRAIN:
        raise PoolCorrupt(f"a chunk table of {count} chunks")
    return -(-(_COUNT_SIZE + 2 * count) // PAGE)


def decode(raw: bytes) -> Chunks:
    """Return the inverse of `Chunks.encode`.

    Raises `PoolCorrupt` unless the chunks fill the region exactly.
    """
    count = int.from_bytes(raw[:_COUNT_SIZE], "little")
    numbers = array("H", raw[_COUNT_SIZE : _COUNT_SIZE + 2 * count])
    if sys.byteorder == "big":
        numbers.byteswap()
    chunks = Chunks()
    starts = array("I")
    start, was_free = 0, False
    for number in numbers:
        free = number > _FREE_MARK
        length = (number - _FREE_MARK) * GRAIN if free else chunk_length(number & MAX_SMALL)
        if not number or (free and was_free) or start + length > UNIT:
            raise PoolCorrupt(f"a chunk table with {number:#x} at offset {start:#x}")
        starts.append(start)
        start, was_free = start + length, free
    if start != UNIT or len(numbers) != count:
        raise PoolCorrupt(f"a chunk table of {count} chunks that ends at offset {start:#x}")
    chunks.starts = starts
    chunks.sizes = array("H", [0 if number > _FREE_MARK else number for number in numbers])
    return chunks
