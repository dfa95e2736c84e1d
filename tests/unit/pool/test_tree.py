"""Page trees against a dictionary."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import PoolError
from ptatlas.core.pool.tree import PageTree


class Pages:
    """File pages in a dictionary, for a tree to live in."""

    def __init__(self) -> None:
        self.content: dict[int, bytes] = {}
        self.next = 4

    def read(self, entry: int) -> bytes:
        return self.content[entry]

    def write(self, _: tuple[int, int], raw: bytes) -> int:
        self.next += 1
        self.content[self.next] = raw
        return self.next


INDEXES = st.one_of(
    st.integers(0, 1200), st.integers(0, 2**34), st.sampled_from([0, 511, 512, 2**27, 2**36 - 1])
)


@given(st.lists(st.tuples(INDEXES, st.integers(0, 9), st.booleans()), max_size=40))
def test_a_tree_holds_what_was_set_also_after_it_was_written_and_read(
    steps: list[tuple[int, int, bool]],
) -> None:
    pages, oracle = Pages(), {}
    tree = PageTree("test", pages.read)
    for number, (index, value, flush) in enumerate(steps):
        entry = value and value + 1000 * number
        replaced = tree.set(index, array("Q", [entry]))
        assert replaced == ([oracle[index]] if oracle.get(index) else [])
        oracle[index] = entry
        if flush:
            tree.flush(pages.write, pages.content.pop)
            assert not tree.changed()
            tree = PageTree("test", pages.read, tree.entry, tree.height)
        assert tree.get(index) == entry
    filled = {index: entry for index, entry in oracle.items() if entry}
    seen = {
        start + at: entry
        for start, entries in tree.pieces(0, tree.capacity)
        for at, entry in enumerate(entries)
        if entry
    }
    assert seen == filled
    tree.flush(pages.write, pages.content.pop)
    assert len(pages.content) == len(tree.node_pages()) or not filled


def test_an_emptied_tree_takes_no_page() -> None:
    pages = Pages()
    tree = PageTree("test", pages.read)
    tree.set(100_000, array("Q", [7, 8, 9]))
    tree.flush(pages.write, pages.content.pop)
    assert tree.clear(99_000, 5_000) == [7, 8, 9]
    tree.flush(pages.write, pages.content.pop)
    assert (tree.entry, tree.height, pages.content) == (0, 0, {})


def test_runs_follow_file_pages_that_follow_each_other() -> None:
    tree = PageTree("test", Pages().read)
    tree.set(510, array("Q", [50, 51, 52, 60, 0, 61]))
    assert list(tree.runs(0, 2000)) == [(510, 50, 3), (513, 60, 1), (515, 61, 1)]
    assert list(tree.runs(511, 2)) == [(511, 51, 2)]


def test_a_failed_flush_can_be_tried_again() -> None:
    pages, calls = Pages(), []
    tree = PageTree("test", pages.read)
    for index in (3, 600, 300_000):
        tree.set(index, array("Q", [index + 10_000]))

    def failing(place: tuple[int, int], raw: bytes) -> int:
        calls.append(place)
        if len(calls) == 3:
            raise PoolError("full")
        return pages.write(place, raw)

    with pytest.raises(PoolError):
        tree.flush(failing, pages.content.pop)
    tree.flush(pages.write, pages.content.pop)
    again = PageTree("test", pages.read, tree.entry, tree.height)
    assert [again.get(index) for index in (3, 600, 300_000)] == [10_003, 10_600, 310_000]
    assert len(pages.content) == len(tree.node_pages())
