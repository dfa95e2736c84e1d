"""The root record's four slots: how a commit becomes the last one, and how an attach finds it.

Generation G lives in slots `2 * (G % 2)` and the one after it, a page each. The first copy is written
and synced: that is the commit. The second is written after it, and is synced with the next commit's
pages, before the next root is written. So at any moment at most one slot is being written, the previous
generation's two are untouched, and one damaged slot never costs the last commit. Two damaged slots
can't result from a crash and are refused.
"""

from __future__ import annotations

from ..errors import PoolCorrupt, SourceError
from .files import PoolFile
from .layout import HEADER_PAGES, PAGE, ROOT_SIZE, SLOTS, VERSION, Root, claimed_version, unpack_root

_EMPTY = bytes(ROOT_SIZE)
_HEADER = HEADER_PAGES * PAGE


def find_root(file: PoolFile) -> Root | None:
    """Return the last commit of `file`, or None if it has none: it is empty, or its creation was cut short.

    Raises `SourceError` if it is not a pool or of another version, `PoolCorrupt` if it is damaged.
    """
    size = file.size()
    raws = [file.read(slot * PAGE, ROOT_SIZE) for slot in range(SLOTS)]
    if size <= _HEADER and not any(file.read(0, _HEADER)):
        return None
    _check_kind(raws)
    roots, problems = _readable(raws)
    if not roots:
        raise problems[0] if problems else PoolCorrupt("no root slot holds a commit")
    newest = max(roots, key=lambda root: root.generation)
    if len(problems) + _missing(raws, newest) > 1:
        raise problems[0] if problems else PoolCorrupt("more than one root slot is empty")
    if newest.file_pages * PAGE > max(size, _HEADER):
        raise PoolCorrupt(f"the file has {size} bytes, its last commit needs {newest.file_pages * PAGE}")
    return newest


def _check_kind(raws: list[bytes]) -> None:
    versions = [claimed_version(raw) for raw in raws]
    if not any(versions):
        raise SourceError("this file is not a pool", hint="a pool begins with b'ptpool\\r\\n'")
    if VERSION not in versions:
        raise SourceError(f"a pool of version {max(versions)}; this ptatlas knows version {VERSION}")


def _readable(raws: list[bytes]) -> tuple[list[Root], list[PoolCorrupt]]:
    roots, problems = [], []
    for slot, raw in enumerate(raws):
        if raw == _EMPTY or not raw:
            continue
        try:
            roots.append(unpack_root(raw, slot))
        except PoolCorrupt as problem:
            problems.append(problem)
    return roots, problems


def _missing(raws: list[bytes], newest: Root) -> int:
    """Return how many slots are empty although the newest commit implies that they were written."""
    if newest.generation < 1:
        return 0
    return sum(raw == _EMPTY or not raw for raw in raws)


def create_root(file: PoolFile, base: int) -> Root:
    """Make `file`, empty or nearly so, an empty pool: its generation 0, which is returned and durable."""
    root = Root(0, base)
    file.truncate(_HEADER)
    write_root(file, root)
    file.sync()
    write_root_copy(file, root)
    return root


def write_root(file: PoolFile, root: Root) -> None:
    """Write the first copy of `root`; once that is synced it is the last commit."""
    slot = 2 * (root.generation % 2)
    file.write(slot * PAGE, root.pack(slot))


def write_root_copy(file: PoolFile, root: Root) -> None:
    """Write the second copy of the last commit's root; the next sync makes it durable early enough."""
    slot = 2 * (root.generation % 2) + 1
    file.write(slot * PAGE, root.pack(slot))
