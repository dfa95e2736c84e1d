"""How much memory a pool's open areas take: what nobody looks at is let go when it is too much."""

from __future__ import annotations

import os
from typing import Union

from .layout import PAGE
from .region import Region
from .span import LargeBlock
from .units import Units

Owner = Union[Region, LargeBlock]

# What an open area costs at least, the kernel's own book-keeping included.
_OVERHEAD = 32 << 10
# How much large blocks may take: they are mapped, or filled once and put into the file.
_SPAN_LIMIT = 256 << 20
# Small blocks are used here and there, so their regions stay in memory as long as there is enough of it.
_PART_OF_MEMORY = 4


class OpenAreas:
    """The open areas of one kind, the longest open first. `limit` is how many bytes they may take.

    `spill`: areas that were written to are put into the file when it is too much, which is no commit.
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
        """About how much memory the open areas take."""
        return self._bytes

    def admit(self, owner: Owner) -> None:
        """Notes that an area is about to be opened, and makes room first if need be."""
        if self._bytes >= self._bound:
            self._shrink()
        if owner.unit not in self._open:
            self._open[owner.unit] = owner
            self._bytes += _cost(owner)

    def forget(self, owner: Owner) -> None:
        """The area is gone."""
        if self._open.pop(owner.unit, None) is not None:
            self._bytes -= _cost(owner)

    def tally(self) -> None:
        """Counts anew what is open."""
        self._open = {unit: owner for unit, owner in self._open.items() if owner.memory is not None}
        self._bytes = sum(map(_cost, self._open.values()))
        self._bound = max(self._limit, self._bytes)

    def _shrink(self) -> None:
        """Lets the older half go, as far as it can be let go."""
        too_much = self._bytes - self._limit // 2
        for owner in list(self._open.values()):
            if too_much <= 0:
                break
            if owner.dirty and self._spill:
                put_owner(owner, self._units)
            if not owner.dirty and owner.close():
                too_much -= _cost(owner)
        self.tally()
        # What is left can't be let go, so looking again soon would be in vain.
        self._bound = max(self._limit, self._bytes * 3 // 2)


def default_limit(kind: type[Owner]) -> int:
    """How many bytes areas of a kind may take on this machine."""
    if kind is LargeBlock:
        return _SPAN_LIMIT
    return max(_SPAN_LIMIT, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // _PART_OF_MEMORY)


def _cost(owner: Owner) -> int:
    return owner.count * PAGE + _OVERHEAD


def put_owner(owner: Owner, units: Units) -> None:
    """Puts what changed of an area into the file. A region without blocks is the heap's to free."""
    if isinstance(owner, LargeBlock):
        owner.put()
    elif not owner.empty:
        owner.put(units)
    owner.settle()
