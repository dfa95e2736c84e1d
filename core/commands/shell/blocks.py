"""The blocks of the inferior's allocators, for commands: found once a stop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ...blocks.allocators import ALLOCATORS, blocks_of
from ...blocks.block import STATE_NAMES, HeapBlock
from ...blocks.table import Blocks
from ...maps.area import Area
from ...render.fields import counted, hexadecimal
from .context import Context
from .history import BlocksThen

# Kinds of areas that allocators have blocks in.
KINDS = ("anon", "heap")
# What is said where no allocator is found: which were looked for.
NONE_FOUND = f"no allocator's structures were found; known: {', '.join(one.name for one in ALLOCATORS)}"


class PlacedBlock(NamedTuple):
    """A block, and those that it is one of; None where an allocator's region has no block: its own data."""

    block: HeapBlock | None
    blocks: Blocks

    def json(self) -> dict[str, Any] | None:
        """Return the block as documents have it."""
        block = self.block
        return block and {
            "start": hexadecimal(block.start),
            "size": block.size,
            "used": block.is_used,
            "state": STATE_NAMES[block.state],
            "allocator": self.blocks.allocator,
            "arena": self.blocks.arenas[block.arena].text,
            "guessed": block.is_guessed,
        }

    def json_at(self, address: int) -> dict[str, Any] | None:
        """Return the block as documents have it, with how far into it an address lies."""
        found = self.json()
        return found and self.block and {**found, "offset": address - self.block.start}

    def __str__(self) -> str:
        block, whose = self.block, self.blocks.allocator
        if block is None:
            return f"data of {whose}'s own, such as a block's header"
        state = STATE_NAMES[block.state] + (", by its looks" if block.is_guessed else "")
        size, arena = counted(block.size, "byte"), self.blocks.arenas[block.arena].text
        return f"block of {size} at {block.start:#x}, {state} ({whose}, {arena})"


def may_have_blocks(area: Area | None) -> bool:
    """Return whether an allocator may have blocks there: to know them costs a walk over all of them."""
    return area is not None and area.kind in KINDS


def block_in(found: Iterable[Blocks], address: int) -> PlacedBlock | None:
    """Return the block that an address lies in; None if no allocator explains it."""
    for blocks in found:
        if blocks.region_at(address) is not None:
            return PlacedBlock(blocks.at(address), blocks)
    return None


def blocks_now(context: Context) -> Sequence[Blocks]:
    """Return the blocks of each allocator of the inferior, as they are now; none if none is found.

    They are kept while the inferior's clock stands still. Raise Interrupted.
    """
    inferior = context.process
    remembered, now = context.session.history.of(inferior), inferior.target.clock.now()
    known = remembered.blocks
    if known is None or known.clock != now:
        remembered.blocks = None  # two would take twice the memory
        known = remembered.blocks = BlocksThen(now, blocks_of(inferior, context.watch))
    return known.found
