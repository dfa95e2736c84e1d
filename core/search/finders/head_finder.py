"""Finds the patterns of a plan with a matching library: all of them in one pass, by their heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Optional

from ..hits.hits import Batch
from ..matcher.head_plan import HeadPlan, Sought
from ..matcher.library import Scanning
from .fixed_finder import Tools
from .haystack import Haystack, MatchSpan
from .pattern_finders import Numbered, PatternFinders
from .word_reader import with_values

# The library calls Python for each place, which takes a few microseconds. Where places come closer than this
# many bytes on average, the finders that go without it are faster; that bounds what is kept of a chunk, too.
_CROWDED = 8192
_SAMPLE = 64
# Parts of memory that are left to these at once where one was crowded: the next ones are mostly like it.
_MOST_LEFT = 32

# Returns the size of the match at an offset of the span's view, or None.
_SizeAt = Callable[[memoryview, int], Optional[int]]


def head_finder(plan: HeadPlan | None, wanted: Sequence[Numbered], tools: Tools) -> HeadFinder | None:
    """Return a finder for the patterns of a plan, which are among the wanted; None without one or memory."""
    scanning = None if plan is None else plan.database.scanning()
    if plan is None or scanning is None:
        return None
    numbered = [each for each in wanted if each.number in plan.numbers]
    return HeadFinder(plan, scanning, partial(PatternFinders, numbered, tools), tools.look)


class HeadFinder:
    """Finds patterns. Each thread has its own, and closes it."""

    def __init__(
        self,
        plan: HeadPlan,
        scanning: Scanning,
        instead: Callable[[], PatternFinders],
        look: Callable[[], None],
    ) -> None:
        """`instead` makes the finders of the same patterns that do without the library; `look`: see Tools."""
        self._scanning = scanning
        self._make_others = instead
        self._others: PatternFinders | None = None
        self._look = look
        self._sought = plan.sought
        self._longest = max(len(each.head.sets) for each in plan.sought)
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
        size = min(span.end, span.high + self._longest - 1) - span.low
        places = self._scanning.scan(haystack.place + span.low, size, _SAMPLE + size // _CROWDED)
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
            at = span.low + end - len(head.sets)
            if at < span.high and (at + haystack.origin) % align == 0:
                places.setdefault(expression, set()).add(at)
        with memoryview(haystack.data) as data, data[span.start : span.end] as view:
            for expression, starts in places.items():
                batch = self._decided(expression, sorted(starts), haystack.origin, span.start, view)
                word = self._sought[expression].pattern.shape.word
                yield batch if word is None else with_values(batch, word, haystack)

    def _decided(
        self, expression: int, starts: list[int], origin: int, first: int, view: memoryview
    ) -> Batch:
        """Return those of the places at which the pattern itself matches."""
        size_at, addresses, sizes = self._sizes[expression], [], []
        for at in starts:
            size = size_at(view, at - first)
            if size is not None:
                addresses.append(at + origin)
                sizes.append(size)
            self._look()
        return Batch(addresses, sizes, self._sought[expression].number)


def _size_at(each: Sought) -> _SizeAt:
    size = len(each.head.sets)
    return (lambda _, __: size) if each.head.is_all else each.pattern.shape.match
