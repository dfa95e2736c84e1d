"""Which addresses are mapped, for readers that must never touch others."""

from __future__ import annotations

from collections.abc import Sequence

from ...maps.area import Area
from ...ports.areas import AreaLister
from ...range_set import RangeSet
from .query import ProcfsLocator


class MappedRanges:
    """Finds how far memory is mapped from an address on.

    The list is cached, and asked for again only for an address that isn't in it: reading an area that has
    gone fails by itself, while a new one would be missed. Safe in threads.
    """

    def __init__(self, lister: AreaLister, locator: ProcfsLocator | None = None) -> None:
        self._lister = lister
        self._locator = locator
        self._known = RangeSet()
        self._listed: Sequence[Area] | None = None

    def run_end(self, address: int, end: int) -> int:
        """Return the first address from `address` to `end` that isn't mapped, `end` if all are.

        Raise SourceDenied or SourceError if the areas can't be read.
        """
        reached = self._known_until(address, end)
        if reached == end or (self._locator is not None and self._locator.area_at(reached) is None):
            return reached
        listed = self._lister.areas()
        if listed is self._listed:
            return reached
        self._known, self._listed = RangeSet(area.range for area in listed), listed
        return self._known_until(address, end)

    def next_mapped(self, address: int) -> int:
        """Return where memory is mapped next, by now: where a read fails, an area may have gone.

        Without a kernel that tells that quickly, it is the address itself.
        """
        return address if self._locator is None else self._locator.next_mapped(address)

    def _known_until(self, address: int, end: int) -> int:
        first = next(self._known.within(address, end), None)
        return first.end if first is not None and first.start == address else address
