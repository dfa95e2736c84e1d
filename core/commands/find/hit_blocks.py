"""pt-find --blocks: the allocator's block that each hit lies in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...blocks.table import Blocks
from ...inferior import Inferior
from ...render.fields import BLANK, TEXT, TEXTS, Column
from ..shell.blocks import PlacedBlock, block_in, may_have_blocks
from ..shell.context import Context
from .rows import FoundHit, HitColumns
from .where_blocks import blocks_in

_WORDS = TEXT._replace(shrink=TEXTS)


class HitBlock(NamedTuple):
    """The block of a hit, and where the hit is."""

    address: int
    placed: PlacedBlock

    def json(self) -> dict[str, Any] | None:
        """Return it as documents have it; null in the allocator's own data."""
        return self.placed.json_at(self.address)

    def __str__(self) -> str:
        block = self.placed.block
        return str(self.placed) if block is None else f"+{self.address - block.start:#x} in a {self.placed}"


class HitBlocks:
    """Tells the blocks of hits."""

    def __init__(self, context: Context, inferior: Inferior) -> None:
        """Find the blocks: of the process those of this stop, of an image its own. Raise Interrupted."""
        self._blocks: Sequence[Blocks] = blocks_in(context, inferior)

    def added_to(self, others: HitColumns) -> HitColumns:
        """Return the fields and columns of a hit, with the block."""
        field = Column("block", _WORDS._replace(json=HitBlock.json, text=str), self.of)
        return HitColumns((*others.fields, field), (*others.columns, field))

    def of(self, hit: FoundHit) -> Any:
        """Return the block of a hit, BLANK where no allocator explains its place."""
        placed = block_in(self._blocks, hit.address) if may_have_blocks(hit.area) else None
        return BLANK if placed is None else HitBlock(hit.address, placed)
