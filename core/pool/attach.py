"""Which commit an attach stands on: the writer's, under its lock; a reader's, pinned."""

from __future__ import annotations

import errno
import secrets
from contextlib import suppress
from typing import NamedTuple

from ..errors import PoolCorrupt, PoolError, SourceError
from .files import PoolFile
from .layout import MAX_POOL, Root
from .locks import Locks
from .mapping import Mapper
from .roots import create_root, find_root

# A reader that the writer overtakes while it attaches starts again; so often it can't be overtaken.
_TRIES = 100
# A writer at work can make a root record look damaged for the moment of a write or a cut.
_CORRUPT_TRIES = 5
_LOWEST_BASE = MAX_POOL
_BASES = (1 << 63) // MAX_POOL - 1


class PoolBacking(NamedTuple):
    """What a pool stands on: a file layer, and the abilities of its file, None where it lacks them."""

    file: PoolFile
    locks: Locks | None = None
    mapper: Mapper | None = None


def writer_root(backing: PoolBacking, base: int | None) -> Root:
    """The last commit, for its writer; an empty one at `base` if there is none. Raises as `Pool.attach`."""
    if backing.locks:
        backing.locks.lock_writer()
    root = find_root(backing.file)
    if root is not None:
        return root
    try:
        return create_root(backing.file, random_base() if base is None else base)
    except PoolError:
        with suppress(PoolError):  # the first failure says more
            backing.file.truncate(0)
        raise


def reader_root(backing: PoolBacking) -> Root:
    """The last commit, pinned: its pages stay until the file is closed. Raises as `Pool.attach` does."""
    if backing.locks is None:
        return _last_commit(backing.file)
    for _ in range(_TRIES):
        root = _last_commit(backing.file)
        backing.locks.pin(root.generation)
        # The writer looks for pins after each commit. So if this is still the last one, it will see ours.
        if _last_commit(backing.file).generation == root.generation:
            return root
        backing.locks.unpin(root.generation)
    raise PoolError("the pool's writer commits too fast to follow", errno=errno.EAGAIN)


def random_base() -> int:
    """An address for a new pool; that two pools get the same one is unlikely (1 in 131,071)."""
    return _LOWEST_BASE + secrets.randbelow(_BASES) * MAX_POOL


def _last_commit(file: PoolFile) -> Root:
    for left in reversed(range(_CORRUPT_TRIES)):
        try:
            root = find_root(file)
        except PoolCorrupt:
            if not left:
                raise
            continue
        if root is None:
            raise SourceError("this file is empty: no pool was ever committed to it")
        return root
    raise AssertionError("unreachable")
