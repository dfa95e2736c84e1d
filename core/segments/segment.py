"""A segment: addresses at which content shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ..integers import as_address
from ..ranges import Range
from .content import Content

C_co = TypeVar("C_co", bound=Content, covariant=True)
S = TypeVar("S", bound="Segment[Content]")


@dataclass(frozen=True)
class Segment(Generic[C_co]):
    """Addresses `start` to `end` (not included) that show `content` from `offset` on."""

    __slots__ = ("content", "end", "offset", "start")  # a snapshot may have one a page

    start: int
    end: int
    content: C_co
    offset: int

    @property
    def size(self) -> int:
        """Bytes in the segment."""
        return self.end - self.start

    @property
    def range(self) -> Range:
        """The addresses alone."""
        return Range(self.start, self.end)

    def part(self: S, start: int, end: int) -> S:
        """Return the segment cut to `start`..`end`, which lie within it; its offset follows."""
        if start == self.start and end == self.end:
            return self
        return replace(self, start=start, end=end, offset=self.offset_of(start))

    def without(self: S, start: int, end: int) -> Iterator[S]:
        """Yield the parts of the segment outside the range: none, one or two segments."""
        return (self.part(*left) for left in self.range.minus(start, end))

    def offset_of(self, address: int) -> int:
        """Return where in the content the byte at an address lies."""
        return self.offset + as_address(address) - self.start

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer, which ends within the segment, from `address` on; see Content.read_at."""
        return self.content.read_at(self.offset + address - self.start, buffer)

    def __repr__(self) -> str:
        return f"Segment({self.start:#x}, {self.end:#x}, {self.content!r}, offset={self.offset:#x})"
