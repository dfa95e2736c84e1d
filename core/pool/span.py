"""A large block: pool pages of its own, which contain nothing else."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from .area import PoolArea, load_pages
from .layout import DATA, PAGE, PAGE_BITS
from .mapping import Memory
from .store import BATCH, PageFile
from .touched import PageRange
from .units import first_page, units_for

# The guard behind a large block: in the rest of its last page, and in a page of memory that is never stored.
GUARD = bytes(0x80 | at * 37 & 0x7F for at in range(16))
# From this many pages on, asking the kernel which were written is faster than comparing them.
_MANY_PAGES = 64


class LargeBlock(PoolArea):
    """One large block of `size` bytes that begins `lead` pages into unit `unit`.

    `viewed` are the page ranges of writable views that were given out and may still be held.
    """

    __slots__ = ("lead", "size", "unit", "viewed")

    def __init__(self, store: PageFile, unit: int, lead: int, size: int) -> None:
        super().__init__(store, first_page(unit, lead), pages_for(size), spare=1)
        self.unit = unit
        self.lead = lead
        self.size = size
        self.viewed: list[PageRange] = []

    @property
    def units(self) -> int:
        """The number of units it takes."""
        return units_for(self.lead, self.size)

    @property
    def dirty(self) -> bool:
        """Whether the file may lack changes to it."""
        return bool(self.viewed)

    def open(self, verify: bool = True) -> Memory:
        """See `PoolArea.open`. The part of the guard that isn't in the file is written into the memory."""
        if self.memory is None:
            memory = super().open(verify)
            inside = self.count * PAGE - self.size
            last = self.store.trees[DATA].get(self.first + self.count - 1)
            if inside and not last:
                memory[self.size : self.size + len(GUARD)] = GUARD
            elif inside < len(GUARD):
                memory[self.size + inside : self.size + len(GUARD)] = GUARD[inside:]
        return super().open(verify)

    def mark(self, start: int, end: int) -> None:
        """Note a writable view on the bytes `start` to `end`."""
        self.viewed.append((start >> PAGE_BITS, -(-end // PAGE)))
        if len(self.viewed) > 64:
            self.viewed = merged(self.viewed)

    def write(self, offset: int, buffer: memoryview, sums: Sequence[int] | None) -> None:
        """Write bytes from `offset` on to the file; the memory must be closed.

        `sums` are the CRC-32s of the pages, if these are whole and the caller has them. Raises
        `PoolCorrupt` if the rest of a page is damaged, `PoolError` if the file can't be read or written.
        """
        done = 0
        while done < len(buffer):
            page, inside = divmod(offset + done, PAGE)
            size = min((BATCH << PAGE_BITS) - inside, len(buffer) - done)
            data = bytes(buffer[done : done + size])
            if inside or size % PAGE:
                data = self._around(page, inside, data)
            if sums is None:
                totals = [zlib.crc32(data[at : at + PAGE]) for at in range(0, len(data), PAGE)]
            else:
                totals = list(sums[done >> PAGE_BITS : (done + size) >> PAGE_BITS])
            self.replace(page, data, totals)
            done += size

    def _around(self, page: int, inside: int, data: bytes) -> bytes:
        """Return whole pages from `page` on: the stored ones with the data laid `inside` bytes into them."""
        count = pages_for(inside + len(data))
        pages = load_pages(self.store, self.first + page, count)
        if page + count == self.count and not self.store.trees[DATA].get(self.first + self.count - 1):
            end = self.size - (page << PAGE_BITS)
            pages[end:] = GUARD[: len(pages) - end].ljust(len(pages) - end, b"\0")
        pages[inside : inside + len(data)] = data
        return bytes(pages)

    def resize(self, size: int) -> None:
        """Resize the block to a size for which its pages, or the first few of them, are enough."""
        memory = self.open()
        pages = pages_for(size)
        if pages < self.count:
            self.disown(pages << PAGE_BITS)
            self.store.clear(DATA, self.first + pages, self.count - pages)
            self.count = pages
        memory[size : size + len(GUARD)] = GUARD
        self.size = size
        self.mark(size, min(size + len(GUARD), pages << PAGE_BITS))

    def resize_in_page(self, size: int) -> None:
        """Resize the block to a size of as many pages; only the last is read, and the memory must be closed.

        Raises as `write` does; then it has its old size.
        """
        room = (self.count << PAGE_BITS) - size
        self.write(size, memoryview(GUARD[:room]), None)
        self.size = size

    def put(self) -> None:
        """Write what changed to the file."""
        ranges = merged(self.viewed)
        if sum(end - first for first, end in ranges) >= _MANY_PAGES:
            ranges = list(self.written_parts(ranges))
        self.flush(ranges)

    def settle(self) -> bool:
        """Release the memory and forget views no longer held, after a put; return whether it is clean now."""
        if self.close():
            self.viewed.clear()
        return not self.viewed

    def damaged(self) -> bool:
        """Return whether something was written past the block's end; opens the memory."""
        memory = self.open()
        return memory[self.size : self.size + len(GUARD)] != GUARD


def pages_for(size: int) -> int:
    """Return how many pages hold `size` bytes."""
    return -(-size // PAGE)


def merged(ranges: list[PageRange]) -> list[PageRange]:
    """Return the same pages in ranges that neither overlap nor touch, in order."""
    result: list[PageRange] = []
    for first, end in sorted(ranges):
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((first, end))
    return result
