"""Segments as a reader of memory: what a core file and a buffer have in common."""

from __future__ import annotations

from collections.abc import Iterable

from ..arch import SMALLEST_PAGE
from ..ranges import align_up
from .content import Content
from .segment import Segment
from .tree import SegmentTree


class SegmentReader:
    """A MemoryReader of segments that don't overlap. It never changes, so threads may share it."""

    thread_safe = True

    def __init__(self, segments: Iterable[Segment[Content]], source: str) -> None:
        """Take the segments, whose content never raises, in any order."""
        self.source = source
        self._tree = SegmentTree(segments)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer up to the first byte that no segment has; return how many it got."""
        return self._tree.read_into(address, buffer)

    def next_readable(self, address: int, end: int) -> int:
        """Return where bytes may come next: where a segment begins, or at the next page of one that fails.

        Content fails where its file was cut meanwhile. See SparseReader.
        """
        for segment in self._tree.overlaps(address, end):
            start = segment.start if segment.start >= address else align_up(address, SMALLEST_PAGE)
            if start < segment.end:
                return min(start, end)
        return end
