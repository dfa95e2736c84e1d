"""A heap region: one unit of the pool's address space that holds small blocks."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import PoolCorrupt
from .area import PoolArea
from .chunks import Chunks, chunk_length, decode, table_pages
from .layout import DATA, PAGE, PAGE_BITS, TABLE_STRIDE, TABLES, UNIT_PAGES
from .mapping import Memory
from .store import PageFile
from .touched import PageRange
from .units import HEAP, Unit, Units, first_page

# The guard behind a block, in the rest of its chunk: the last 1 to 8 of these bytes.
GUARD = b"\x9d\xe1\xb5\xc7\xa9\xd3\xf1\x8b"


class Region(PoolArea):
    """One region: its chunk table, its memory, and which of its pages may have been written.

    `written` are pages that the pool wrote to since the last flush, `viewed` those on which writable
    views were given out and may still be held; both are bit masks.
    """

    mappable = False  # callers keep their tables in small blocks and read them later
    __slots__ = ("chunks", "reshaped", "unit", "viewed", "written")

    def __init__(self, store: PageFile, unit: int, chunks: Chunks | None = None) -> None:
        super().__init__(store, first_page(unit), UNIT_PAGES)
        self.unit = unit
        self.chunks = chunks or Chunks()
        self.reshaped = chunks is None
        self.written = 0
        self.viewed = 0

    @property
    def dirty(self) -> bool:
        """Whether the file may lack changes to it."""
        return bool(self.reshaped or self.written or self.viewed)

    @property
    def empty(self) -> bool:
        """Whether it holds no block."""
        return len(self.chunks.sizes) == 1 and not self.chunks.sizes[0]

    def guard(self, offset: int, size: int) -> None:
        """Write the guard behind the block at `offset`."""
        start, end = offset + size, offset + chunk_length(size)
        memory = self.memory or self.open()
        memory[start:end] = GUARD[start - end :]
        self.written |= 1 << (start >> PAGE_BITS) | 1 << ((end - 1) >> PAGE_BITS)

    def put(self, units: Units) -> None:
        """Write what changed to the file, and free pages that contain no live chunk."""
        live = self.chunks.live_pages()
        if self.reshaped:
            self._put_table(units)
            for first, end in page_ranges(~live & ((1 << UNIT_PAGES) - 1)):
                self.store.clear(DATA, self.first + first, end - first)
            self.reshaped = False
        self.flush(page_ranges((self.written | self.viewed) & live))
        self.written = 0

    def settle(self) -> bool:
        """Forget views that are no longer held, after a put; return whether the region is clean now."""
        if self.viewed and self.close():
            self.viewed = 0
        return not self.dirty

    def damaged(self) -> list[int]:
        """Return the offsets of blocks past whose end something was written; opens the memory."""
        memory = self.memory or self.open()
        return damaged_blocks(self.chunks, memory)

    def _put_table(self, units: Units) -> None:
        raw = self.chunks.encode()
        index = self.unit * TABLE_STRIDE
        pages = len(raw) // PAGE
        self.store.put(TABLES, index, raw)
        self.store.clear(TABLES, index + pages, TABLE_STRIDE - pages)
        longest = max((length for _, length in self.chunks.free()), default=0)
        units.set(self.unit, Unit(HEAP, 0, longest // 8))


def damaged_blocks(chunks: Chunks, memory: Memory | bytearray) -> list[int]:
    """Return the offsets of blocks in `memory` whose guards were overwritten."""
    damaged = []
    for offset, size in chunks.blocks():
        start, end = offset + size, offset + chunk_length(size)
        if memory[start:end] != GUARD[start - end :]:
            damaged.append(offset)
    return damaged


def load_chunks(store: PageFile, unit: int) -> Chunks:
    """Return the chunk table of a region, read from the file.

    Raises `PoolCorrupt` if it is missing or damaged.
    """
    try:
        first = store.page(TABLES, unit * TABLE_STRIDE)
        if first is None:
            raise PoolCorrupt("its chunk table is missing")
        rest = [store.page(TABLES, unit * TABLE_STRIDE + number) for number in range(1, table_pages(first))]
        return decode(b"".join([first, *(page or bytes(PAGE) for page in rest)]))
    except PoolCorrupt as problem:
        raise PoolCorrupt(f"unit {unit:#x}: {problem}") from problem


def page_ranges(mask: int) -> Iterator[PageRange]:
    """Yield the set bits of a mask as ranges (first, end)."""
    at = 0
    while mask:
        skip = (mask & -mask).bit_length() - 1
        mask >>= skip
        length = (~mask & (mask + 1)).bit_length() - 1
        yield at + skip, at + skip + length
        mask >>= length
        at += skip + length
