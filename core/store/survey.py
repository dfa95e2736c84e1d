"""A survey of a store: figures, keys, and whether all of it is consistent."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import PoolCorrupt, PoolError
from ..pool import Pool
from ..watch import UNWATCHED, Watch
from .layout import BLOBS, CATALOGUE, INDEX, KEY_NAMES, PAGE
from .records import read_record
from .store import Store

_KEYS = 16


class KeyRow(NamedTuple):
    """A key of the pool that is set: its number, the block that it names, and that block's role here."""

    key: int
    address: int
    size: int | None
    what: str | None


def figures(store: Store) -> dict[str, int]:
    """Return figures of a store, in bytes where they aren't counts.

    `images` and `image_bytes` are what is kept, `page_bytes` what it takes with equal pages kept once;
    the rest is the pool's (see `PoolStats`). Raises `PoolCorrupt` if the store is damaged, `PoolError` if it
    can't be read.
    """
    pool = store.pool
    used, stats = store.used(store.entries.values()), pool.stats()
    return {
        "images": len(store.entries),
        "image_bytes": sum(entry.header.bytes for entry in store.entries.values()),
        "page_bytes": sum(bin(mask).count("1") for mask in used.values()) * PAGE,
        "file_bytes": stats.file_bytes,
        "used_bytes": stats.used_bytes,
        "free_bytes": stats.free_bytes,
        "blocks": stats.blocks,
        "generation": stats.generation,
    }


def keys(store: Store) -> list[KeyRow]:
    """Return the keys that are set.

    Raises `PoolCorrupt` if the store is damaged, `PoolError` if it can't be read.
    """
    found = ((number, store.pool.get_key(number)) for number in range(_KEYS))
    return [
        KeyRow(number, address, _size(store.pool, address), KEY_NAMES.get(number))
        for number, address in found
        if address is not None
    ]


def check_store(store: Store, watch: Watch = UNWATCHED) -> int:
    """Check everything in a store; return the number of images.

    Compares each page with its checksum and all of the pool's tables with each other (`Pool.check`), checks
    each record, and that all that it names exists. Raises `PoolCorrupt`, which lists what is broken, and
    Interrupted if the watch asks.
    """
    pool = store.pool
    pool.check(watch)
    blobs = frozenset(store.blobs())
    for name, entry in store.entries.items():
        record = read_record(pool, entry)
        for run in record.runs:
            if run.blob and run.blob not in blobs:
                raise PoolCorrupt(f"{name!r} has pages at {run.blob:#x}, where the store has no blob")
    for blob in blobs:
        store.blob_at(blob)
    for key in (CATALOGUE, INDEX, BLOBS):
        address = pool.get_key(key)
        if address is not None and _size(pool, address) is None:
            raise PoolCorrupt(f"key {key}, the {KEY_NAMES[key]}, names no block")
    return len(store.entries)


def _size(pool: Pool, address: int) -> int | None:
    try:
        return pool.size_of(address)
    except PoolCorrupt:
        raise
    except PoolError:
        return None
