"""Two maps laid over each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .area import Area


class OverlayPart(NamedTuple):
    """Addresses (of the left map) between which neither map changes, and the areas there."""

    start: int
    end: int
    left: Area | None
    right: Area | None

    @property
    def size(self) -> int:
        """Bytes in the piece."""
        return self.end - self.start


def overlay(left: Sequence[Area], right: Sequence[Area], delta: int = 0) -> Iterator[OverlayPart]:
    """Yield, in order, the pieces that two maps cut each other into; nothing where neither has an area.

    Both are in order. What is at an address in the left map is at that plus `delta` in the right one. Of
    areas that overlap in one map, the later covers.
    """
    edges = {edge for area in left for edge in area[:2]}
    edges.update(edge - delta for area in right for edge in area[:2])
    ordered = sorted(edges)
    mine, other = _Cursor(left, 0), _Cursor(right, delta)
    for start, end in zip(ordered, ordered[1:]):
        here, there = mine.at(start), other.at(start)
        if here is not None or there is not None:
            yield OverlayPart(start, end, here, there)


class _Cursor:
    """Finds the area at each of a series of rising addresses."""

    def __init__(self, areas: Sequence[Area], delta: int) -> None:
        self._areas, self._delta, self._next = areas, delta, 0

    def at(self, address: int) -> Area | None:
        address += self._delta
        while self._next < len(self._areas) and self._areas[self._next].start <= address:
            self._next += 1
        area = self._areas[self._next - 1] if self._next else None
        return area if area is not None and address < area.end else None
