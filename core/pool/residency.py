"""How much memory a pool's open areas take: what nobody looks at is let go when it is too much."""

from __future__ import annotations

from typing import Union

from .layout import PAGE
from .region import Region
from .span import Span
from .units import Units

Owner = Union[Region, Span]

RESIDENT_LIMIT = 256 << 20
# What an open area costs at least, the kernel's own book-keeping included.
_OVERHEAD = 32 << 10


class Residency:
    """The open areas of one heap, the longest open first. `limit` is how many bytes they may take.

    `spill`: areas that were written to are put into the file when it is too much, which is no commit.
    """

    def __init__(self, units: Units, *, spill: bool, limit: int = RESIDENT_LIMIT) -> None:
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
            self.shrink()
        if owner.unit not in self._open:
            self._open[owner.unit] = owner
            self._bytes += owner.count * PAGE + _OVERHEAD

    def forget(self, owner: Owner) -> None:
        """The area is gone."""
        self._open.pop(owner.unit, None)

    def shrink(self) -> None:
        """Lets go what can be let go."""
        for owner in self._open.values():
            if owner.dirty and self._spill:
                put_owner(owner, self._units)
            if not owner.dirty:
                owner.close()
        self.tally()
        # What is left can't be let go, so looking again soon would be in vain.
        self._bound = max(self._limit, 2 * self._bytes)

    def tally(self) -> None:
        """Counts anew what is open."""
        self._open = {unit: owner for unit, owner in self._open.items() if owner.memory is not None}
        self._bytes = sum(owner.count * PAGE + _OVERHEAD for owner in self._open.values())
        self._bound = max(self._limit, self._bytes)


def put_owner(owner: Owner, units: Units) -> None:
    """Puts what changed of an area into the file. A region without blocks is the heap's to free."""
    if isinstance(owner, Span):
        owner.put()
    elif not owner.empty:
        owner.put(units)
    owner.settle()
