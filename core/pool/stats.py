"""What a pool reports about itself: figures, and a trace of its operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .heap import Heap
from .layout import PAGE
from .store import PageFile


class PoolStats(NamedTuple):
    """Figures of one pool (mmstats), in bytes where they aren't counts.

    `blocks` and `live_bytes` are what is allocated now, committed or not. `file_bytes` is the file's
    size, `used_bytes` what the pool uses of it, its own tables included, `free_bytes` the rest.
    `address_bytes` is how much of the pool's address space was ever in use, `open_bytes` how much of it
    this process has in memory. `generation` is the number of the last commit, `uncommitted` whether
    anything changed since.
    """

    blocks: int
    live_bytes: int
    file_bytes: int
    used_bytes: int
    free_bytes: int
    address_bytes: int
    open_bytes: int
    generation: int
    uncommitted: bool


class TraceEvent(NamedTuple):
    """One operation that succeeded (mmtrace). `old` is where a block was before `realloc`, else 0."""

    operation: str
    address: int
    size: int
    old: int = 0

    def __repr__(self) -> str:
        moved = f" from {self.old:#x}" if self.old else ""
        return f"TraceEvent({self.operation} {self.address:#x} {self.size:#x}{moved})"


Trace = Callable[[TraceEvent], object]


def gather(store: PageFile, heap: Heap, *, uncommitted: bool) -> PoolStats:
    """Return the figures of a pool."""
    file_bytes, used = store.file.size(), store.space.used * PAGE
    return PoolStats(
        blocks=heap.blocks,
        live_bytes=heap.live_bytes,
        file_bytes=file_bytes,
        used_bytes=used,
        free_bytes=max(0, file_bytes - used),
        address_bytes=heap.units.address_bytes,
        open_bytes=heap.open_bytes,
        generation=store.root.generation,
        uncommitted=uncommitted,
    )
