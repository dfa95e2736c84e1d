"""After a commit: pages from the file's end move into free space, and the file is cut.

A commit writes to pages that the one before it doesn't use, so a heap that changes all over needs room
for both; and what is freed leaves holes. Where an eighth of the file can be gained, and the pages to be
moved are few beside those that the commit wrote, a second commit moves them. To find what lies at the
end, the trees are looked through; that costs less than moving it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..watch import UNWATCHED, Watch
from .layout import DATA, PAGE, PAGE_BITS, PAGE_MASK, SUM_SHIFT, TABLES, UNITS
from .span import LargeBlock
from .store import BATCH, PageFile

# The part of the file, and the pages, that a second commit has to gain.
_WORTH, _LEAST = 8, 16
# How many pages a commit may move, at least and for each page that it wrote.
_MOVES, _MOVES_FOR_EACH = 256, 4
# How many leaves it may look at, at least and for the pages to be gained.
_LEAVES, _GAIN_FOR_A_LEAF = 64, 16
# Room for what the second commit itself writes beside tree nodes.
_SLACK = 8
_UNLIMITED = 1 << 62


class SettledRun(NamedTuple):
    """Pages of a tree that lie in file pages which follow each other."""

    tree: int
    first: int
    page: int
    length: int


def settle(
    store: PageFile,
    held: Callable[[], list[LargeBlock]],
    written: int,
    *,
    everything: bool = False,
    watch: Watch = UNWATCHED,
) -> bool:
    """Moves pages in the working state, if it is worth it; whether it did, so that the caller commits.

    The blocks that `held` gives are mapped and stay where they are. `written` is how many pages the
    last commit wrote; `everything` moves whatever it takes, until the watch says so. Raises `PoolError`.
    """
    moves = _UNLIMITED if everything else _MOVES + _MOVES_FOR_EACH * written
    least = _LEAST if everything else max(_LEAST, store.space.end // _WORTH)
    if everything:
        store.space.learn()
    margin = len(store.metadata_pages()) + _SLACK
    if store.space.pinned or store.space.end - store.space.used - margin < least:
        return False
    end = store.space.lowest_end(margin, moves)
    gain = store.space.end - end
    if gain < least:
        return False
    kept = [(span.first, span.first + span.count) for span in held()]
    runs = _find(store, end, kept, _UNLIMITED if everything else _LEAVES + gain // _GAIN_FOR_A_LEAF)
    if runs is None:
        return False
    for run in runs:
        for at in range(0, run.length, BATCH):
            if watch.is_interrupted():
                return True
            _move(
                store, SettledRun(run.tree, run.first + at, run.page + at, min(BATCH, run.length - at)), end
            )
    store.move_metadata(end)
    return True


def _find(store: PageFile, end: int, kept: list[tuple[int, int]], leaves: int) -> list[SettledRun] | None:
    """All that lies at page `end` or later; None if part of it can't move, or it takes more leaves."""
    runs: list[SettledRun] = []
    for tree in (DATA, UNITS, TABLES):
        for first, entries in store.trees[tree].pieces(0, store.trees[tree].capacity):
            leaves -= 1
            if leaves < 0:
                return None
            for run in _runs_from(end, tree, first, entries):
                if tree == DATA and _overlaps(run, kept):
                    return None
                runs.append(run)
    return runs


def _runs_from(end: int, tree: int, first: int, entries: array[int]) -> Iterator[SettledRun]:
    """The runs of file pages among the entries of a leaf that lie at page `end` or later."""
    run = SettledRun(tree, first, 0, 0)
    for index, entry in enumerate(entries, first):
        page = entry & PAGE_MASK
        if run.length and page == run.page + run.length:
            run = run._replace(length=run.length + 1)
            continue
        if run.length:
            yield run
        run = SettledRun(tree, index, page, 1 if page >= end else 0)
    if run.length:
        yield run


def _overlaps(run: SettledRun, ranges: list[tuple[int, int]]) -> bool:
    return any(run.first < end and first < run.first + run.length for first, end in ranges)


def _move(store: PageFile, run: SettledRun, end: int) -> None:
    entries = store.trees[run.tree].slice(run.first, run.length)
    data = store.file.read(run.page << PAGE_BITS, run.length * PAGE)
    store.put(run.tree, run.first, data, [entry >> SUM_SHIFT for entry in entries], below=end)
