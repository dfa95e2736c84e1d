"""Content placed at addresses: what is laid over something cuts it, and what is left keeps its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from ..intervals import IntervalStore
from ..ranges import Range


class Content(Protocol):
    """A run of bytes that can be read at any offset."""

    @property
    def thread_safe(self) -> bool:
        """Whether several threads may read at once."""

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill the buffer from `offset` on; return how many bytes were had before the first that wasn't."""


class Segment(NamedTuple):
    """Addresses `start` to `end` (not included) that show `content` from `offset` on."""

    start: int
    end: int
    content: Content
    offset: int = 0

    @property
    def range(self) -> Range:
        """The addresses alone."""
        return Range(self.start, self.end)

    def part(self, start: int, end: int) -> Segment:
        """Return the segment cut to `start`..`end`, which lie within it; its offset follows."""
        return Segment(start, end, self.content, self.offset + start - self.start)

    def without(self, start: int, end: int) -> Iterator[Segment]:
        """Yield what is left of the segment outside the range: none, one or two segments."""
        return (self.part(*left) for left in self.range.minus(start, end))

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer from `address` on, at most to the segment's end."""
        size = min(len(buffer), self.end - address)
        return self.content.read_at(self.offset + address - self.start, buffer[:size])

    def __repr__(self) -> str:
        return f"Segment({self.start:#x}, {self.end:#x}, {self.content!r}, offset={self.offset:#x})"


class Overlay:
    """Segments of which none overlaps another: the one that was laid last shows.

    Laying the N-th costs about log N, and a little more for each that it cuts.
    """

    def __init__(self) -> None:
        self._store: IntervalStore[Segment] = IntervalStore()

    @property
    def generation(self) -> int:
        """A number that changes whenever a segment is laid."""
        return self._store.generation

    def __len__(self) -> int:
        return len(self._store)

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._store)

    def lay(self, segment: Segment) -> None:
        """Place a segment over what is there."""
        covered = list(self._store.overlaps(segment.start, segment.end))
        for other in covered:
            self._store.remove(other)
            for left in other.without(segment.start, segment.end):
                self._store.add(left)
        self._store.add(segment)

    def at(self, address: int) -> Segment | None:
        """Return the segment that shows at the address, or None."""
        return self._store.first_overlap(address, address + 1)

    def from_address(self, address: int, end: int) -> Iterator[Segment]:
        """Yield, in order, the segments from the one at the address on, as long as each touches the next."""
        for segment in self._store.overlaps(address, end):
            if segment.start > address:
                return
            yield segment
            address = segment.end
