"""Content that is made of pieces of other content, end to end: how stores and snapshots keep memory."""

from __future__ import annotations

from collections.abc import Iterator

from .content import ZEROS, Content
from .segment import Segment
from .tree import SegmentTree


class JoinedContent:
    """Pieces of content in order, from offset 0 on, those that continue each other joined.

    All pieces are appended before the first read: a later one costs the time of all.
    """

    def __init__(self) -> None:
        self.size = 0
        self._pieces: list[Segment[Content]] = []
        self._tree: SegmentTree[Segment[Content]] | None = None

    def __len__(self) -> int:
        return len(self._pieces)

    @property
    def thread_safe(self) -> bool:
        """Whether several threads may read at once: if all pieces allow it."""
        return all(piece.content.thread_safe for piece in self._pieces)

    def append(self, size: int, content: Content | None = None, offset: int = 0) -> None:
        """Add `size` bytes of content, from its `offset` on, at the end; None: zeros."""
        end = self.size + size
        content = ZEROS if content is None else content
        last = self._pieces[-1] if self._pieces else None
        if last and last.content is content and (content is ZEROS or last.offset + last.size == offset):
            self._pieces[-1] = Segment(last.start, end, content, last.offset)
        else:
            self._pieces.append(Segment(self.size, end, content, offset))
        self.size, self._tree = end, None

    def within(self, start: int, end: int) -> Iterator[Segment[Content]]:
        """Yield, in order, the pieces between two offsets; their addresses are offsets here."""
        if len(self._pieces) > 1:
            return self._placed().parts(start, end)
        # As most areas of a map of very many have it: not worth a tree.
        low, high = max(start, 0), min(end, self.size)
        return iter((self._pieces[0].part(low, high),) if low < high else ())

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Copy out of the pieces; see Content."""
        return self._placed().read_into(offset, buffer)

    def _placed(self) -> SegmentTree[Segment[Content]]:
        tree = self._tree
        if tree is None:
            tree = self._tree = SegmentTree(self._pieces)
        return tree
