"""Some ranges of memory are read in one way, and everything else in another."""

from __future__ import annotations

from ..arch import SMALLEST_PAGE
from ..ports.memory import MemoryReader
from ..range_set import RangeSet
from ..ranges import Range, split
from ..walk.reading import next_readable


class PartedReader:
    """Reads the ranges through one reader, and what lies outside of them through the other."""

    def __init__(self, ranges: RangeSet, inside: MemoryReader, outside: MemoryReader) -> None:
        self.source = outside.source
        self.thread_safe = inside.thread_safe and outside.thread_safe
        self._ranges, self._inside, self._outside = ranges, inside, outside

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as it can be read; see MemoryReader."""
        end, done = address + len(buffer), 0
        for part, is_inside in split(Range(address, end), self._ranges.within(address, end)):
            reader = self._inside if is_inside else self._outside
            got = reader.read_into(part.start, buffer[done : done + part.size])
            done += got
            if got < part.size:
                break
        return done

    def next_readable(self, address: int, end: int) -> int:
        """Return where bytes may come next, as far as the reader there knows; see SparseReader."""
        part, is_inside = next(iter(split(Range(address, end), self._ranges.within(address, end))))
        reader = self._inside if is_inside else self._outside
        return next_readable(reader, address, part.end, SMALLEST_PAGE)


class Zeros:
    """Reads zeros everywhere: memory that was never touched."""

    source = "zeros"
    thread_safe = True

    def read_into(self, _address: int, buffer: memoryview) -> int:
        """Fill the buffer with zeros."""
        buffer[:] = bytes(len(buffer))
        return len(buffer)
