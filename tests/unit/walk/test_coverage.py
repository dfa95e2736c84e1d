"""What a walk took in, counted: every byte once, and what couldn't be read by its range."""

from __future__ import annotations

import pytest
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.walk.coverage import (
    ABSENT,
    NEVER_TOUCHED,
    SEARCHED,
    UNREADABLE,
    Coverage,
    CoveredPart,
    Tally,
    Unreadable,
)

PARTS = [
    CoveredPart(0x10, 0x20, SEARCHED),
    CoveredPart(0x20, 0x50, NEVER_TOUCHED),
    CoveredPart(0x50, 0x54, UNREADABLE),
    CoveredPart(0x54, 0x58, UNREADABLE),
    CoveredPart(0x58, 0x60, ABSENT),
    CoveredPart(TOP - 1, TOP, SEARCHED),
]


@pytest.mark.parametrize(
    ("end", "searched", "never_touched", "unreadable"),
    [
        pytest.param(TOP, 0x11, 0x30, [(0x50, 0x58, UNREADABLE), (0x58, 0x60, ABSENT)], id="all"),
        pytest.param(0x59, 0x10, 0x30, [(0x50, 0x58, UNREADABLE), (0x58, 0x59, ABSENT)], id="into an absent"),
        pytest.param(0x52, 0x10, 0x30, [(0x50, 0x52, UNREADABLE)], id="into an unreadable one"),
        pytest.param(0x20, 0x10, 0, [], id="up to a border"),
        pytest.param(0x10, 0, 0, [], id="nothing"),
    ],
)
def test_parts_count_as_far_as_they_lie_below_the_end(end, searched, never_touched, unreadable):
    tally = Tally()
    tally.add(PARTS, end)
    assert tally.result == Coverage(searched, never_touched, tuple(unreadable), 0)
    assert tally.size == tally.result.size


def test_what_of_a_scope_has_not_been_counted_is_left_out():
    tally = Tally()
    tally.add(PARTS[:3], TOP)
    tally.left_out = 2
    coverage = tally.of_scope(0x100)
    assert coverage == (0x10, 0x30, ((0x50, 0x54, UNREADABLE),), 0x100 - 0x44)
    assert (coverage.size, coverage.unreadable_size) == (0x100, 4)
    assert tally.result.left_out == 2


class Known:
    """Says why reads fail in two ranges, and that nobody has what lies in a third."""

    def reasons(self, start, end):
        known = ((Range(0x10, 0x20), "why"), (Range(0x28, 0x40), "another"))
        return [(part, why) for item, why in known if (part := item.intersection(start, end))]

    def absent(self, start, end):
        part = Range(0x18, 0x2C).intersection(start, end)
        return [part] if part else []


def test_what_fails_has_the_reason_that_is_known_unless_it_is_absent():
    tally = Tally(Known(), Known())
    tally.refuse(0, 0x50)
    assert [tuple(part) for part in tally.result.unreadable] == [
        (0, 0x10, UNREADABLE),
        (0x10, 0x18, "why"),
        (0x18, 0x2C, ABSENT),
        (0x2C, 0x40, "another"),
        (0x40, 0x50, UNREADABLE),
    ]


def test_parts_that_fail_have_the_reason_too_as_far_as_they_count():
    tally = Tally(reasons=Known())
    tally.add([CoveredPart(0x8, 0x30, UNREADABLE)], 0x14)
    assert [tuple(part) for part in tally.result.unreadable] == [(0x8, 0x10, UNREADABLE), (0x10, 0x14, "why")]


def test_a_larger_scope_has_what_was_no_part_of_the_walk():
    walked = Coverage(4, 0, (Unreadable(0x50, 0x54, UNREADABLE),), 1)
    coverage = walked.widened([Unreadable(0x60, 0x70, "why"), Unreadable(0x10, 0x20, "why")], 3)
    assert [part.start for part in coverage.unreadable] == [0x10, 0x50, 0x60]
    assert (coverage.left_out, coverage.size) == (4, walked.size + 0x20 + 3)


def test_a_coverage_shows_itself_in_hex():
    part = Unreadable(0x50, 0x54, UNREADABLE)
    assert part.range == Range(0x50, 0x54)
    assert repr(Coverage(16, 0, (part,), 255)) == (
        "Coverage(searched=0x10, never_touched=0x0, unreadable=(Unreadable(0x50..0x54, unreadable),), "
        "left_out=0xff)"
    )
