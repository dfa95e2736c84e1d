"""`Store`: named records in a pool file, changed as a whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from weakref import WeakValueDictionary

from ..errors import Interrupted, PoolCorrupt, PoolError, SourceError
from ..files.paths import FilePath, path_text
from ..pool import Pool
from ..segments.joined import JoinedContent
from ..watch import UNWATCHED, Watch
from .blobs import Blob
from .changes import Changes, Held
from .layout import SectionRow
from .records import CatalogueEntry, Record, read_record, read_runs
from .sweep import ALL_PAGES, Masks, join, masks_of
from .tables import Tables

# Errors that stop a writer but not a reader: another writer, or a file that can't be written.
_FOR_READERS = frozenset({errno.EAGAIN, errno.EACCES, errno.EPERM, errno.EROFS})


class Store:
    """An attached store. Its records are read when they are asked for; attaching reads their heads.

    Changes are made within `changes`, and are committed at its end. `why_read_only` is None for a writer.
    `leftovers`: whether pages are still held that no record refers to.
    """

    def __init__(
        self, path: str, pool: Pool, why_read_only: str | None, resident_limit: int | None = None
    ) -> None:
        self.path = path
        self.why_read_only = why_read_only
        self._pool: Pool | None = pool
        self._base = pool.base
        self._resident_limit = resident_limit
        self._detached = False
        self._blobs: WeakValueDictionary[int, Blob] = WeakValueDictionary()
        self.identity = _identity(path)
        self.leftovers = False
        # None: read from the pool when needed, always so while it is being changed.
        self._tables: Tables | None = Tables(pool)
        self._changing = False

    @classmethod
    def attach(cls, path: FilePath, *, read_only: bool = False, resident_limit: int | None = None) -> Store:
        """Return the store in a file; a new one if there is none yet.

        If the file has a writer already, or can't be written, it is attached for reading: then its content
        stays that of the moment of attaching. `resident_limit` is its pool's.

        Raises `PoolError` with the errno if it can't be opened, `SourceError` if it is not a store,
        `PoolCorrupt` if it is a damaged one.
        """
        location = os.path.abspath(path_text(path))
        try:
            why_read_only = "it was attached so" if read_only else None
            pool, why = _attach(location, why_read_only, resident_limit)
            try:
                return cls(location, pool, why, resident_limit)
            except BaseException:
                with suppress(PoolError):  # the current failure is more informative
                    pool.detach(commit=False)
                raise
        except PoolCorrupt as error:
            raise PoolCorrupt(f"{location!r} is damaged: {error}", hint=error.hint) from error
        except SourceError as error:
            raise SourceError(f"{location!r} is no store: {error}", hint=error.hint) from error

    @property
    def pool(self) -> Pool:
        """The pool, at its last commit if a change just failed. Raises `SourceError` once it is detached."""
        if self._pool is not None and self._pool.torn:
            self._roll_back()
        return self._attach_again() if self._pool is None else self._pool

    @property
    def entries(self) -> dict[str, CatalogueEntry]:
        """The records by name, in no order.

        Raises `PoolCorrupt` if one is damaged, `PoolError` if it can't be read.
        """
        return self._known().entries

    @property
    def read_only(self) -> bool:
        """Whether it can't be changed."""
        return self.why_read_only is not None

    @property
    def is_in_place(self) -> bool:
        """Whether the file is still the one that has this name."""
        return _identity(self.path) == self.identity

    def is_at(self, path: str) -> bool:
        """Return whether this absolute path names the file, under any of its names."""
        return path == self.path or (self.identity is not None and _identity(path) == self.identity)

    def read(self, name: str) -> Record:
        """Return all of a record except the bytes that it places.

        Raises `PoolCorrupt` if it is damaged, `PoolError` if it can't be read, KeyError if there is none.
        """
        return read_record(self.pool, self.entries[name])

    def blob_at(self, address: int) -> Blob:
        """Return the blob at an address, the same object as long as one is alive.

        Raises `PoolCorrupt` unless a block there can be one.
        """
        blob = self._blobs.get(address)
        if blob is None:
            blob = self._blobs[address] = Blob.checked(self, address)
        return blob

    def pieces(self, record: Record, row: SectionRow) -> JoinedContent:
        """Return where the bytes of a section that lies in the store are.

        Raises `PoolCorrupt` if a run is impossible.
        """
        pieces = JoinedContent()
        for size, address, offset in record.runs[row.first : row.first + row.amount]:
            blob = self.blob_at(address) if address else None
            if blob is not None and offset + size > blob.size:
                raise PoolCorrupt(f"a run of {size} bytes at {offset:#x} of a blob of {blob.size}")
            pieces.append(size, blob, offset)
        return pieces

    def blobs(self) -> list[int]:
        """Return the addresses of all blobs, in order. Raises `PoolCorrupt` if their table is damaged."""
        return list(self._known().blobs(self.pool))

    def used(self, entries: Iterable[CatalogueEntry]) -> Masks:
        """Return the pages that these records refer to. Raises `PoolCorrupt` if one is damaged."""
        used: Masks = {}
        for entry in entries:
            join(used, masks_of(read_runs(self.pool, entry)))
        return used

    def check_writable(self) -> None:
        """Raise `PoolError` (EROFS) for a reader, `SourceError` if the file was deleted or replaced."""
        if self.why_read_only is not None:
            raise PoolError(
                f"{self.path!r} is attached read-only", errno=errno.EROFS, hint=self.why_read_only
            )
        if not self.is_in_place:
            raise SourceError(
                f"{self.path!r} was deleted or replaced since it was attached",
                hint="nothing more can be saved in it; its images can still be read, copied and exported",
            )

    @contextmanager
    def changes(self, held: Held = dict, watch: Watch = UNWATCHED) -> Iterator[Changes]:
        """Yield changes to make, which are committed at the end, or discarded if anything is raised.

        The watch is polled while waiting for the disk, and while the file is made shorter after the commit.
        Raises as `check_writable` and `Pool.commit` do.
        """
        self.check_writable()
        if self.pool.stats().uncommitted:  # left by a change that was interrupted, as was its clean-up
            self._roll_back()
        self._changing = False
        changes = Changes(self, self._known(), held)
        # If an interrupt skips the end of this, the tables are read each time.
        self._changing, self._tables = True, None
        try:
            yield changes
            changes.finish()
            changes.pool.commit(watch)
            if changes.freed:
                with suppress(PoolError, Interrupted):  # the commit stands; this only makes the file shorter
                    changes.pool.compact(watch)
            changes.tables.advance(changes.pool)
            self._tables = changes.tables
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._changing = False
        self.leftovers |= changes.left
        self._forget(changes.freed)

    def detach(self, held: Held = dict) -> None:
        """Close the file; free pages of dropped records that were still read then and are no longer held.

        Raises `PoolError` if that fails, and then it stays attached.
        """
        if self._detached:
            return
        if self.leftovers and self.is_in_place:
            with self.changes(held) as changes:
                changes.sweep()
        self._detached = True
        self._roll_back()

    def _known(self) -> Tables:
        """Return the tables of the last commit; while there is a change, those that the pool has now."""
        pool, known = self.pool, self._tables
        if known is None or self._changing or not known.are_of(pool):
            known = Tables(pool)
            if not self._changing:
                self._tables = known
        return known

    def _roll_back(self) -> None:
        """Discard uncommitted changes; the next use of the pool sees the last commit."""
        pool, self._pool = self._pool, None
        if pool is not None:
            with suppress(PoolError):  # the earlier failure is more informative
                pool.detach(commit=False)

    def _attach_again(self) -> Pool:
        """Return the pool at the file's last commit.

        Raises `SourceError` if it is another file by now, and as `Pool.attach` does.
        """
        if self._detached or not self.is_in_place:
            raise SourceError(f"{self.path!r} is not attached any more")
        if not os.path.getsize(self.path):  # an attach would take it for a new store
            raise SourceError(f"{self.path!r} was emptied since it was attached")
        pool, self.why_read_only = _attach(self.path, self.why_read_only, self._resident_limit)
        if pool.base != self._base:
            pool.detach(commit=False)
            raise SourceError(f"{self.path!r} was overwritten since it was attached")
        self._pool = pool
        known = frozenset(self.blobs())
        self._forget({blob: ALL_PAGES for blob in list(self._blobs) if blob not in known})
        return pool

    def _forget(self, freed: Mapping[int, int]) -> None:
        for address, mask in freed.items():
            blob = self._blobs.get(address)
            if blob is not None:
                blob.forget(mask)
            if mask == ALL_PAGES:
                self._blobs.pop(address, None)


def _attach(path: str, why_read_only: str | None, resident_limit: int | None) -> tuple[Pool, str | None]:
    """Return the pool, attached for writing if that is wanted and possible, else for reading, and why."""
    if why_read_only is not None:
        return Pool.attach(path, read_only=True, resident_limit=resident_limit), why_read_only
    try:
        return Pool.attach(path, resident_limit=resident_limit), None
    except PoolError as error:
        if error.errno not in _FOR_READERS:
            raise
        why = "another debugger is writing to it" if error.errno == errno.EAGAIN else "it may not be written"
        return Pool.attach(path, read_only=True, resident_limit=resident_limit), why


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # ValueError: no file can be called so
        return None
    return found.st_dev, found.st_ino
