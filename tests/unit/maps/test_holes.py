"""What is free in an address space, and what no address can be in."""

from __future__ import annotations

import pytest
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.holes import holes, largest_hole
from ptatlas.core.maps.limits import UPPER_HALF
from ptatlas.core.ranges import TOP, Range
from support.targets import area

LOW = [area(0x1000, 0x2000), area(0x5000, 0x6000), area(0x7FFF_0000_0000, 0x7FFF_F000_0000)]
VSYSCALL = area(0xFFFF_FFFF_FF60_0000, 0xFFFF_FFFF_FF60_1000)
KERNEL = [area(0xFFFF_8000_0000_0000, 0xFFFF_8000_0000_1000), area(0xFFFF_8000_0000_3000, TOP)]


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        pytest.param(LOW, [Range(0x2000, 0x5000), Range(0x6000, 0x7FFF_0000_0000)], id="a program"),
        pytest.param([*LOW[:2], VSYSCALL], [Range(0x2000, 0x5000)], id="and [vsyscall]"),
        pytest.param(KERNEL, [Range(0xFFFF_8000_0000_1000, 0xFFFF_8000_0000_3000)], id="a kernel"),
        pytest.param([area(0x1000, UPPER_HALF)], [], id="up to the half"),
    ],
)
def test_the_holes_between_areas(areas, expected):
    found = AreaMap(areas)
    assert list(holes(found, areas[0].start, areas[-1].end)) == expected


@pytest.mark.parametrize(
    ("areas", "largest"),
    [
        pytest.param([*LOW, VSYSCALL], Range(0x6000, 0x7FFF_0000_0000), id="a program"),
        pytest.param(KERNEL, None, id="a kernel alone"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_the_largest_hole(areas, largest):
    assert largest_hole(AreaMap(areas)) == largest


@pytest.mark.parametrize(
    ("areas", "user_end", "expected"),
    [
        pytest.param(
            [*LOW, VSYSCALL],
            0x7FFF_FFFF_F000,
            [
                Range(0x2000, 0x5000),
                Range(0x6000, 0x7FFF_0000_0000),
                Range(0x7FFF_F000_0000, 0x7FFF_FFFF_F000),
            ],
            id="up to the end",
        ),
        pytest.param(
            [*LOW[:2], area(0x9000, 0xA000)],
            0x7000,
            [Range(0x2000, 0x5000), Range(0x6000, 0x7000)],
            id="behind it",
        ),
        pytest.param(
            [*LOW[:2], area(0x9000, 0xA000)], 0x6000, [Range(0x2000, 0x5000)], id="nothing below it"
        ),
        pytest.param(KERNEL, 1 << 47, [Range(0xFFFF_8000_0000_1000, 0xFFFF_8000_0000_3000)], id="a kernel"),
    ],
)
def test_nothing_is_free_that_no_process_can_use(areas, user_end, expected):
    found = AreaMap(areas)
    assert list(holes(found, areas[0].start, areas[-1].end, user_end)) == expected
    lower = [hole for hole in expected if hole.end < UPPER_HALF]
    assert largest_hole(found, user_end) == max(lower, key=lambda hole: hole.size, default=None)
