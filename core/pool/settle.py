"""After a commit: pages that it wrote at the file's end move into the space that it freed.

A commit writes to pages that the one before it doesn't use, so a heap that changes all over needs room
for both. Moving what was just written, in a second commit, lets the file be cut to one of them again.
Only pages that the commit wrote are moved, so the work stays in proportion to what was changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from .layout import DATA, PAGE, PAGE_BITS, PAGE_MASK, SUM_SHIFT
from .space import bits, by_group
from .span import Span
from .store import BATCH, Put, Store

# It takes a second commit, so it has to give back a part of the file that is worth it.
_WORTH = 8
_LEAST = 16
# Room for what the second commit itself writes, beside the tree nodes that it changes.
_SLACK = 4


def movable(store: Store, keep: Iterable[Span]) -> list[Put]:
    """What was put since the last commit and may move: all but blocks in `keep`, whose pages are mapped."""
    kept = [(span.first, span.first + span.count) for span in keep]
    return [put for put in store.puts if put.tree != DATA or not _overlaps(put, kept)]


def target_end(store: Store, puts: list[Put]) -> int:
    """The page at which the file could end if `puts` moved, or 0 if that isn't worth it."""
    space, metadata = store.space, store.metadata_pages()
    needed = space.used + len(metadata) + _SLACK
    least = max(_LEAST, space.end // _WORTH)
    if space.frozen or space.end - needed < least:
        return 0
    moving: dict[int, int] = {}
    for page, count in [(put.page, put.length) for put in puts] + [(page, 1) for page in metadata]:
        for group, first, length in by_group(page, count):
            moving[group] = moving.get(group, 0) | bits(first, length)
    end = max(needed, space.busy_end(moving))
    return end if space.end - end >= least else 0


def settle(store: Store, puts: list[Put], end: int) -> None:
    """Moves what lies at page `end` or later, in the working state; the caller commits."""
    for put in puts:
        if put.page + put.length > end:
            for at in range(0, put.length, BATCH):
                _move(store, _part(put, at, min(BATCH, put.length - at)), end)
    store.move_metadata(end)


def _part(put: Put, at: int, length: int) -> Put:
    return Put(put.tree, put.first + at, put.page + at, length)


def _move(store: Store, put: Put, end: int) -> None:
    """Moves those pages of a run that still are where it put them."""
    entries = store.trees[put.tree].slice(put.first, put.length)
    at = 0
    for there, group in groupby(enumerate(entries), lambda pair: pair[1] & PAGE_MASK == put.page + pair[0]):
        length = sum(1 for _ in group)
        if there:
            sums = [entry >> SUM_SHIFT for entry in entries[at : at + length]]
            data = store.file.read((put.page + at) << PAGE_BITS, length * PAGE)
            store.put(put.tree, put.first + at, data, sums, below=end)
        at += length


def _overlaps(put: Put, ranges: list[tuple[int, int]]) -> bool:
    return any(put.first < end and first < put.first + put.length for first, end in ranges)
