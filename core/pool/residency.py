"""The memory of a pool's open areas: areas without views are closed when it exceeds a limit."""

from __future__ import annotations

import os
from typing import Union

from .layout import PAGE
from .region import Region
from .span import LargeBlock
from .units import Units

Owner = Union[Region, LargeBlock]

# The least cost of an open area, the kernel's own book-keeping included.
_OVERHEAD = 32 << 10
# The limit for large blocks: they are mapped, or filled once and written to the file.
_SPAN_LIMIT = 256 << 20
# Small blocks are accessed in no order, so their regions may take this part (1/4) of the memory.
_PART_OF_MEMORY = 4


class OpenAreas:
    """The open areas of one kind, the longest open first. `limit` is how many bytes they may take.

    `spill`: changed areas are written to the file when the limit is exceeded; this commits nothing.
    """

    def __init__(self, units: Units, limit: int, *, spill: bool) -> None:
        self._units = units
        self._spill = spill
        self._open: dict[int, Owner] = {}
        self._bytes = 0
        self._limit = limit
        self._bound = limit

    @property
    def open_bytes(self) -> int:
        """The approximate number of bytes of memory that the open areas take."""
        return self._bytes

    def admit(self, owner: Owner) -> None:
        """Note that an area is about to be opened; make room first if needed."""
        if self._bytes >= self._bound:
            self._shrink()
        if owner.unit not in self._open:
            self._open[owner.unit] = owner
            self._bytes += _cost(owner)

    def forget(self, owner: Owner) -> None:
        """Forget an area that is gone."""
        if self._open.pop(owner.unit, None) is not None:
            self._bytes -= _cost(owner)

    def tally(self) -> None:
        """Count anew what is open."""
        self._open = {unit: owner for unit, owner in self._open.items() if owner.memory is not None}
        self._bytes = sum(map(_cost, self._open.values()))
        self._bound = max(self._limit, self._bytes)

    def _shrink(self) -> None:
        """Close the older half, as far as it can be closed."""
        too_much = self._bytes - self._limit // 2
        for owner in list(self._open.values()):
            if too_much <= 0:
                break
            if owner.dirty and self._spill:
                put_owner(owner, self._units)
            if not owner.dirty and owner.close():
                too_much -= _cost(owner)
        self.tally()
        # What is left can't be closed, so trying again soon would be in vain.
        self._bound = max(self._limit, self._bytes * 3 // 2)


def default_limit(kind: type[Owner]) -> int:
    """Return how many bytes areas of a kind may take on this machine."""
    if kind is LargeBlock:
        return _SPAN_LIMIT
    return max(_SPAN_LIMIT, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _PART_OF_MEMORY)


def _cost(owner: Owner) -> int:
    return owner.count * PAGE + _OVERHEAD


def put_owner(owner: Owner, units: Units) -> None:
    """Write what changed of an area to the file. The heap, not this, frees a region without blocks."""
    if isinstance(owner, LargeBlock):
        owner.put()
    elif not owner.empty:
        owner.put(units)
    owner.settle()
