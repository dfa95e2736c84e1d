"""Many small areas are asked about together, and the answers are those of one question each."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.walk.untouched_ahead import UntouchedAhead

PAGE = 0x1000
LARGE = 1 << 20


class Pages:
    """Knows some zeros, and counts the questions."""

    def __init__(self, *zeros: Range) -> None:
        self._zeros = RangeSet(zeros)
        self.questions: list[Range] = []

    def untouched(self, start: int, end: int) -> Iterable[Range]:
        self.questions.append(Range(start, end))
        return self._zeros.within(start, end)

    def recorded(self, start: int, end: int) -> Iterable[Range]:
        return self._zeros.within(start, min(end, LARGE))


def _areas(count: int, spacing: int = PAGE, at: int = 0) -> list[Range]:
    return [Range(start, start + PAGE) for start in range(at, at + count * spacing, spacing)]


@pytest.mark.parametrize(
    ("areas", "most"),
    [
        pytest.param(_areas(10_000), 10, id="that touch"),
        pytest.param(_areas(10_000, 3 * PAGE), 10, id="with small gaps"),
        pytest.param(_areas(20, LARGE + 2 * PAGE), 20, id="with gaps that are not worth asking about"),
        pytest.param(_areas(100, PAGE, TOP - 100 * PAGE), 1, id="up to the top"),
        pytest.param([Range(0, LARGE), Range(LARGE, 2 * LARGE)], 2, id="large ones"),
        pytest.param([Range(0, PAGE), Range(PAGE, LARGE + PAGE)], 2, id="a small and a large one"),
    ],
)
def test_areas_are_asked_about_together(areas: list[Range], most: int) -> None:
    zeros = RangeSet(Range(area.start, area.start + PAGE) for area in areas[::2])
    pages = Pages(*zeros)
    ahead = UntouchedAhead(pages, areas)
    for area in areas:
        assert list(ahead.untouched(*area)) == list(zeros.within(*area))
    assert len(pages.questions) <= most


def test_the_order_of_the_questions_does_not_matter() -> None:
    areas = _areas(3000, 2 * PAGE)
    ahead = UntouchedAhead(Pages(*areas), areas)
    assert all(list(ahead.untouched(*area)) == [area] for area in reversed(areas[::100]))


def test_a_range_that_is_no_area_is_answered_too() -> None:
    ahead = UntouchedAhead(Pages(Range(0, 8 * PAGE)), [Range(2 * PAGE, 3 * PAGE)])
    assert list(ahead.untouched(5 * PAGE, 6 * PAGE)) == [Range(5 * PAGE, 6 * PAGE)]


def test_which_zeros_were_recorded_is_told_before_and_after_a_question() -> None:
    ahead = UntouchedAhead(Pages(Range(0, 2 * LARGE)), [Range(0, PAGE), Range(PAGE, 2 * PAGE)])
    for _ in range(2):
        assert list(ahead.recorded(0, PAGE)) == [Range(0, PAGE)]
        assert list(ahead.recorded(LARGE - PAGE, LARGE + PAGE)) == [Range(LARGE - PAGE, LARGE)]
        list(ahead.untouched(0, PAGE))
