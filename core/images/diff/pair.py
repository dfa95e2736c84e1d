"""What is compared with what: addresses, and the areas that two maps have there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...maps.area import Area
from .change import MemoryChange


class Pair(NamedTuple):
    """Addresses of the second side, and the areas there and, at `delta` less, on the first side.

    Only one side may have an area; where it is the first one, they are its addresses, and `delta` is 0.
    """

    start: int
    end: int
    before: Area | None
    after: Area | None
    delta: int

    @property
    def is_of_both(self) -> bool:
        """Whether there is something to compare."""
        return self.before is not None and self.after is not None

    def change(
        self, change: str, start: int, end: int, before: bytes = b"", after: bytes = b""
    ) -> MemoryChange:
        """Return a change of a part of what both have, by the first side's addresses."""
        there = start + self.delta
        area = self.after
        assert area is not None, "the second side has it"
        return MemoryChange(change, there, end + self.delta, area, self.before, start, before, after)


def spans(pairs: Iterable[Pair]) -> Iterator[list[Pair]]:
    """Group pairs, in order, that both sides have, equally far apart, and that follow each other."""
    span: list[Pair] = []
    for pair in pairs:
        if span and not _continues(span[-1], pair):
            yield span
            span = []
        span.append(pair)
    if span:
        yield span


def _continues(pair: Pair, following: Pair) -> bool:
    return (
        pair.end == following.start
        and pair.delta == following.delta
        and pair.is_of_both
        and following.is_of_both
    )
