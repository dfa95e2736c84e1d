"""Intervals that may overlap, against a plain list; blocks are made small so that many are needed."""

from __future__ import annotations

import threading
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from ptatlas.core import intervals
from ptatlas.core.errors import MapChanged
from ptatlas.core.intervals import IntervalStore
from ptatlas.core.ranges import TOP

BASE = TOP - 40
ADDRESSES = st.integers(BASE, TOP)


class Item(NamedTuple):
    start: int
    end: int
    tag: int = 0


ITEMS = st.builds(
    lambda a, b, tag: Item(min(a, b), max(a, b) + (a == b), tag),
    st.integers(BASE, TOP - 1),
    st.integers(BASE, TOP - 1),
    st.integers(0, 3),
)
LISTS = st.lists(ITEMS, max_size=40)


@pytest.fixture(autouse=True, scope="module")
def small_blocks():
    before, intervals.BLOCK = intervals.BLOCK, 4
    yield
    intervals.BLOCK = before


def by_range(items):
    return sorted(items, key=lambda item: (item.start, item.end))


def keys(items):
    return [(item.start, item.end) for item in items]


def overlapping(items, start, end):
    return [item for item in by_range(items) if item.start < end and start < item.end]


@given(LISTS)
def test_items_come_in_order_of_start_and_end(items):
    store = IntervalStore(items)
    assert keys(store) == keys(by_range(items))
    assert sorted(store) == sorted(items)
    assert len(store) == len(items)


@given(LISTS, ADDRESSES, ADDRESSES)
def test_overlaps_are_those_that_share_an_address(items, start, end):
    start, end = sorted((start, end))
    expected = overlapping(items, start, end) if start < end else []
    found = list(IntervalStore(items).overlaps(start, end)) if start < end else []
    assert sorted(found) == sorted(expected)
    assert keys(found) == keys(expected)


@given(LISTS, st.integers(BASE, TOP - 1), st.integers(1, 8))
def test_the_first_overlap_is_the_first_of_them(items, start, size):
    first = IntervalStore(items).first_overlap(start, start + size)
    expected = overlapping(items, start, start + size)
    assert (first and keys([first])) == (keys(expected[:1]) or None)
    assert first is None or first in items


@given(LISTS, ITEMS)
def test_an_exact_range_is_found_if_it_is_there(items, wanted):
    found = IntervalStore(items).exact(wanted.start, wanted.end)
    assert (found is not None) == (wanted[:2] in keys(items))
    assert found is None or keys([found]) == [wanted[:2]]


class Changes(RuleBasedStateMachine):
    """Adding, removing and clearing in any order, beside a list."""

    def __init__(self):
        super().__init__()
        self.store = IntervalStore()
        self.items = []

    @rule(item=ITEMS)
    def add(self, item):
        generation = self.store.generation
        self.store.add(item)
        self.items.append(item)
        assert self.store.generation > generation

    @rule(data=st.data())
    def remove_one_that_is_there(self, data):
        if self.items:
            item = data.draw(st.sampled_from(self.items))
            generation = self.store.generation
            assert self.store.remove(item)
            self.items.remove(item)
            assert self.store.generation > generation

    @rule(item=ITEMS)
    def remove_any(self, item):
        generation = self.store.generation
        assert self.store.remove(item) == (item in self.items)
        if item in self.items:
            self.items.remove(item)
        else:
            assert self.store.generation == generation

    @rule()
    def clear(self):
        self.store.clear()
        self.items = []

    @invariant()
    def all_are_there_in_order(self):
        assert sorted(self.store) == sorted(self.items)
        assert keys(self.store) == sorted(keys(self.items))
        assert len(self.store) == len(self.items)

    @invariant()
    def every_query_answers_as_the_list_does(self):
        for address in range(BASE, TOP, 3):
            expected = overlapping(self.items, address, address + 2)
            assert keys(self.store.overlaps(address, address + 2)) == keys(expected)
            first = self.store.first_overlap(address, address + 2)
            assert keys([first] if first else []) == keys(expected[:1])


Changes.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestChanges = Changes.TestCase


def test_iterators_do_not_disturb_each_other():
    items = [Item(n, n + 2) for n in range(20)]
    store = IntervalStore(items)
    one, other = iter(store), store.overlaps(5, 9)
    taken = [(next(one), next(other)) for _ in range(4)]
    assert [a for a, _ in taken] == items[:4]
    assert [b for _, b in taken] == items[4:8]
    assert list(one) == items[4:]
    assert list(other) == items[8:9]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda store: store.add(Item(500, 501)), id="after an addition"),
        pytest.param(lambda store: store.remove(Item(3, 5)), id="after a removal"),
        pytest.param(lambda store: store.clear(), id="after clearing"),
    ],
)
@pytest.mark.parametrize("taken", [0, 1, 7, 20])
def test_an_iterator_ends_with_map_changed_after_a_change(change, taken):
    store = IntervalStore(Item(n, n + 2) for n in range(20))
    walk = iter(store)
    for _ in range(taken):
        next(walk)
    change(store)
    with pytest.raises(MapChanged) as caught:
        next(walk)
    assert caught.value.generation == store.generation


def test_many_threads_walk_at_once():
    store = IntervalStore(Item(n, n + 2) for n in range(2000))
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(sum(i.start for i in store.overlaps(0, 2000))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [sum(range(2000))] * 8
