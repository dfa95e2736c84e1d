"""Finds the patterns of a plan with a matching library: all of them in one pass, by their heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Optional

from ..hits.hits import Batch
from ..matcher.head_plan import HeadPlan, Sought
from ..matcher.places import Scanning
from .fixed_finder import Tools
from .haystack import Haystack, MatchSpan
from .pattern_finders import Numbered, PatternFinders
from .word_reader import with_values

# The library calls Python for each place, which takes a few microseconds. Where places come closer than this many
# bytes on average, the finders that go without it are faster.
_CROWDED = 8192
_SAMPLE = 64
# Parts of memory that are left to these at once where one was crowded: the next ones are mostly like it.
_MOST_LEFT = 32

# Returns the size of the match at an offset of the span's view, or None.
_SizeAt = Callable[[memoryview, int], Optional[int]]


def head_finder(plan: HeadPlan | None, wanted: Sequence[Numbered], tools: Tools) -> HeadFinder | None:
    """Return a finder for the patterns of a plan, which are among the wanted; None without one or without memory."""
    scanning = None if plan is None else plan.database.scanning()
    if plan is None or scanning is None:
        return None
    numbered = [each for each in wanted if each.number in plan.numbers]
    return HeadFinder(plan, scanning, partial(PatternFinders, numbered, tools))


class HeadFinder:
    """Finds patterns. Each thread has its own, and closes it."""

    def __init__(self, plan: HeadPlan, scanning: Scanning, instead: Callable[[], PatternFinders]) -> None:
        """`instead` makes the finders of the same patterns that do without the library."""
        self._scanning = scanning
        self._make_others = instead
        self._others: PatternFinders | None = None
        self._sought = plan.sought
        self._longest = max(each.head.offset + len(each.head.sets) for each in plan.sought)
        self._sizes = [_size_at(each) for each in plan.sought]
        self._left, self._next_left = 0, 1

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of the patterns in the search."""
        return frozenset(each.number for each in self._sought)

    def find(self, haystack: Haystack, span: MatchSpan) -> list[Batch]:
        """Return the matches that begin in the span, in batches that are each in order."""
        if self._left:
            self._left -= 1
            return self._find_without(haystack, span)
        end = min(span.end, span.high + self._longest - 1)
        most = _SAMPLE + (end - span.low) // _CROWDED
        places = self._scanning.scan(haystack, span.low, end, most)
        if not places.complete:
            self._left, self._next_left = self._next_left, min(_MOST_LEFT, 2 * self._next_left)
            return self._find_without(haystack, span)
        self._next_left = 1
        return list(self._matches(haystack, span, places.ends))

    def close(self) -> None:
        """Give back what scanning takes."""
        self._scanning.close()

    def _find_without(self, haystack: Haystack, span: MatchSpan) -> list[Batch]:
        if self._others is None:
            self._others = self._make_others()
        return self._others.find(haystack, span)

    def _matches(self, haystack: Haystack, span: MatchSpan, ends: list[tuple[int, int]]) -> Iterator[Batch]:
        places: dict[int, set[int]] = {}
        for end, expression in ends:
            head, align = self._sought[expression].head, self._sought[expression].align
            at = span.low + end - len(head.sets) - head.offset
            if span.low <= at < span.high and (at + haystack.origin) % align == 0:
                places.setdefault(expression, set()).add(at)
        with memoryview(haystack.data) as data, data[span.start : span.end] as view:
            for expression, starts in places.items():
                each, size_at = self._sought[expression], self._sizes[expression]
                sizes = {at + haystack.origin: size_at(view, at - span.start) for at in sorted(starts)}
                found = {at: size for at, size in sizes.items() if size is not None}
                batch = Batch(list(found), list(found.values()), each.number)
                word = each.pattern.shape.word
                yield batch if word is None else with_values(batch, word, haystack)


def _size_at(each: Sought) -> _SizeAt:
    shape, size = each.pattern.shape, each.pattern.shape.max_size
    if each.head.is_all:
        return lambda view, at: size if at + size <= len(view) else None
    return lambda view, at: shape.match(view, at)
