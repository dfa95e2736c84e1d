"""Every search finds exactly what trying every address finds, and accounts for every byte."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from ptatlas.core.ranges import Range, coalesce
from ptatlas.core.search.patterns.pattern import TYPES
from ptatlas.core.search.scanner import Scanner
from support.matching import by_library
from support.search_oracle import (
    ABSENT,
    DATA,
    PAGE,
    UNREADABLE,
    UNTOUCHED,
    World,
    hits_in,
    patterns,
    scopes,
    worlds,
)

pytestmark = pytest.mark.slow

chunk_sizes = st.sampled_from([1, 3, 7, 16, 40, 64, 1 << 19])
aligns = st.sampled_from([1, 1, 2, 3, 4, 8])


def scanner_of(world: World, scope: list[Range], chunk_size: int, threads: int = 1) -> Scanner:
    target = world.target()
    return Scanner(
        target.readers[0],
        scope,
        threads,
        page_size=PAGE,
        chunk_size=chunk_size,
        untouched=target.untouched,
        absent=target.absent,
    )


def bytes_by_state(world: World, scope: list[Range], start: int = 0) -> Counter:
    wanted = [Range(max(r.start, start), r.end) for r in coalesce(scope) if r.end > start]
    return Counter(world.state(address) for r in wanted for address in range(*r))


def accounted(coverage) -> int:
    return coverage.searched + coverage.never_touched + coverage.unreadable_size + coverage.left_out


@pytest.mark.parametrize("type_", TYPES)
def test_the_patterns_are_of_every_type(type_):
    assert find(patterns(), lambda wanted: wanted.pattern.type == type_).pattern.type == type_


@settings(max_examples=400, deadline=None)
@given(st.data(), worlds(), patterns(), chunk_sizes, aligns)
def test_a_search_finds_what_is_there_and_nothing_else(data, world, wanted, chunk_size, align):
    scope = data.draw(scopes(world))
    search = scanner_of(world, scope, chunk_size).find(wanted.pattern, align)
    assert list(search) == hits_in(world, scope, [wanted], align)
    assert search.stopped is None


@settings(max_examples=60, deadline=None)
@given(st.data(), worlds(), st.lists(patterns(), min_size=1, max_size=3), st.sampled_from([1, 3, 7]), aligns)
def test_two_threads_find_the_same_in_the_same_order(data, world, wanted, chunk_size, align):
    scope = data.draw(scopes(world))
    search = scanner_of(world, scope, chunk_size, threads=2).find([w.pattern for w in wanted], align)
    assert list(search) == hits_in(world, scope, wanted, align)


@settings(max_examples=150, deadline=None)
@given(st.data(), worlds(), st.lists(patterns(), min_size=2, max_size=4), chunk_sizes, aligns)
def test_several_patterns_are_found_in_one_pass(data, world, wanted, chunk_size, align):
    scope = data.draw(scopes(world))
    search = scanner_of(world, scope, chunk_size).find([w.pattern for w in wanted], align)
    assert list(search) == hits_in(world, scope, wanted, align)


@settings(max_examples=150, deadline=None)
@given(st.data(), worlds(), patterns(), chunk_sizes, st.integers(0, 300))
def test_coverage_counts_every_byte_of_the_scope_once(data, world, wanted, chunk_size, skipped):
    scope, start = data.draw(scopes(world)), world.base + skipped
    search = scanner_of(world, scope, chunk_size).find(wanted.pattern, start=start)
    assert search.count() == len(hits_in(world, scope, [wanted], 1, start))
    states, coverage = bytes_by_state(world, scope, start), search.coverage
    zeros = wanted.pattern.shape.zero_match() is not None
    read = states[DATA] + states[UNTOUCHED] * zeros
    assert coverage.searched == read
    assert coverage.never_touched == states[UNTOUCHED] * (not zeros)
    for why, state in (("unreadable", UNREADABLE), ("absent", ABSENT)):
        assert sum(item.range.size for item in coverage.unreadable if item.why == why) == states[state]
    assert accounted(coverage) == sum(bytes_by_state(world, scope).values())


@settings(max_examples=150, deadline=None)
@given(st.data(), worlds(), st.lists(patterns(), min_size=1, max_size=2), chunk_sizes, st.integers(1, 5))
def test_a_limited_search_goes_on_where_it_stopped(data, world, wanted, chunk_size, limit):
    scope = data.draw(scopes(world))
    scanner, size = scanner_of(world, scope, chunk_size), sum(bytes_by_state(world, scope).values())
    hits, start = [], 0
    while True:
        search = scanner.find([w.pattern for w in wanted], limit=limit, start=start)
        page = list(search)
        assert accounted(search.coverage) == size
        hits += page
        if search.stopped is None:
            break
        assert search.stopped.why == "limit"
        assert len(page) >= limit
        assert len({hit.address for hit in page[limit - 1 :]}) == 1
        start = search.stopped.start
    assert hits == hits_in(world, scope, wanted, 1)


@settings(max_examples=100, deadline=None)
@given(st.data(), worlds(), patterns(), chunk_sizes, st.booleans())
def test_a_search_that_is_left_says_where_to_go_on(data, world, wanted, chunk_size, by_batch):
    scope = data.draw(scopes(world))
    scanner, every = scanner_of(world, scope, chunk_size), hits_in(world, scope, [wanted], 1)
    search = scanner.find(wanted.pattern)
    source = search.batches() if by_batch else search
    taken = [next(source, None) for _ in range(data.draw(st.integers(0, 5)))]
    search.close()
    hits = [hit for item in taken if item for hit in (item.hits() if by_batch else [item])]
    rest = scanner.find(wanted.pattern, start=search.stopped.start) if search.stopped else []
    assert [*hits, *rest] == every
    assert accounted(search.coverage) == sum(bytes_by_state(world, scope).values())


@settings(max_examples=80, deadline=None)
@given(st.data(), worlds(), st.lists(patterns(), min_size=1, max_size=4), chunk_sizes, aligns)
def test_a_matching_library_finds_the_same_in_the_same_order(data, world, wanted, chunk_size, align):
    scope = data.draw(scopes(world))
    with by_library():
        search = scanner_of(world, scope, chunk_size, threads=2).find([w.pattern for w in wanted], align)
        assert list(search) == hits_in(world, scope, wanted, align)
    zeros = any(w.pattern.shape.zero_match() is not None for w in wanted)
    states = bytes_by_state(world, scope)
    assert search.coverage.searched == states[DATA] + states[UNTOUCHED] * zeros
    assert accounted(search.coverage) == sum(states.values())


@settings(max_examples=25, deadline=None)
@given(st.data(), worlds(), st.lists(patterns(), min_size=1, max_size=2), chunk_sizes, st.integers(1, 5))
def test_a_search_by_a_library_goes_on_where_it_stopped(data, world, wanted, chunk_size, limit):
    scope = data.draw(scopes(world))
    scanner, hits, start = scanner_of(world, scope, chunk_size, threads=2), [], 0
    with by_library():
        while start is not None:
            search = scanner.find([w.pattern for w in wanted], limit=limit, start=start)
            hits += search
            start = search.stopped.start if search.stopped else None
    assert hits == hits_in(world, scope, wanted, 1)
