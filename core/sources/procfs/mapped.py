"""Which addresses are mapped, for readers that must never touch others."""

from __future__ import annotations

from ...ports.areas import AreaLister, AreaLocator
from ...range_set import RangeSet


class MappedRanges:
    """Finds how far memory is mapped from an address on.

    The list is cached, and read again only for an address that isn't in it: reading an area that has gone
    fails by itself, while a new one would be missed. Safe in threads.
    """

    def __init__(self, lister: AreaLister, locator: AreaLocator | None = None) -> None:
        self._lister = lister
        self._locator = locator
        self._known = RangeSet()

    def run_end(self, address: int, end: int) -> int:
        """Return the first address from `address` to `end` that isn't mapped, `end` if all are.

        Raise SourceDenied or SourceError if the areas can't be read.
        """
        reached = self._known_until(address, end)
        if reached == end or (self._locator is not None and self._locator.area_at(reached) is None):
            return reached
        self._known = RangeSet(area.range for area in self._lister.areas())
        return self._known_until(address, end)

    def _known_until(self, address: int, end: int) -> int:
        first = next(self._known.within(address, end), None)
        return first.end if first is not None and first.start == address else address
