"""Contents laid out over an address space: what a core file and a buffer have in common."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple, Protocol

from ..range_set import RangeSet


class Content(Protocol):
    """A run of bytes that can be read at any offset, from any thread."""

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill the buffer from `offset` on; return how many bytes were had, 0 if none."""


class BytesContent(NamedTuple):
    """Bytes that are in memory already."""

    data: memoryview

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Copy; short at the end of the data."""
        part = self.data[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        return len(part)

    def __repr__(self) -> str:
        return f"BytesContent({len(self.data):#x} bytes)"


class ZeroContent(NamedTuple):
    """Zeros without end."""

    def read_at(self, _offset: int, buffer: memoryview) -> int:
        """Fill with zeros."""
        buffer[:] = bytes(len(buffer))
        return len(buffer)


class Segment(NamedTuple):
    """Addresses `start` to `end` (not included) that show `content` from `offset` on."""

    start: int
    end: int
    content: Content
    offset: int = 0

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer from `address` on, at most to the segment's end."""
        size = min(len(buffer), self.end - address)
        return self.content.read_at(self.offset + address - self.start, buffer[:size])

    def part(self, start: int, end: int) -> Segment:
        """Return the segment cut to `start` to `end`, which lie within it; its offset follows."""
        return self._replace(start=start, end=end, offset=self.offset + start - self.start)

    def without(self, ranges: RangeSet) -> list[Segment]:
        """Return what is left of the segment outside the ranges."""
        return [self.part(*left) for left in ranges.outside(self.start, self.end)]

    def __repr__(self) -> str:
        return f"Segment({self.start:#x}, {self.end:#x}, {self.content!r}, offset={self.offset:#x})"


class SegmentReader:
    """Reads segments that don't overlap, across those that touch. Immutable, so safe in threads."""

    thread_safe = True

    def __init__(self, segments: Iterable[Segment], source: str) -> None:
        self.source = source
        self._segments = sorted(segments, key=attrgetter("start"))
        self._starts = [segment.start for segment in self._segments]

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer up to the first byte that no segment has; return how many it got."""
        done = 0
        index = bisect_right(self._starts, address) - 1
        while 0 <= index < len(self._segments) and done < len(buffer):
            segment = self._segments[index]
            at = address + done
            got = segment.read_into(at, buffer[done:]) if segment.start <= at < segment.end else 0
            done += got
            if not got or at + got < segment.end:
                break
            index += 1
        return done
