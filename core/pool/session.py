"""One attachment of a pool: its state, which operations it allows, and how it commits and ends."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ..errors import AtlasError, PoolError, PoolRefused
from ..watch import UNWATCHED, Watch
from .attach import PoolBacking
from .check import check_pool
from .files import MemoryFile
from .heap import Heap
from .layout import Root
from .settle import settle
from .stats import PoolStats, gather
from .store import PageFile

T = TypeVar("T")


class PoolSession:
    """The heap of one attachment. `errno`: of the system call that the last operation failed by, or 0.

    Operations run one at a time, from any thread. One that ended with an exception other than our own
    errors, Ctrl-C for instance, may have left the tables in memory half changed: then it is `torn`, and
    uncommitted changes can only be discarded: the file has the last commit, whole.
    """

    def __init__(
        self, backing: PoolBacking, root: Root, *, read_only: bool, resident_limit: int | None
    ) -> None:
        self.errno = 0
        self.read_only = read_only
        self.attached = True
        self.keys = list(root.keys)
        self._backing = backing
        self._volatile = isinstance(backing.file, MemoryFile)
        self._store = PageFile(backing.file, root, None if read_only else backing.locks, backing.mapper)
        self._heap = Heap(self._store, spill=not (read_only or self._volatile), limit=resident_limit)
        self._lock = threading.RLock()
        self.torn = False

    @property
    def root(self) -> Root:
        """The commit that this attachment is based on."""
        return self._store.root

    @property
    def blocks(self) -> int:
        """The number of live blocks."""
        return self._heap.blocks

    def run(self, work: Callable[[Heap], T], *, writes: bool = True) -> T:
        """Run an operation; return its result.

        Raises `PoolError` if the pool is detached, torn, or not for writing.
        """
        with self._lock:
            self.errno = 0
            try:
                if not self.attached:
                    raise PoolRefused("the pool is detached", errno=errno.EBADF)
                if writes and self.read_only:
                    raise PoolRefused("the pool is attached read-only", errno=errno.EROFS)
                if self.torn:
                    raise PoolRefused(
                        "an operation was interrupted halfway",
                        errno=errno.EINTR,
                        hint="detach without a commit and attach again: that gives the last commit",
                    )
                return work(self._heap)
            except PoolError as error:
                self.errno = 0 if isinstance(error, PoolRefused) else error.errno
                raise
            except AtlasError:
                raise
            except BaseException:
                self.torn = not self.read_only
                raise

    def commit(self, heap: Heap, watch: Watch | None = None) -> None:
        """See `Pool.commit`."""
        if self._volatile:
            heap.drop_empty()
            return
        heap.flush(watch or UNWATCHED)
        if watch is not None or self._store.syncing is not None:
            self._store.sync_early(watch or UNWATCHED)
        counts = heap.counts(tuple(self.keys))
        if not self._store.changed and counts == self._store.counts():
            return
        written = self._store.written
        self._store.commit(counts)
        # The commit stands; the rest only saves space, and what fails now is done another time.
        with suppress(PoolError):
            if settle(self._store, heap.held_spans, written):
                self._store.commit(counts)

    def compact(self, heap: Heap, watch: Watch) -> None:
        """See `Pool.compact`."""
        self.commit(heap, watch)
        if self._volatile:
            return
        if settle(self._store, heap.held_spans, 0, everything=True, watch=watch):
            self._store.sync_early(watch)
            self._store.commit(heap.counts(tuple(self.keys)))

    def detach(self, *, commit: bool) -> None:
        """See `Pool.detach`."""
        with self._lock:
            if commit or not self.attached:
                self.run(lambda heap: None if self.read_only else self.commit(heap), writes=False)
            elif not self.read_only:
                self._store.discard()
            self.release()

    def release(self) -> None:
        """Close the file and discard what was not committed."""
        if self._heap.close() and self._backing.locks:
            # Views on the file's own pages: keep the commit pinned, with the file, as long as they live.
            self._backing.locks.pin(self.root.generation)
            if not self.read_only:
                self._backing.locks.unlock_writer()
        else:
            if self._store.syncing is not None and self._backing.locks and not self.read_only:
                self._backing.locks.unlock_writer()  # a running sync keeps the file, and its locks, open
            self._backing.file.close()
        self.attached = False

    def stats(self, heap: Heap) -> PoolStats:
        """See `Pool.stats`."""
        counts = heap.counts(tuple(self.keys))
        changed = heap.touched or self._store.changed or counts != self._store.counts()
        return gather(self._store, heap, uncommitted=changed)

    def check(self, heap: Heap, watch: Watch) -> None:
        """See `Pool.check`."""
        check_pool(self._backing.file, self._store, heap, watch)
