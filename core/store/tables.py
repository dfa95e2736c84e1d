"""What a pool's tables say of a store: its records by name, and its blobs."""

from __future__ import annotations

import weakref

from ..pool import Pool
from .layout import BLOBS, unpack_blobs
from .records import CatalogueEntry, read_block, read_catalogue


class Tables:
    """The catalogue and the table of blobs of one commit, read once; whoever changes them writes them too.

    `entries` are the records by name, in no order. The pool is held weakly: where the last one else drops it,
    its file is closed.
    """

    def __init__(self, pool: Pool) -> None:
        """Read the catalogue; raise as `read_catalogue` does."""
        self.entries: dict[str, CatalogueEntry] = read_catalogue(pool)
        self._blobs: list[int] | None = None
        self.advance(pool)

    def are_of(self, pool: Pool) -> bool:
        """Return whether these are the tables of the pool's last commit."""
        return self._pool() is pool and self._generation == pool.generation

    def advance(self, pool: Pool) -> None:
        """Make these the tables of the pool's last commit, which has just written them."""
        self._pool, self._generation = weakref.ref(pool), pool.generation

    def blobs(self, pool: Pool) -> list[int]:
        """Return the addresses of all blobs, in order. Raise `PoolCorrupt` if their table is damaged."""
        if self._blobs is None:
            address = pool.get_key(BLOBS)
            raw = b"" if address is None else read_block(pool, address, "the table of blobs")
            self._blobs = unpack_blobs(raw)
        return self._blobs
