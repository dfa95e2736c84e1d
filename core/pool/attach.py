"""The commit that an attach starts from: the writer's, under its lock; a reader's, pinned."""

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

# Attempts of a reader that the writer overtakes while it attaches; to be overtaken each time is implausible.
_TRIES = 100
# Attempts to find an intact root: a writer makes one look damaged for the moment of a write or a truncation.
_CORRUPT_TRIES = 5
_LOWEST_BASE = MAX_POOL
_BASES = (1 << 63) // MAX_POOL - 1


class PoolBacking(NamedTuple):
    """What a pool is stored in: a file layer, and the abilities of its file, None where it lacks them."""

    file: PoolFile
    locks: Locks | None = None
    mapper: Mapper | None = None


def writer_root(backing: PoolBacking, base: int | None) -> Root:
    """Return the last commit, for its writer; an empty one at `base` if there is none.

    Raises as `Pool.attach` does.
    """
    if backing.locks:
        backing.locks.lock_writer()
    root = find_root(backing.file)
    if root is not None:
        return root
    try:
        return create_root(backing.file, random_base() if base is None else base)
    except PoolError:
        with suppress(PoolError):  # the first failure is more informative
            backing.file.truncate(0)
        raise


def reader_root(backing: PoolBacking) -> Root:
    """Return the last commit, pinned: its pages stay until the file is closed.

    Raises as `Pool.attach` does.
    """
    if backing.locks is None:
        return _last_commit(backing.file)
    for _ in range(_TRIES):
        root = _last_commit(backing.file)
        backing.locks.pin(root.generation)
        # The writer checks for pins after each commit. So if this is still the last one, it will see ours.
        if _last_commit(backing.file).generation == root.generation:
            return root
        backing.locks.unpin(root.generation)
    raise PoolError("the pool's writer commits too fast to follow", errno=errno.EAGAIN)


def random_base() -> int:
    """Return a random address for a new pool; two pools get the same one with a chance of 1 in 131,071."""
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
