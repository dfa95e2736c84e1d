"""differing: exactly the bytes that differ, in runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.walk.byte_runs import BLOCK, differing, joined


@given(
    data=st.binary(min_size=1, max_size=200),
    changes=st.dictionaries(st.integers(0, 199), st.integers(1, 255)),
)
def test_runs_are_the_bytes_that_differ(data: bytes, changes: dict[int, int]) -> None:
    other = bytearray(data)
    for place, flip in changes.items():
        if place < len(data):
            other[place] ^= flip
    runs = list(differing(data, other))
    assert [place for run in runs for place in range(*run)] == [
        place for place in range(len(data)) if data[place] != other[place]
    ]
    assert all(left[1] < right[0] for left, right in zip(runs, runs[1:]))


@pytest.mark.parametrize(
    ("places", "runs"),
    [
        pytest.param([], [], id="equal"),
        pytest.param([0], [(0, 1)], id="first-byte"),
        pytest.param([3 * BLOCK - 1], [(3 * BLOCK - 1, 3 * BLOCK)], id="last-byte"),
        pytest.param([BLOCK - 1, BLOCK], [(BLOCK - 1, BLOCK + 1)], id="across-blocks"),
        pytest.param(range(BLOCK - 1, 2 * BLOCK + 1), [(BLOCK - 1, 2 * BLOCK + 1)], id="a-whole-block"),
        pytest.param(
            [BLOCK - 1, BLOCK + 1], [(BLOCK - 1, BLOCK), (BLOCK + 1, BLOCK + 2)], id="around-a-border"
        ),
    ],
)
def test_runs_go_across_blocks(places: list[int], runs: list[tuple[int, int]]) -> None:
    left, right = bytearray(3 * BLOCK), bytearray(3 * BLOCK)
    for place in places:
        right[place] = 1
    assert list(differing(left, right)) == runs


def test_runs_with_few_equal_bytes_between_them_are_joined() -> None:
    runs = [(0, 1), (3, 4), (8, 9)]
    assert list(joined(runs, 0)) == runs
    assert list(joined(runs, 2)) == [(0, 4), (8, 9)]
    assert list(joined(runs, 4)) == [(0, 9)]
    assert list(joined([], 4)) == []
