"""A running change of a store: all of it is committed, or none."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import InvalidArgument
from .draft import Draft
from .layout import ADDRESS_SIZE, BLOBS, INDEX, pack_addresses
from .records import (
    CatalogueEntry,
    extend_catalogue,
    extend_key,
    read_runs,
    replace_key,
    write_catalogue,
    write_record,
)
from .sweep import ALL_PAGES, Masks, join, masks_of, sweep
from .tables import Tables
from .writer import PageWriter

# Called when pages may be freed: returns those still read although no record may refer to them any more.
Held = Callable[[], Mapping[int, int]]

if TYPE_CHECKING:
    from .store import Store


class Changes:
    """A running change of one store. `freed` are the pages given back.

    `tables` are those of the last commit, and at the end those of the next: whoever gives the change up
    must not use them any more. What only adds records writes nothing of those that there are.
    """

    def __init__(self, store: Store, tables: Tables, held: Held) -> None:
        self._store = store
        self._held = held
        self.pool = store.pool
        self.tables = tables
        self._new: dict[str, CatalogueEntry] = {}
        self._gone: dict[str, CatalogueEntry] = {}
        self._old: list[CatalogueEntry] = []
        self._removed: Masks = {}
        self._put: Masks = {}
        self._writer: PageWriter | None = None
        self.freed: Masks = {}
        self.left = False
        self._sweeps = False

    @property
    def writer(self) -> PageWriter:
        """The writer of pages to the store. Raises `PoolError`, or `PoolCorrupt` if the store is damaged."""
        if self._writer is None:
            self._writer = PageWriter(self.pool, self.tables.blobs(self.pool), self._store.blob_at)
        return self._writer

    def put(self, name: str, kind: int, about: Mapping[str, Any], draft: Draft) -> None:
        """Store a record under its name, replacing one of that name.

        Raises `PoolError` if the pool can't grow.
        """
        if self._entry(name) is not None:
            self.remove(name)
        self._new[name] = write_record(self.pool, name, kind, about, draft)
        join(self._put, masks_of(draft.runs))

    def remove(self, name: str) -> None:
        """Remove a record. Raises `InvalidArgument` if it isn't there, `PoolCorrupt` if it is damaged."""
        entry = self._entry(name)
        if entry is None:
            raise InvalidArgument(f"{self._store.path!r} has no {name!r}")
        join(self._removed, masks_of(read_runs(self.pool, entry)))
        if self._new.pop(name, None) is None:
            self._gone[name] = entry
        self._old.append(entry)

    def sweep(self) -> None:
        """Make `finish` free every page that no record refers to, not just those of removed records."""
        self._sweeps = True

    def finish(self) -> None:
        """Write the tables and free unreferenced pages.

        Raises `PoolError` if the pool can't be written, `PoolCorrupt` if it is damaged.
        """
        pool, blobs = self.pool, self.tables.blobs(self.pool)
        if self._writer is not None:
            self._writer.close()
        added = [] if self._writer is None else self._writer.added
        count = len(blobs)
        if self._removed or self._sweeps:
            self._sweep(blobs)
        for entry in self._old:
            pool.free(entry.address)
        self._write_entries()
        if len(blobs) < count:
            self._replace_blobs(blobs)
        elif added:
            self._add_blobs(blobs, added)

    def _entry(self, name: str) -> CatalogueEntry | None:
        """Return the record that has a name by now."""
        return self._new.get(name) or (None if name in self._gone else self.tables.entries.get(name))

    def _sweep(self, blobs: list[int]) -> None:
        used = self._store.used(self.tables.entries[name] for name in self.tables.entries.keys() - self._gone)
        join(used, self._put)
        held = self._held()
        self.left = any(mask & self._removed.get(blob, 0) for blob, mask in held.items())
        join(used, held)
        # An earlier session may have ended while it still read them.
        join(self._removed, {blob: ALL_PAGES for blob in blobs if blob not in used})
        self.freed = sweep(self.pool, blobs, self._removed, used)

    def _write_entries(self) -> None:
        entries = self.tables.entries
        for name in self._gone:
            del entries[name]
        entries.update(self._new)
        if self._gone or not self._new:
            write_catalogue(self.pool, [entry.address for entry in entries.values()])
        else:
            extend_catalogue(self.pool, [entry.address for entry in self._new.values()], len(entries))

    def _add_blobs(self, blobs: list[int], added: list[int]) -> None:
        """Write the table of blobs from the first new one on; mostly they lie behind all others."""
        first, before = bisect_left(blobs, added[0]), len(blobs) - len(added)
        address = extend_key(self.pool, BLOBS, pack_addresses(blobs[before:]))
        if first < before:
            moved = memoryview(pack_addresses(blobs[first:before]))
            self.pool.write_from(address, moved, first * ADDRESS_SIZE)

    def _replace_blobs(self, blobs: list[int]) -> None:
        pool = self.pool
        if blobs:
            replace_key(pool, BLOBS, pack_addresses(blobs))
            return
        for key in (BLOBS, INDEX):  # the index has no pages either
            old = pool.get_key(key)
            pool.set_key(key, None)
            if old is not None:
                pool.free(old)
