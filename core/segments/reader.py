"""Segments as a reader of memory: what a core file and a buffer have in common."""

from __future__ import annotations

from collections.abc import Iterable

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
