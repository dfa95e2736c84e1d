"""Pool pages in a file: write them, read them, commit them.

A put writes to file pages that no commit uses and changes the trees in memory; a commit writes the
trees, syncs, and makes the new root record the last one. A put or a commit that fails for lack of
space leaves both the last commit and the working state whole, and can be tried again.
"""

from __future__ import annotations

import errno
import weakref
import zlib
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from ..errors import PoolCorrupt, PoolError
from ..watch import Watch
from .files import PoolFile
from .layout import (
    GROUP,
    HEADER_PAGES,
    MAX_FILE_PAGES,
    PAGE,
    PAGE_BITS,
    PAGE_MASK,
    SPACE,
    SUM_SHIFT,
    TREES,
    Root,
    root_problem,
)
from .locks import Locks
from .mapping import Mapper
from .roots import find_root, write_root, write_root_copy
from .space import Space
from .spacemap import SpaceSwap
from .syncing import Syncing
from .tree import PageTree, TreePlace

# Pages that are read and checked at a time.
BATCH = 256
# From this many pages on, a sync may take long enough that it must be interruptible.
_MANY_PAGES = 1024


class Counts(NamedTuple):
    """What the heap keeps in the root record beside its trees."""

    blocks: int
    live_bytes: int
    unit_end: int
    keys: tuple[int, ...]


