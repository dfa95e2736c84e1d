"""Runs of numbers against a set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.pool.runs import FreeNumbers


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.integers(1, 9)), max_size=60))
def test_runs_hold_what_was_added_and_give_the_lowest_that_is_long_enough(
    steps: list[tuple[bool, int, int]],
) -> None:
    runs, members = FreeNumbers(), set()
    for add, first, count in steps:
        wanted = set(range(first, first + count))
        if add and not wanted & members:
            runs.add(first, count)
            members |= wanted
        elif not add:
            starts = [at for at in sorted(members) if set(range(at, at + count)) <= members]
            assert runs.take(count) == (starts[0] if starts else None)
            members -= set(range(starts[0], starts[0] + count)) if starts else set()


def test_the_last_run_is_given_only_if_it_ends_there() -> None:
    runs = FreeNumbers()
    runs.add(3, 4)
    assert runs.take_last(8) is None
    assert runs.take_last(7) == 3
    assert runs.take_last(7) is None
