"""Reads page tables from physical memory, a whole table at once."""

from __future__ import annotations

from typing import NamedTuple

from ..arch import words_layout
from ..ranges import TOP
from ..walk.reading import ReadsInto, readable_parts
from .entries import TableLevel


class TablePart(NamedTuple):
    """Entries of a table that could be read: from number `first` on, one after the other."""

    first: int
    entries: tuple[int, ...]


def entry_address(table: int, level: TableLevel, index: int) -> int:
    """Return the physical address of an entry."""
    return table + index * level.entry_size


def read_entries(memory: ReadsInto, table: int, level: TableLevel, first: int, end: int) -> list[TablePart]:
    """Return the entries `first`..`end` of a table as far as they can be read, in order; none, perhaps.

    An entry of which a byte is missing is missing.
    """
    size, start = level.entry_size, entry_address(table, level, first)
    count = min(end - first, max(0, TOP - start) // size)
    data = memoryview(bytearray(count * size))
    got = memory.read_into(start, data) if count else 0
    spans = [(0, got)] if got == len(data) else _read_spans(memory, start, data)
    parts = []
    for low, high in spans:
        at, stop = -(-low // size), high // size
        if at < stop:
            words = words_layout(level.entry_size, level.endian, stop - at)
            parts.append(TablePart(first + at, words.unpack_from(data, at * size)))
    return parts


def _read_spans(memory: ReadsInto, start: int, data: memoryview) -> list[tuple[int, int]]:
    return [(part.start - start, part.end - start) for part in readable_parts(memory, start, data)]
