"""What is mapped, for readers that must ask for nothing else."""

from __future__ import annotations

from ...ports import AreaLister, AreaLocator
from ...range_set import RangeSet


class MappedRanges:
    """Tells how far from an address on memory is mapped.

    The list is kept, and looked at again only for an address that wasn't in it: an area that has gone
    since refuses to be read by itself, while one that is new would be missed. Safe in threads.
    """

    def __init__(self, lister: AreaLister, locator: AreaLocator | None = None) -> None:
        self._lister = lister
        self._locator = locator
        self._known = RangeSet()

    def run_end(self, address: int, end: int) -> int:
        """Return the first address from `address` to `end` that isn't mapped, `end` if all are.

        Raises SourceDenied or SourceError when the areas can't be had.
        """
        reached = self._known_until(address, end)
        if reached == end or (self._locator is not None and self._locator.area_at(reached) is None):
            return reached
        self._known = RangeSet(area.range for area in self._lister.areas())
        return self._known_until(address, end)

    def _known_until(self, address: int, end: int) -> int:
        first = next(self._known.within(address, end), None)
        return first.end if first is not None and first.start == address else address
