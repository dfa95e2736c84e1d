"""Bytes in order, wherever each run of them lies."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple, Protocol


class Holder(Protocol):
    """Whatever bytes can lie in: an arena, or a blob of a store. Bytes are told by it, and by where in it."""

    def __hash__(self) -> int:
        """Each is one of its own."""

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill the buffer from `offset` on; SourceError where the bytes can't be had any more."""


class Extent(NamedTuple):
    """Bytes that lie together in an arena, at `offset`; without an arena, zeros that lie nowhere."""

    size: int
    arena: Holder | None
    offset: int

    def is_followed_by(self, arena: Holder | None, offset: int) -> bool:
        """Tell whether bytes there continue this extent."""
        return self.arena is arena and (arena is None or self.offset + self.size == offset)


class Extents:
    """Bytes in order, each run of them somewhere: in an arena, or nowhere if they are zero."""

    def __init__(self) -> None:
        self.size = 0
        self._starts: list[int] = []
        self._items: list[Extent] = []

    def __len__(self) -> int:
        return len(self._items)

    def append(self, size: int, arena: Holder | None = None, offset: int = 0) -> None:
        """Add bytes at the end."""
        if self._items and self._items[-1].is_followed_by(arena, offset):
            self._items[-1] = self._items[-1]._replace(size=self._items[-1].size + size)
        else:
            self._starts.append(self.size)
            self._items.append(Extent(size, arena, offset))
        self.size += size

    def within(self, start: int, end: int) -> list[Extent]:
        """Return, in order, what lies between two positions, which the extents contain."""
        found = []
        index = bisect_right(self._starts, start) - 1
        while start < end:
            begin, item = self._starts[index], self._items[index]
            size = min(begin + item.size, end) - start
            found.append(Extent(size, item.arena, 0 if item.arena is None else item.offset + start - begin))
            start += size
            index += 1
        return found

    def read_into(self, start: int, buffer: memoryview) -> None:
        """Copy the bytes from a position on; there are enough of them."""
        done = 0
        for size, arena, offset in self.within(start, start + len(buffer)):
            if arena is None:
                buffer[done : done + size] = bytes(size)
            else:
                arena.read_into(offset, buffer[done : done + size])
            done += size
