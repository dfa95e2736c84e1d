"""A running change of a store: all of it is committed, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ..errors import InvalidArgument
from .draft import Draft
from .layout import BLOBS, INDEX, pack_blobs
from .records import CatalogueEntry, read_runs, replace_key, write_catalogue, write_record
from .sweep import ALL_PAGES, Masks, join, masks_of, sweep
from .writer import PageWriter

# Called when pages may be freed: returns those still read although no record may refer to them any more.
Held = Callable[[], Mapping[int, int]]

if TYPE_CHECKING:
    from .store import Store


class Changes:
    """A running change of one store. `freed` are the pages given back."""

    def __init__(self, store: Store, held: Held) -> None:
        self._store = store
        self._held = held
        self.pool = store.pool
        self._entries = store.entries
        self._addresses = {name: entry.address for name, entry in self._entries.items()}
        self._removed: Masks = {}
        self._put: Masks = {}
        self._old: list[CatalogueEntry] = []
        self._writer: PageWriter | None = None
        self.freed: Masks = {}
        self.left = False
        self._sweeps = False

    @property
    def writer(self) -> PageWriter:
        """The writer of pages to the store. Raises `PoolError`, or `PoolCorrupt` if the store is damaged."""
        if self._writer is None:
            self._writer = PageWriter(self.pool, self._store.blobs(), self._store.blob_at)
        return self._writer

    def put(self, name: str, kind: int, about: Mapping[str, Any], draft: Draft) -> None:
        """Store a record under its name, replacing one of that name.

        Raises `PoolError` if the pool can't grow.
        """
        if name in self._addresses:
            self.remove(name)
        self._addresses[name] = write_record(self.pool, name, kind, about, draft)
        join(self._put, masks_of(draft.runs))

    def remove(self, name: str) -> None:
        """Remove a record. Raises `InvalidArgument` if it isn't there, `PoolCorrupt` if it is damaged."""
        entry = self._entries.get(name)
        if entry is None or name not in self._addresses:
            raise InvalidArgument(f"{self._store.path!r} has no {name!r}")
        join(self._removed, masks_of(read_runs(self.pool, entry)))
        del self._addresses[name]
        self._old.append(entry)

    def sweep(self) -> None:
        """Make `finish` free every page that no record refers to, not just those of removed records."""
        self._sweeps = True

    def finish(self) -> None:
        """Write the tables and free unreferenced pages.

        Raises `PoolError` if the pool can't be written, `PoolCorrupt` if it is damaged.
        """
        pool, before = self.pool, self._store.blobs()
        blobs = list(before) if self._writer is None else self._writer.close()
        if self._removed or self._sweeps:
            used = self._store.used(entry.name for entry in self._old)
            join(used, self._put)
            held = self._held()
            self.left = any(mask & self._removed.get(blob, 0) for blob, mask in held.items())
            join(used, held)
            # An earlier session may have ended while it still read them.
            join(self._removed, {blob: ALL_PAGES for blob in blobs if blob not in used})
            self.freed = sweep(pool, blobs, self._removed, used)
        for entry in self._old:
            pool.free(entry.address)
        write_catalogue(pool, [address for _, address in sorted(self._addresses.items(), key=itemgetter(0))])
        if blobs != before:
            self._write_blobs(blobs)

    def _write_blobs(self, blobs: list[int]) -> None:
        pool = self.pool
        if blobs:
            replace_key(pool, BLOBS, pack_blobs(blobs))
            return
        for key in (BLOBS, INDEX):  # the index has no pages either
            old = pool.get_key(key)
            pool.set_key(key, None)
            if old is not None:
                pool.free(old)
