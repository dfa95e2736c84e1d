"""Chunks with a mapping each: large blocks, and all blocks where no arena has room.

Sources: malloc/malloc.c (sysmalloc_mmap, munmap_chunk, _int_memalign): prev_size is how far into its mapping
the chunk lies, the size's only flag is IS_MMAPPED, and both sizes together are the mapping's, in whole pages;
malloc_par, which counts the bytes in them.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from ...ranges import Range, align_up
from ..memory import Windows, WordReader
from .layout import FLAGS, IS_MMAPPED, ChunkLayout


class Mapped(NamedTuple):
    """A mapping, and the chunk in it. `is_guessed`: it only looks like one, in the midst of other memory."""

    start: int
    end: int
    chunk: int
    is_guessed: bool = False


class MappedChunks:
    """Finds chunks that have mappings of their own."""

    def __init__(self, reader: WordReader, chunks: ChunkLayout, page_size: int) -> None:
        self._reader, self._chunks, self._page_size = reader, chunks, page_size

    def find(self, ranges: Sequence[Range], total: int | None) -> list[Mapped]:
        """Return the chunks in these ranges of anonymous memory, in order.

        Those at the beginnings of ranges, side by side, are proven: the kernel makes one area of neighbours.
        Behind other memory, one that looks like a chunk is only that, unless all are as many bytes as there
        must be (`total`; None: not known); they are looked for until then.
        """
        found, rest = [], []
        for item in ranges:
            side_by_side = list(self._side_by_side(item))
            found += side_by_side
            behind = side_by_side[-1].end if side_by_side else item.start
            rest.append(Range(behind, item.end))
        missing = None if total is None else total - _bytes(found)
        if missing is None or missing <= 0:
            return found
        for item in rest:
            for mapped in self._scan(item):
                found.append(mapped._replace(is_guessed=True))
                missing -= mapped.end - mapped.start
                if missing <= 0:
                    break
        if missing == 0:
            found = [mapped._replace(is_guessed=False) for mapped in found]
        return sorted(found)

    def _side_by_side(self, item: Range) -> Iterator[Mapped]:
        at = item.start
        while at < item.end and at % self._page_size == 0:
            mapped = self.at(at, item.end)
            if mapped is None:
                return
            yield mapped
            at = mapped.end

    def _scan(self, item: Range) -> Iterator[Mapped]:
        """Yield what looks like a chunk at the beginning of a page."""
        word, page = self._chunks.word, self._page_size
        windows, at = Windows(self._reader, item.end), align_up(item.start, page)
        first = (self._chunks.first_chunk(at) - at) // word
        while at < item.end:
            words = windows.at(at)
            places = range(0, len(words) - first - 1, page // word)
            near = (at + n * word for n in places if words[n + first + 1] & FLAGS == IS_MMAPPED)
            mapped = next(filter(None, (self.at(place, item.end) for place in near)), None)
            if mapped is not None:
                yield mapped
            windows.used(1, 1)
            at = align_up(at + max(len(words) * word, 1), page) if mapped is None else mapped.end

    def at(self, start: int, end: int) -> Mapped | None:
        """Return the mapping that begins there and ends before `end`, with its chunk; None if none does."""
        chunk = self._chunks.first_chunk(start)
        size = self._size(start, chunk, end)
        if size is None:
            return None
        aligned = next(self._aligned(start, chunk, chunk + size), chunk)
        return Mapped(start, chunk + size, aligned)

    def _size(self, start: int, chunk: int, end: int) -> int | None:
        """Return the size of the chunk there, if it is in a mapping that begins at `start`."""
        words = self._reader.words(chunk, 2)
        if len(words) < 2:
            return None
        size = words[1] & ~FLAGS
        is_whole = (chunk + size) % self._page_size == 0 and self._chunks.least < size <= end - chunk
        is_header = words[1] & FLAGS == IS_MMAPPED and words[0] == chunk - start
        return size if is_whole and is_header else None

    def _aligned(self, start: int, chunk: int, end: int) -> Iterator[int]:
        """Yield a chunk farther in, where the block was asked for with an alignment: it has the same end."""
        header, alignment = self._chunks.header, 2 * self._chunks.alignment
        while alignment < end - start:
            first = -(-(chunk + header) // alignment) * alignment - header
            for inner in (first, first + alignment):
                if chunk < inner < end and self._size(start, inner, end) == end - inner:
                    yield inner
            alignment *= 2


def _bytes(found: Sequence[Mapped]) -> int:
    return sum(mapped.end - mapped.start for mapped in found)


def mapped_total(words: Sequence[int], starts: Container[int], page_size: int) -> int | None:
    """Return how many bytes malloc_par, in a module's data, says are in mapped chunks; None: not found.

    It is found by the first address that the main arena had from the system (sbrk_base, one of `starts`): the
    two words before that are mmapped_mem and the most that it has been.
    """
    for index, value in enumerate(words):
        if value in starts and index >= 2:
            now, most = words[index - 2], words[index - 1]
            if now <= most and now % page_size == 0 and most % page_size == 0:
                return now
    return None
