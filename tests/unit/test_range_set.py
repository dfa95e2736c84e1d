"""Sets of addresses, against a set of integers; the top of the address space included."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import TOP, Range

SPAN = 48
# The window lies at the very top, so that every case meets the last byte there is.
BASE = TOP - SPAN
ADDRESSES = st.integers(BASE, TOP)
RANGES = st.lists(st.builds(Range, ADDRESSES, ADDRESSES), max_size=8)


def members(ranges):
    return {address for r in ranges for address in range(r.start, r.end)}


@given(RANGES, ADDRESSES, ADDRESSES)
def test_within_and_outside_divide_the_range_between_them(ranges, start, end):
    held = RangeSet(ranges)
    asked = set(range(start, end))
    assert members(held.within(start, end)) == asked & members(ranges)
    assert members(held.outside(start, end)) == asked - members(ranges)


@given(RANGES)
def test_it_keeps_the_fewest_ranges_in_order(ranges):
    kept = list(RangeSet(ranges))
    assert all(left.end < right.start for left, right in zip(kept, kept[1:]))
    assert all(r.start < r.end for r in kept)
    assert members(kept) == members(ranges)


@given(RANGES, ADDRESSES)
def test_an_address_is_in_the_set_or_not(ranges, address):
    assert (address in RangeSet(ranges)) == (address in members(ranges))
