"""A run of pool pages in this process's memory: loaded when needed, written to the file, released."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import groupby

from ..errors import PoolCorrupt
from .layout import DATA, PAGE, PAGE_BITS, SUM_SHIFT, ZEROS
from .mapping import Memory, new_memory
from .space import MAPPABLE_RUN
from .store import BATCH, PageFile
from .touched import PageRange, written

# Memory in more pieces than this is read instead of mapped: a process has 65,530 mappings (vm.max_map_count).
_MOST_MAPPED = 256
_ZERO_SUM = zlib.crc32(ZEROS)
_SAME, _CHANGED, _ZEROS = range(3)


class PoolArea:
    """`count` pool pages from `first`. `spare` more pages of memory follow them and are never stored.

    `memory` is None until `open`. A caller that writes to it names the pages in what it flushes. `mappable`:
    whether long runs of pages are mapped and read when touched; if the file is cut then, that is a SIGBUS.
    """

    mappable = True
    __slots__ = ("count", "first", "memory", "spare", "store", "verified")

    def __init__(self, store: PageFile, first: int, count: int, spare: int = 0) -> None:
        self.store = store
        self.first = first
        self.count = count
        self.spare = spare
        self.memory: Memory | None = None
        self.verified = False

    def open(self, verify: bool = True) -> Memory:
        """Return the memory, loaded. `verify`: compare what the file holds with its checksums first.

        Raises `PoolCorrupt` if a page doesn't match its checksum, `PoolError` if it can't be read or mapped.
        """
        if self.memory is None:
            memory = new_memory((self.count + self.spare) << PAGE_BITS)
            _fill(self.store, memory, self, verify=verify and not self.verified)
            self.memory = memory
        elif verify and not self.verified:
            verify_pages(self.store, self.first, self.count)
        self.verified |= verify
        return self.memory

    def flush(self, ranges: Iterable[PageRange]) -> None:
        """Write those pages of the ranges (first, end) to the file that differ from what it holds."""
        if self.memory is None:
            return
        for first, end in ranges:
            for start in range(first, min(end, self.count), BATCH):
                self._flush(start, min(BATCH, end - start, self.count - start))

    def written_parts(self, ranges: Iterable[PageRange]) -> Iterable[PageRange]:
        """Return the parts of the ranges that may differ from what was loaded, as far as the kernel knows."""
        return list(written(self.memory, ranges)) if self.memory else []

    def close(self) -> bool:
        """Release the memory unless a view on it exists; return whether it is released."""
        if self.memory is not None:
            try:
                self.memory.close()
            except BufferError:
                return False
            self.memory = None
        return True

    def disown(self, offset: int = 0) -> None:
        """Release the pages from byte `offset` on, which have been freed.

        Views that callers kept on them read as zeros from now on: the file's pages under them may be cut off
        or be given to another block, and neither may show through a view.
        """
        if not offset and self.close():
            return
        if self.memory is not None and self.memory.keeper and self.store.mapper:
            self.store.mapper.blank(self.memory, offset)
        if not offset:
            self.memory = None

    def _flush(self, start: int, count: int) -> None:
        assert self.memory is not None
        # One copy, so that the sums fit the bytes written even if a view is written to meanwhile.
        data = self.memory[start << PAGE_BITS : (start + count) << PAGE_BITS]
        with memoryview(data) as view:
            sums = [zlib.crc32(view[at : at + PAGE]) for at in range(0, len(data), PAGE)]
        self.replace(start, data, sums)

    def replace(self, start: int, data: bytes, sums: Sequence[int]) -> None:
        """Write whole pages from page `start` on to the file, except those that equal what it holds."""
        entries = self.store.trees[DATA].slice(self.first + start, len(sums))
        kinds = [self._kind(data, number, sums[number], entry) for number, entry in enumerate(entries)]
        at = 0
        for kind, group in groupby(kinds):
            end = at + sum(1 for _ in group)
            if kind == _CHANGED:
                self.store.put(
                    DATA, self.first + start + at, data[at << PAGE_BITS : end << PAGE_BITS], sums[at:end]
                )
            elif kind == _ZEROS:
                self.store.clear(DATA, self.first + start + at, end - at)
            at = end

    def _kind(self, data: bytes, number: int, total: int, entry: int) -> int:
        """Return how a page differs from the file's: `_SAME`, `_CHANGED` or `_ZEROS`, stored as a hole."""
        if total not in (_ZERO_SUM, entry >> SUM_SHIFT):
            return _CHANGED
        content = data[number << PAGE_BITS : (number + 1) << PAGE_BITS]
        if content == ZEROS:
            return _ZEROS if entry else _SAME
        return _SAME if entry and self.store.read(entry) == content else _CHANGED


