"""Why memory differs from a file: a relocation that the file's tables list, or a cause that is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...elf.relocations import Slot
from ...maps.area import Area
from ...ports.memory import MemoryReader
from ...walk.reading import read_up_to
from ..mapped.mapped_files import LoadedObject, MappedFiles
from .difference import RELOCATION, UNKNOWN
from .relocated_words import RelocatedWords


class ComparedBytes(NamedTuple):
    """Memory from `start` on as it should be, and as it is; both have the same length."""

    start: int
    expected: bytearray
    actual: bytearray


class CauseFinder:
    """Finds for what differs whether a relocation explains it."""

    def __init__(self, files: MappedFiles, reader: MemoryReader) -> None:
        self._files, self._reader = files, reader
        self._words = RelocatedWords(files, reader)

    def by_cause(
        self, area: Area, window: ComparedBytes, start: int, end: int
    ) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, cause) for the parts of a range of the window, all of which differs."""
        found = self._files.loaded(area)
        if found is not None:
            table, bias = found.relocations, found.bias
            for slot in table.within(start - bias, end - bias):
                low, high = slot.address + bias, slot.address + bias + table.size_of(slot)
                if high <= start:
                    continue
                if low > start:
                    yield start, low, UNKNOWN
                cause = RELOCATION if self._fits(found, slot, window) else UNKNOWN
                yield max(low, start), min(high, end), cause
                start = min(high, end)
        if start < end:
            yield start, end, UNKNOWN

    def _fits(self, found: LoadedObject, slot: Slot, window: ComparedBytes) -> bool:
        address, size = slot.address + found.bias, found.relocations.size_of(slot)
        place = address - window.start
        if place >= 0 and place + size <= len(window.expected):
            before, now = window.expected[place : place + size], window.actual[place : place + size]
        else:
            before = bytearray(found.relocations.in_file(slot))
            now = bytearray(read_up_to(self._reader, address, size))
            if len(before) < size or len(now) < size:
                return False
        return self._words.may_hold(found, slot, before, now)
