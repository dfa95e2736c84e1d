"""What two sides both have content for: a span asked in parts tells of each address what its two runs do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.images.diff.common_runs import CommonRuns
from ptatlas.core.images.diff.sides import ContentRun

SPAN, DELTA = 24, 7
things = st.lists(st.sampled_from([None, "no content", "file", "store"]), min_size=SPAN, max_size=SPAN)


class Told:
    """A side that has one of these things at each address from `first` on."""

    def __init__(self, things: list[str | None], first: int) -> None:
        self._things, self._first = things, first

    def runs(self, start: int, end: int) -> Iterator[ContentRun]:
        """Yield the longest runs of one thing."""
        at = start
        while at < end:
            thing, begin = self._things[at - self._first], at
            while at < end and self._things[at - self._first] == thing:
                at += 1
            if thing != "no content":
                yield ContentRun(begin, at, thing, begin - self._first)


def told(side: list[str | None], other: list[str | None], start: int, end: int) -> dict[int, bool]:
    """Return whether the two are known to be the same at each address where both have content."""
    return {
        at: side[at] == other[at] is not None
        for at in range(start, end)
        if "no content" not in (side[at], other[at])
    }


@given(things, things, st.lists(st.integers(1, 6), max_size=8))
def test_a_span_asked_in_parts(ours: list[str | None], theirs: list[str | None], sizes: list[int]) -> None:
    common = CommonRuns(Told(ours, 0), Told(theirs, DELTA), 0, SPAN, DELTA)
    edges = [edge for edge in accumulate(sizes, initial=0) if edge <= SPAN]
    for start, end in pairwise(edges):
        found = {at: run.is_same for run in common.within(start, end) for at in range(run.start, run.end)}
        assert found == told(ours, theirs, start, end)


def test_parts_that_nobody_asked_for_are_passed_over() -> None:
    common = CommonRuns(Told(["file"] * SPAN, 0), Told(["file"] * SPAN, DELTA), 0, SPAN, DELTA)
    assert [(run.start, run.end, run.is_same) for run in common.within(20, 22)] == [(20, 22, True)]
