"""Half-open ranges, against sets of integers; the window lies at the very top of the address space."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.ranges import (
    TOP,
    Range,
    align_down,
    align_up,
    check_range,
    coalesce,
    marked,
    split,
    without,
)

ADDRESSES = st.integers(TOP - 12, TOP)
RANGES = st.builds(Range, ADDRESSES, ADDRESSES).filter(lambda r: r.start < r.end)


def members(*ranges):
    return {address for r in ranges for address in range(r.start, r.end)}


@given(RANGES, st.integers(TOP - 14, TOP + 2))
def test_a_range_contains_its_start_and_not_its_end(r, address):
    assert (address in r) == (address in members(r))


def test_a_range_contains_no_text():
    assert "1" not in Range(0, 10)


@given(RANGES)
def test_its_size_counts_its_addresses(r):
    assert r.size == len(members(r))


@given(RANGES, RANGES)
def test_ranges_overlap_if_they_share_an_address(a, b):
    assert a.overlaps(*b) == bool(members(a) & members(b))


@given(RANGES, RANGES)
def test_the_intersection_is_what_they_share(a, b):
    shared = a.intersection(*b)
    assert (members(shared) if shared else set()) == members(a) & members(b)
    assert shared is None or shared.start < shared.end


@given(RANGES, RANGES)
def test_minus_leaves_what_the_other_does_not_have(a, b):
    left = list(a.minus(*b))
    assert members(*left) == members(a) - members(b)
    assert all(r.start < r.end for r in left)
    assert left == sorted(left)


@given(RANGES, ADDRESSES)
def test_minus_nothing_leaves_all(a, at):
    # An empty range in its middle may cut it, but loses nothing.
    assert members(*a.minus(at, at)) == members(a)


@given(st.lists(RANGES).map(sorted))
def test_coalescing_joins_what_touches_or_overlaps(ranges):
    joined = list(coalesce(ranges))
    assert members(*joined) == members(*ranges)
    assert all(left.end < right.start for left, right in zip(joined, joined[1:]))


@pytest.mark.parametrize("pair", [(0, 1), (0, TOP), (TOP - 1, TOP)])
def test_ranges_of_the_address_space_are_accepted(pair):
    assert Range.checked(*pair) == pair


@pytest.mark.parametrize(
    ("start", "end", "what"),
    [
        pytest.param(2, 1, "reversed", id="reversed"),
        pytest.param(0, -1, "reversed", id="reversed, below zero"),
        pytest.param(5, 5, "empty", id="empty"),
        pytest.param(TOP, TOP, "empty", id="empty, at the top"),
        pytest.param(-1, 1, "64-bit", id="below zero"),
        pytest.param(0, TOP + 1, "64-bit", id="beyond the top"),
    ],
)
def test_other_ranges_are_refused_with_the_reason(start, end, what):
    for check in (Range.checked, check_range):
        with pytest.raises(InvalidArgument, match=what):
            check(start, end)


def test_a_range_shows_its_addresses_in_hex():
    assert repr(Range(0x1000, TOP)) == "Range(0x1000, 0x10000000000000000)"


@given(RANGES, st.lists(st.tuples(RANGES, st.sampled_from("ab"))))
def test_a_range_is_marked_by_the_first_of_the_marks_at_each_address(whole, marks):
    marks.sort()
    found = list(marked(whole, marks, "-"))
    told = {address: mark for part, mark in found for address in members(part)}
    assert told == {
        address: next((mark for r, mark in marks if address in r), "-") for address in members(whole)
    }
    assert [part.start for part, _ in found[1:]] == [part.end for part, _ in found[:-1]]
    assert all(part.size for part, _ in found)


@given(RANGES, st.lists(RANGES))
def test_a_range_is_split_into_parts_and_what_they_leave(whole, parts):
    parts = list(coalesce(sorted(parts)))
    pieces = list(split(whole, parts))
    assert members(*(piece for piece, is_part in pieces if is_part)) == members(whole) & members(*parts)
    assert list(without(whole, parts)) == [piece for piece, is_part in pieces if not is_part]


def test_what_is_empty_or_reversed_marks_nothing():
    assert list(split(Range(0, 9), [Range(3, 3), Range(5, 4)])) == [(Range(0, 9), False)]


@pytest.mark.parametrize("unit", [1, 8, 12, 4096])
@given(st.integers(0, TOP))
def test_aligning_goes_to_the_nearest_multiple_on_either_side(unit, address):
    low, high = align_down(address, unit), align_up(address, unit)
    assert low % unit == high % unit == 0
    assert address - unit < low <= address <= high < address + unit


def test_a_range_is_widened_to_whole_pages_up_to_the_top():
    assert Range(0x1001, 0x2001).widened(0x1000) == (0x1000, 0x3000)
    assert Range(0x1000, 0x2000).widened(0x1000) == (0x1000, 0x2000)
    assert Range(TOP - 1, TOP).widened(0x1000) == (TOP - 0x1000, TOP)
