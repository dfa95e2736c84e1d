"""Bins of free chunks against a dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.pool.bins import NOTHING, Bins, bin_of
from ptatlas.core.pool.chunks import GRAIN
from ptatlas.core.pool.layout import UNIT


def test_bins_are_ordered_by_length() -> None:
    numbers = [bin_of(length) for length in range(GRAIN, UNIT + 1, GRAIN)]
    assert numbers == sorted(numbers)
    assert numbers[:127] == list(range(1, 128))


@given(st.lists(st.tuples(st.booleans(), st.integers(1, UNIT // 8)), max_size=80))
def test_bins_give_a_chunk_that_fits_and_is_little_longer_than_the_best(
    steps: list[tuple[bool, int]],
) -> None:
    bins, chunks = Bins(), {}
    for key, (add, grains) in enumerate(steps):
        length = grains * 8
        if add:
            bins.add(key, length)
            chunks[key] = length
            continue
        best = min((size for size in chunks.values() if size >= length), default=0)
        found, size = bins.take(length)
        if not best:
            assert (found, size) == NOTHING
        else:
            assert chunks.pop(found) == size >= length
            assert size <= best * 33 / 32 + 8 or bin_of(size) <= bin_of(length) + 1
    assert bins.all() == chunks