def load_pages(store: PageFile, first: int, count: int) -> bytearray:
    """Return the content of pool pages, checked.

    Raises `PoolCorrupt` if a page doesn't match its checksum.
    """
    content = bytearray(count << PAGE_BITS)
    with memoryview(content) as view:
        for index, page, length in store.trees[DATA].runs(first, count):
            part = view[(index - first) << PAGE_BITS : (index - first + length) << PAGE_BITS]
            _read(store, part, page)
            _check_sums(part, store.trees[DATA].slice(index, length), index)
    return content


def copy_pages(store: PageFile, first: int, offset: int, buffer: memoryview) -> None:
    """Fill a buffer from the file, from byte `offset` of pool page `first` on; nothing is mapped.

    Raises `PoolCorrupt` if a page doesn't match its checksum.
    """
    done = 0
    while done < len(buffer):
        page, inside = divmod(offset + done, PAGE)
        size = min((BATCH << PAGE_BITS) - inside, len(buffer) - done)
        pages = load_pages(store, first + page, -(-(inside + size) // PAGE))
        with memoryview(pages) as view:
            buffer[done : done + size] = view[inside : inside + size]
        done += size


def verify_pages(store: PageFile, first: int, count: int) -> None:
    """Raise `PoolCorrupt` if a pool page, read from the file, doesn't match its checksum."""
    with memoryview(bytearray(min(BATCH, count) << PAGE_BITS)) as buffer:
        for index, page, length in store.trees[DATA].runs(first, count):
            for at in range(0, length, BATCH):
                part = min(BATCH, length - at)
                _read(store, buffer[: part << PAGE_BITS], page + at)
                _check_sums(buffer, store.trees[DATA].slice(index + at, part), index + at)


def _check_sums(view: memoryview, entries: array[int], index: int) -> None:
    for number, entry in enumerate(entries):
        content = view[number << PAGE_BITS : (number + 1) << PAGE_BITS]
        if zlib.crc32(content) != entry >> SUM_SHIFT:
            raise PoolCorrupt(f"pool page {index + number:#x} doesn't fit its checksum")
        if content[0] == 0 and content == ZEROS:
            # Zeros are stored as holes; a sparse file full of stored zeros would fill the memory.
            raise PoolCorrupt(f"pool page {index + number:#x} is stored and yet all zeros")


def _read(store: PageFile, buffer: memoryview, page: int) -> None:
    store.check_page(page, len(buffer) >> PAGE_BITS)
    got = store.file.read_into(page << PAGE_BITS, buffer)
    if got != len(buffer):
        raise PoolCorrupt(f"the file ends in page {page + (got >> PAGE_BITS):#x}, which is in use")


def _fill(store: PageFile, memory: Memory, area: PoolArea, *, verify: bool) -> None:
    runs = list(store.trees[DATA].runs(area.first, area.count))
    _check_distinct(runs)
    shortest = _shortest_mapped(runs)
    file_size = store.file.size()
    for index, page, length in runs:
        store.check_page(page, length)
        where, offset, size = (index - area.first) << PAGE_BITS, page << PAGE_BITS, length << PAGE_BITS
        if offset + size > file_size:
            raise PoolCorrupt(f"the file has {file_size} bytes, pages up to {page + length:#x} are in use")
        if area.mappable and store.mapper and length >= shortest and store.mapper.fits(where, offset, size):
            if verify:  # from the file: a page that is being cut off must not be touched
                verify_pages(store, index, length)
            store.mapper.lay(memory, where, offset, size)
            continue
        with memoryview(memory) as view, view[where : where + size] as part:
            _read(store, part, page)
            if verify:
                _check_sums(part, store.trees[DATA].slice(index, length), index)


def _shortest_mapped(runs: list[tuple[int, int, int]]) -> int:
    shortest = MAPPABLE_RUN
    while sum(length >= shortest for _, _, length in runs) > _MOST_MAPPED:
        shortest *= 2
    return shortest


def _check_distinct(runs: list[tuple[int, int, int]]) -> None:
    end = 0
    for page, length in sorted((page, length) for _, page, length in runs):
        if page < end:
            raise PoolCorrupt(f"file page {page:#x} is two pages of the pool")
        end = page + length
