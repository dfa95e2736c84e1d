"""Differences and changes are joined from their parts alike."""

from __future__ import annotations

import pytest
from ptatlas.core.images.check.difference import Difference
from ptatlas.core.images.diff.change import ALTERED, CHANGED, MemoryChange
from ptatlas.core.images.model.differing_range import MOST_SHOWN, joined_ranges
from ptatlas.core.maps.area import Area

AREA, OTHER = Area(0, 0x1000, None, 0, "a"), Area(0x1000, 0x2000, None, 0, "b")


def difference(start: int, end: int, cause: str = "unknown", area: Area = AREA) -> Difference:
    content = bytes([start & 0xFF]) * min(end - start, MOST_SHOWN)
    return Difference(start, end, cause, content, content, area, area.path, start)


def change(start: int, end: int, kind: str = CHANGED, area: Area = AREA) -> MemoryChange:
    content = bytes([start & 0xFF]) * (end - start)
    return MemoryChange(kind, start, end, area, area, start, content, content)


@pytest.mark.parametrize(
    ("parts", "ranges"),
    [
        pytest.param([], [], id="none"),
        pytest.param([difference(1, 3)], [(1, 3)], id="one"),
        pytest.param([difference(1, 3), difference(3, 9)], [(1, 9)], id="touching"),
        pytest.param([difference(1, 3), difference(4, 9)], [(1, 3), (4, 9)], id="apart"),
        pytest.param([difference(1, 3), difference(3, 9, "relocation")], [(1, 3), (3, 9)], id="causes"),
        pytest.param(
            [difference(1, 0x1000), difference(0x1000, 0x1009, area=OTHER)],
            [(1, 0x1000), (0x1000, 0x1009)],
            id="areas",
        ),
        pytest.param([change(1, 3), change(3, 9), change(9, 10)], [(1, 10)], id="changes"),
        pytest.param([change(1, 3), change(3, 9, area=OTHER)], [(1, 3), (3, 9)], id="changes-of-areas"),
        pytest.param([change(1, 3, ALTERED), change(3, 9, ALTERED)], [(1, 3), (3, 9)], id="no-bytes"),
    ],
)
def test_parts_that_touch_and_are_alike_become_one(
    parts: list[Difference], ranges: list[tuple[int, int]]
) -> None:
    assert [(item.start, item.end) for item in joined_ranges(parts)] == ranges


def test_the_whole_has_the_content_of_its_parts_up_to_what_is_shown() -> None:
    (whole,) = joined_ranges([difference(1, 3), difference(3, 4)])
    assert (whole.expected, whole.actual, whole.file_offset) == (b"\1\1\3", b"\1\1\3", 1)
    (changed,) = joined_ranges([change(1, 3), change(3, 4)])
    assert (changed.before, changed.after, changed.start_before) == (b"\1\1\3", b"\1\1\3", 1)
    (long,) = joined_ranges([difference(0, MOST_SHOWN - 1), difference(MOST_SHOWN - 1, 2 * MOST_SHOWN)])
    assert (len(long.expected), long.expected[-1], long.end) == (MOST_SHOWN, 0xFF, 2 * MOST_SHOWN)
