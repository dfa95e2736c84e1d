"""The blocks of the memory that is searched: the process's are kept for a stop, an image has its own."""

from __future__ import annotations

from collections.abc import Sequence

from ...blocks.allocators import blocks_of
from ...blocks.table import Blocks
from ...inferior import Inferior
from ..shell.blocks import blocks_now
from ..shell.context import Context


def blocks_in(context: Context, inferior: Inferior) -> Sequence[Blocks]:
    """Return the blocks of each allocator of the inferior, or of an image in its place. Raise Interrupted."""
    return blocks_now(context) if inferior is context.inferior else blocks_of(inferior, context.watch)