class PageFile:
    """The pages of one pool. `root` is the last commit; `mapper` maps file pages where that is possible.

    `written` counts the pages that were put since the last commit. `syncing` is a sync that still runs
    after an interrupt.
    """

    def __init__(
        self, file: PoolFile, root: Root, locks: Locks | None = None, mapper: Mapper | None = None
    ) -> None:
        self.file = file
        self.root = root
        self.mapper = mapper
        self.written = 0
        self._locks = locks
        self._broken = False
        self.syncing: Syncing | None = None
        # A crash may have lost the last root's second copy; it must be written before the next root is.
        self._copy_owed = True
        self._limit = root.file_pages
        # What it owns refers back weakly: the file is closed, and its locks with it, where the last reference
        # is dropped, by no code of Python's, in which a Ctrl-C would be lost.
        this = weakref.proxy(self)
        self._read_weakly: Callable[[int], bytes] = lambda entry: this.read(entry)  # noqa: PLW0108 - bound late
        self.trees = [PageTree(name, self._read_weakly, *top) for name, top in zip(TREES, root.trees)]
        load: Callable[[int], int] = lambda group: this.committed_bits(group)  # noqa: E731, PLW0108 - bound late
        self.space = Space(load, root.file_pages, root.used_pages)
        if self._oldest_pin() is not None:
            # Readers of older commits may use any page that this one doesn't.
            self.space.frozen = True
            self.space.end = max(root.file_pages, -(-file.size() // PAGE))

    def read(self, entry: int) -> bytes:
        """Return the content of the file page that `entry` names.

        Raises `PoolCorrupt` if its checksum differs.
        """
        page = entry & PAGE_MASK
        self.check_page(page, 1)
        data = self.file.read(page << PAGE_BITS, PAGE)
        if len(data) != PAGE or zlib.crc32(data) != entry >> SUM_SHIFT:
            raise PoolCorrupt(f"file page {page:#x} ({len(data)} bytes) doesn't fit its checksum")
        return data

    def page(self, tree: int, index: int) -> bytes | None:
        """Return the content of a page of a tree, None if it is a hole."""
        entry = self.trees[tree].get(index)
        return self.read(entry) if entry else None

    def committed_bits(self, group: int) -> int:
        """Return which pages of a group the last commit uses, as a bitmap."""
        raw = self.page(SPACE, group)
        bits = int.from_bytes(raw, "little") if raw else 0
        if bits >> max(0, self._limit - group * GROUP):
            raise PoolCorrupt(f"space: group {group} has pages in use past the file's end")
        return bits

    def check_page(self, page: int, count: int) -> None:
        """Raise `PoolCorrupt` unless the file has these pages, and they aren't the header's."""
        if not HEADER_PAGES <= page <= page + count <= max(self._limit, self.space.end):
            raise PoolCorrupt(f"file pages {page:#x}..{page + count:#x} of a file of {self._limit:#x} pages")

    def put(
        self,
        tree: int,
        index: int,
        data: bytes,
        sums: Sequence[int] | None = None,
        below: int = MAX_FILE_PAGES,
    ) -> None:
        """Write pages of a tree from `index` on; `sums` are their CRC-32s, if the caller has them.

        They go to file pages under `below` as far as there are free ones. Raises `PoolError` if the file
        can't be written; the pages written by then stay put.
        """
        self._check_usable()
        count = len(data) >> PAGE_BITS
        if sums is None:
            sums = [zlib.crc32(data[at : at + PAGE]) for at in range(0, len(data), PAGE)]
        runs = self.space.allocate(count, below)
        done = 0
        with memoryview(data) as view:
            for number, (page, length) in enumerate(runs):
                try:
                    self.file.write(page << PAGE_BITS, view[done << PAGE_BITS : (done + length) << PAGE_BITS])
                except PoolError:
                    for unused in runs[number:]:
                        self.space.release(*unused)
                    raise
                entries = array("Q", [page + at | sums[done + at] << SUM_SHIFT for at in range(length)])
                self._release(self.trees[tree].set(index + done, entries))
                self.written += length
                done += length

    def clear(self, tree: int, first: int, count: int) -> None:
        """Make pages of a tree holes; the next commit frees their space."""
        self._release(self.trees[tree].clear(first, count))

    def metadata_pages(self) -> list[int]:
        """Return the file pages of those tree nodes and bitmaps that are in memory."""
        bitmaps = [self.trees[SPACE].get(group) & PAGE_MASK for group in self.space.loaded()]
        return [page for tree in self.trees for page in tree.node_pages()] + [
            page for page in bitmaps if page
        ]

    def move_metadata(self, end: int) -> None:
        """Make the next commit rewrite tree nodes and bitmaps that lie in file page `end` or later."""
        for tree in self.trees:
            for place in tree.above(end):
                tree.touch(place)
        for group in self.space.loaded():
            if self.trees[SPACE].get(group) & PAGE_MASK >= end:
                self.space.changed.add(group)

    def sync_early(self, watch: Watch) -> None:
        """Sync what was put so far, which commits nothing, so that the next commit has little to wait for.

        Raises `PoolError` if the sync fails, Interrupted if the watch asks.
        """
        self._check_usable()
        while self.syncing is not None or self.written >= _MANY_PAGES:
            is_late = self.syncing is not None
            self.syncing = self.syncing or Syncing(self.file)
            try:
                self.syncing.wait(watch)
            except PoolError:
                self._broken = True
                raise
            self.syncing = None
            if not is_late:
                return

    def commit(self, counts: Counts) -> None:
        """Make the working state the last commit.

        Raises `PoolError` if that fails; the last one then stays.
        """
        self._check_usable()
        self._tidy()
        for tree in self.trees[:SPACE]:
            tree.flush(self._write_node, self._release_entry)
        self.root = self._commit_root(counts)
        self._limit = self.root.file_pages
        self.space.committed(self.root.generation)
        self.written = 0
        self._copy_owed = True
        # The commit stands even if this fails; the next one does what is left undone.
        with suppress(PoolError):
            self._tidy()
            self._cut()

    def discard(self) -> None:
        """Cut off what was put since the last commit, before the file is closed."""
        # A commit that was cut short may have written its root: then an attach may find that.
        written = find_root(self.file)
        pages = max(self.root.file_pages, written.file_pages if written else 0)
        end = pages << PAGE_BITS
        if self._oldest_pin() is None and self.file.size() > end:
            self.file.truncate(end)

    def counts(self) -> Counts:
        """Return the last commit's values of the heap's counts."""
        return Counts(self.root.blocks, self.root.live_bytes, self.root.unit_end, self.root.keys)

    def room(self) -> int:
        """Return how many bytes the file has room for, as far as is known."""
        return self.file.room() + (self.space.free << PAGE_BITS)

    @property
    def changed(self) -> bool:
        """Whether anything was put or cleared since the last commit."""
        return bool(self.written or self.space.changed or any(tree.changed() for tree in self.trees))

    def _commit_root(self, counts: Counts) -> Root:
        swap = SpaceSwap(self.space, self.trees[SPACE], self._write_at)
        try:
            swap.write()
            tops = tuple((tree.entry, tree.height) for tree in self.trees)
            root = Root(
                self.root.generation + 1, self.root.base, self.space.working_end(), self.space.used,
                counts.blocks, counts.live_bytes, counts.unit_end, tops, counts.keys,
            )  # fmt: skip
            problem = root_problem(root)
            if problem:
                raise PoolCorrupt(f"the file misleads: a commit would have {problem}")
            self._sync()
            write_root(self.file, root)
            self._sync()
        except PoolError:
            swap.undo()
            self.trees[SPACE] = PageTree(TREES[SPACE], self._read_weakly, *self.root.trees[SPACE])
            raise
        return root

    def _sync(self) -> None:
        try:
            self.file.sync()
        except PoolError:
            self._broken = True
            raise

    def _check_usable(self) -> None:
        # After a failed sync the file's content is unknown: the kernel may have dropped pages.
        if self._broken:
            raise PoolError(
                "nothing more can be committed: a sync failed",
                errno=errno.EIO,
                hint="detach without a commit and attach again: that gives the last whole commit",
            )

    def _tidy(self) -> None:
        if self._copy_owed:
            write_root_copy(self.file, self.root)
            self._copy_owed = False
        self.space.unpin(self._oldest_pin())

    def _cut(self) -> None:
        end = self.space.trim() << PAGE_BITS
        if self.file.size() > end:
            self.file.truncate(end)

    def _oldest_pin(self) -> int | None:
        return self._locks.oldest_pin(self.root.generation) if self._locks else None

    def _release(self, entries: list[int]) -> None:
        first = count = 0
        for entry in entries:
            page = entry & PAGE_MASK
            if count and page == first + count:
                count += 1
                continue
            if count:
                self.space.release(first, count)
            first, count = page, 1
        if count:
            self.space.release(first, count)

    def _release_entry(self, entry: int) -> None:
        self.space.release(entry & PAGE_MASK)

    def _write_node(self, _: TreePlace, raw: bytes) -> int:
        page = self.space.allocate(1)[0][0]
        try:
            return self._write_at(page, raw)
        except PoolError:
            self.space.release(page)
            raise

    def _write_at(self, page: int, raw: bytes) -> int:
        self.file.write(page << PAGE_BITS, raw)
        return page | zlib.crc32(raw) << SUM_SHIFT
