"""The file's space against sets of pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import PoolCorrupt
from ptatlas.core.pool.layout import GROUP, HEADER_PAGES
from ptatlas.core.pool.space import Space, count_bits, lowest_run, run_length


@given(st.integers(0, 2**70 - 1), st.integers(1, 20))
def test_the_lowest_run_of_bits_is_found(mask: int, count: int) -> None:
    text = bin(mask)[:1:-1]
    assert lowest_run(mask, count) == text.find("1" * count)
    first = lowest_run(mask, 1)
    if first >= 0:
        assert run_length(mask, first) == len(text[first:]) - len(text[first:].lstrip("1"))
    assert count_bits(mask) == text.count("1")


def empty_space() -> Space:
    space = Space(lambda _: 0, HEADER_PAGES, HEADER_PAGES)
    space.working(0)
    return space


@given(st.lists(st.tuples(st.sampled_from("aaarrc"), st.integers(1, 40)), max_size=60))
def test_no_page_of_the_last_commit_is_given_out_before_the_next(steps: list[tuple[str, int]]) -> None:
    space = empty_space()
    committed, working = set(range(HEADER_PAGES)), set(range(HEADER_PAGES))
    for generation, (what, number) in enumerate(steps, 1):
        if what == "a":
            runs = space.allocate(number)
            pages = [page + at for page, length in runs for at in range(length)]
            assert len(pages) == len(set(pages)) == number
            assert not set(pages) & (committed | working)
            working |= set(pages)
        elif what == "r" and len(working) > HEADER_PAGES:
            page = sorted(working)[HEADER_PAGES:][number % (len(working) - HEADER_PAGES)]
            space.release(page)
            working.remove(page)
        else:
            space.committed(generation)
            space.unpin(None)
            committed = set(working)
            assert space.trim() == max(working) + 1
            assert space.free == space.end - len(working)
        assert space.used == len(working)
        assert space.working_end() == max(working) + 1
        assert {page for page in range(space.end) if space.working(0) >> page & 1} == working


def test_pages_that_a_reader_may_look_at_wait_for_it() -> None:
    space = empty_space()
    ((page, _),) = space.allocate(10)
    space.committed(1)
    space.unpin(None)
    space.release(page, 10)
    space.committed(2)
    space.unpin(1)  # a reader of generation 1
    assert space.allocate(10) == [(page + 10, 10)]
    space.unpin(2)  # it looks at generation 2 now
    assert space.allocate(10) == [(page, 10)]


def test_a_page_that_is_freed_twice_is_noticed() -> None:
    space = empty_space()
    ((page, _),) = space.allocate(3)
    space.release(page + 1)
    with pytest.raises(PoolCorrupt):
        space.release(page, 3)


def test_groups_are_loaded_a_few_at_a_time() -> None:
    loaded = []

    def load(group: int) -> int:
        loaded.append(group)
        return (1 << GROUP) - 1

    space = Space(load, 1000 * GROUP, 1000 * GROUP)
    for _ in range(3):
        space.allocate(1)
    assert len(loaded) <= 14
    assert space.end == 1000 * GROUP + 3


@given(st.sets(st.integers(0, 300), max_size=120), st.integers(0, 20), st.integers(0, 60))
def test_the_lowest_end_is_the_lowest_at_which_all_fits(used: set[int], margin: int, most: int) -> None:
    used |= set(range(HEADER_PAGES))
    space = Space(lambda _: sum(1 << page for page in used), max(used) + 1, len(used))
    space.release(space.allocate(1)[0][0])  # has it look for free pages
    end = space.end
    ends = [
        at
        for at in range(end + 1)
        if len([page for page in used if page >= at]) <= most
        and len([page for page in used if page >= at]) + margin
        <= at - len([page for page in used if page < at])
    ]
    assert space.lowest_end(margin, most) == min([*ends, end])
