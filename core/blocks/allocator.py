"""What an allocator must be able to do: one entry of the list in `allocators.py`."""

from __future__ import annotations

from typing import Protocol

from ..inferior import Inferior
from ..watch import Watch
from .table import Blocks


class Allocator(Protocol):
    """Knows the structures of one allocator."""

    @property
    def name(self) -> str:
        """What it is called."""

    def blocks(self, inferior: Inferior, watch: Watch) -> Blocks | None:
        """Return the blocks that it explains, or None if its structures aren't in this memory.

        It reads memory only, and touches nothing. Raise Interrupted if the watch says so, SourceError if the
        inferior is gone.
        """
