"""A block of an allocator, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

# States of blocks, as bytes in `BlockTable.states`. All but the first two are free; OWN is in use by the
# allocator itself.
USED, OWN, FREE, CACHED, TOP = range(5)
STATE_NAMES = ("used", "allocator's own", "free", "free, cached", "free, top")


class HeapBlock(NamedTuple):
    """A block: what the program may use of it, `start` to `end`, whether it does, and its arena's number.

    `state` is one of USED, OWN, FREE, CACHED and TOP. `is_guessed` says that only its looks tell of it.
    """

    start: int
    end: int
    state: int
    arena: int
    is_guessed: bool = False

    @property
    def size(self) -> int:
        """Bytes that the program may use, as malloc_usable_size(3) counts them."""
        return self.end - self.start

    @property
    def is_used(self) -> bool:
        """Whether it is in use."""
        return self.state in (USED, OWN)

    def __repr__(self) -> str:
        return f"HeapBlock({self.start:#x}, {self.end:#x}, {STATE_NAMES[self.state]}, arena {self.arena})"


class Problem(NamedTuple):
    """Where an allocator's structures are not as they should be, and how: what was expected there."""

    address: int
    text: str

    def __repr__(self) -> str:
        return f"Problem({self.address:#x}, {self.text!r})"


class BlockTotal(NamedTuple):
    """How many blocks, and the bytes in them that the program may use."""

    blocks: int = 0
    bytes: int = 0

    def without(self, part: BlockTotal) -> BlockTotal:
        """Return what is left without a part of it."""
        return BlockTotal(self.blocks - part.blocks, self.bytes - part.bytes)

    @classmethod
    def of(cls, totals: Iterable[BlockTotal]) -> BlockTotal:
        """Return the sum of several."""
        found = list(totals)
        return cls(sum(one.blocks for one in found), sum(one.bytes for one in found))
