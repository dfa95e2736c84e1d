"""After a commit: pages from the file's end move into free space, and the file is cut.

A commit writes to pages that the one before it doesn't use, so a heap that changes all over needs room
for both; and freed pages leave holes. Where an eighth of the file can be gained, and the pages to be
moved are few compared with those that the commit wrote, a second commit moves them. The trees are
searched for what lies at the end; that costs less than moving it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..watch import UNWATCHED, Watch
from .layout import DATA, PAGE, PAGE_BITS, PAGE_MASK, SUM_SHIFT, TABLES, UNITS
from .span import LargeBlock
from .store import BATCH, PageFile

# The part of the file (1/8), and the pages, that a second commit must gain at least.
_WORTH, _LEAST = 8, 16
# The pages a commit may move: a base number, and more for each page that it wrote.
_MOVES, _MOVES_FOR_EACH = 256, 4
# The leaves it may visit: a base number, and one more for each 16 pages to be gained.
_LEAVES, _GAIN_FOR_A_LEAF = 64, 16
# Room for what the second commit itself writes beside tree nodes.
_SLACK = 8
_UNLIMITED = 1 << 62


class SettledRun(NamedTuple):
    """Pages of a tree that lie in consecutive file pages."""

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
    """Move pages in the working state, if it is worth it; return whether it did, so that the caller commits.

    The blocks that `held` returns are mapped and don't move. `written` is how many pages the last commit
    wrote; `everything` moves any number of pages, until the watch asks to stop.
    Raises `PoolError` if a page can't be read or written.
    """
    moves = _UNLIMITED if everything else _MOVES + _MOVES_FOR_EACH * written
    least = _LEAST if everything else max(_LEAST, store.space.end // _WORTH)
    if everything:
        store.space.learn()
    # Most commits end here, so what takes longer the more is in memory comes later.
    if store.space.pinned or store.space.end - store.space.used < least:
        return False
    margin = len(store.metadata_pages()) + _SLACK
    if store.space.end - store.space.used - margin < least:
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
    """Return all that lies at page `end` or later; None if part of it can't move, or it takes more leaves."""
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
    """Yield the runs of file pages among the entries of a leaf that lie at page `end` or later."""
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
