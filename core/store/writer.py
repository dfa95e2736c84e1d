"""Writing bytes to a store: equal pages are stored once, pages of zeros not at all."""

from __future__ import annotations

import zlib
from bisect import bisect_right, insort
from collections.abc import Callable
from typing import Optional

from ..errors import PoolCorrupt
from ..pool import Pool
from .blobs import Blob
from .index import PageIndex
from .layout import BLOB, PAGE

_ZEROS = bytes(PAGE)
_UNIT = 64 * PAGE
_ZERO_SUM = zlib.crc32(_ZEROS)

# Called in order with each place of bytes: how many, in which blob (None: they are zeros), its offset.
Placed = Callable[[int, Optional[Blob], int], None]


class PageWriter:
    """Writes pages to blobs of one pool; this commits nothing.

    `blobs` are the addresses of all blobs, in order; new ones are added to it, and to `added`. `blob_at`
    returns the blob object of an address, and raises `PoolCorrupt` if there is none.
    """

    def __init__(self, pool: Pool, blobs: list[int], blob_at: Callable[[int], Blob]) -> None:
        self._pool, self._blobs, self._blob_at = pool, blobs, blob_at
        self.added: list[int] = []
        self._index = PageIndex(pool, self._live_units)
        self._open: Blob | None = None
        # The open blob's pages and their CRC-32s, until all of them are written to the file at once.
        self._content = bytearray()
        self._sums: list[int] = []
        self.written = 0

    def write(self, data: bytes, placed: Placed) -> None:
        """Write bytes; a part of a page at their end takes a whole one. `placed` gets their places.

        Raises `PoolError` if the pool can't grow.
        """
        pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
        if pages and len(pages[-1]) < PAGE:
            pages[-1] = pages[-1].ljust(PAGE, b"\0")
        sums = list(map(zlib.crc32, pages))
        rest = len(data)
        index = 0
        while index < len(pages):
            count, blob, offset = self._put(pages, sums, index)
            size = min(count * PAGE, rest)
            placed(size, blob, offset)
            rest -= size
            index += count

    def close(self) -> None:
        """End the writing. Raises `PoolError` if the pool can't be written."""
        self._close_blob()
        self._index.close()

    def _put(self, pages: list[bytes], sums: list[int], index: int) -> tuple[int, Blob | None, int]:
        """Store the page, perhaps with some that follow it; return how many, and where."""
        page, total = pages[index], sums[index]
        if total == _ZERO_SUM and page == _ZEROS:
            return 1, None, 0
        for candidate in self._index.candidates(total):
            place = self._place(candidate)
            if place is not None:
                blob, offset = place
                count = self._shared(pages, sums, index, candidate, blob, offset)
                if count:
                    return count, blob, offset
        return self._append(pages, sums, index)

    def _live_units(self) -> frozenset[int]:
        """Return the units of 64 pages of the pool that contain blobs."""
        firsts = ((address - self._pool.base) // _UNIT for address in self._blobs)
        return frozenset(unit for first in firsts for unit in range(first, first + BLOB // _UNIT + 1))

    def _place(self, number: int) -> tuple[Blob, int] | None:
        """Return the blob and the offset in it of a page that the index names; None if there is none."""
        address = self._pool.base + number * PAGE
        at = bisect_right(self._blobs, address) - 1
        if at < 0 or address >= self._blobs[at] + BLOB:
            return None
        blob = self._blob_at(self._blobs[at])
        offset = address - blob.address
        return (blob, offset) if offset + PAGE <= blob.size else None

    def _shared(
        self, pages: list[bytes], sums: list[int], index: int, number: int, blob: Blob, offset: int
    ) -> int:
        """Return how many of the pages from `index` on equal those from `offset` on in a blob."""
        count, most = 1, min(len(pages) - index, (blob.size - offset) // PAGE)
        while count < most and number + count in self._index.candidates(sums[index + count]):
            count += 1
        kept = self._read(blob, offset, count * PAGE)
        if kept == b"".join(pages[index : index + count]):
            return count
        return next(
            (at for at in range(count) if kept[at * PAGE : (at + 1) * PAGE] != pages[index + at]), count
        )

    def _read(self, blob: Blob, offset: int, size: int) -> bytes:
        if blob is self._open:
            return bytes(self._content[offset : min(offset + size, self._used)])
        buffer = bytearray(size)
        try:
            self._pool.read_into(blob.address, memoryview(buffer), offset)
        except PoolCorrupt:
            return b""  # nothing is shared with a damaged page; a later read of it raises
        return bytes(buffer)

    def _append(self, pages: list[bytes], sums: list[int], index: int) -> tuple[int, Blob, int]:
        """Put the page, and those after it without a known equal, into the open blob."""
        blob = self._room()
        offset, end = self._used, index + 1
        most = min(len(pages), index + (blob.size - offset) // PAGE)
        fresh = {sums[index], _ZERO_SUM}
        while end < most and sums[end] not in fresh and not self._index.candidates(sums[end]):
            fresh.add(sums[end])
            end += 1
        size = (end - index) * PAGE
        self._content[offset : offset + size] = b"".join(pages[index:end])
        self._sums += sums[index:end]
        self.written += size
        number = (blob.address - self._pool.base + offset) // PAGE
        for at, total in enumerate(sums[index:end], number):
            self._index.add(total, at)
        return end - index, blob, offset

    @property
    def _used(self) -> int:
        return len(self._sums) * PAGE

    def _room(self) -> Blob:
        """Return the blob that has room for a page."""
        if self._open is not None and self._used < BLOB:
            return self._open
        self._close_blob()
        address = self._pool.malloc(BLOB)
        insort(self._blobs, address)
        insort(self.added, address)
        self._open = self._blob_at(address)
        return self._open

    def _close_blob(self) -> None:
        if self._open is not None:
            with memoryview(self._content) as view, view[: self._used] as content:
                self._pool.write_from(self._open.address, content, sums=self._sums)
            self._open, self._sums = None, []
