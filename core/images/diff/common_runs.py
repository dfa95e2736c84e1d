"""What two sides of a comparison both have content for, and whether that is known to be the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .sides import ContentRun, Side


class CommonRun(NamedTuple):
    """Addresses of the first side for which both have content."""

    start: int
    end: int
    run: ContentRun
    is_same: bool


class CommonRuns:
    """Lays the runs of two sides over each other, for areas that follow each other.

    The sides are asked once, for all of a span: of very many areas, each would cost more than its bytes.
    """

    def __init__(self, a: Side, b: Side, start: int, end: int, delta: int) -> None:
        """Take a span of the first side; the second one has it at `delta` more."""
        self._delta = delta
        self._ours, self._theirs = a.runs(start, end), b.runs(start + delta, end + delta)
        self._current: tuple[ContentRun | None, ContentRun | None] | None = None

    def within(self, start: int, end: int) -> Iterator[CommonRun]:
        """Yield, in order, what is common in a part of the span, which lies behind all parts before it."""
        delta = self._delta
        mine, other = self._current or (next(self._ours, None), next(self._theirs, None))
        while mine is not None and other is not None:
            my_end, other_end = mine.end, other.end - delta
            low, high = max(mine.start, other.start - delta, start), min(my_end, other_end, end)
            if low < high:
                yield CommonRun(low, high, mine, mine.is_same(other, low, low + delta))
            if my_end >= end <= other_end:
                break
            if my_end <= other_end:
                mine = next(self._ours, None)
            if other_end <= my_end:
                other = next(self._theirs, None)
        self._current = mine, other
