"""The allocators that are known, and the blocks that they explain."""

from __future__ import annotations

from ..inferior import Inferior
from ..watch import UNWATCHED, Watch
from .allocator import Allocator
from .glibc.malloc import GlibcMalloc
from .table import Blocks

# A program may have several: each explains its own memory.
ALLOCATORS: tuple[Allocator, ...] = (GlibcMalloc(),)


def blocks_of(inferior: Inferior, watch: Watch = UNWATCHED) -> list[Blocks]:
    """Return the blocks of each allocator that is found, which may be none.

    What no allocator explains has no blocks. Raise Interrupted, and SourceError if the inferior is gone.
    """
    with inferior.moment():
        found = (allocator.blocks(inferior, watch) for allocator in ALLOCATORS)
        return [blocks for blocks in found if blocks is not None]
