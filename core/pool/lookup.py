"""Lookups by address: the area that it lies in, and the block that begins there."""

from __future__ import annotations

from ..errors import BlockError, InvalidArgument
from .bins import KEY_BITS, Bins
from .layout import PAGE_BITS, UNIT, UNIT_BITS
from .region import Region, load_chunks
from .residency import Owner
from .span import LargeBlock
from .store import PageFile
from .units import HEAP, INSIDE, LARGE, Units


class Directory:
    """The areas of one heap, loaded on first use; the free chunks of each are added to `bins`."""

    def __init__(self, store: PageFile, units: Units, base: int, bins: Bins) -> None:
        self.owners: dict[int, Owner] = {}
        self._store = store
        self._units = units
        self._base = base
        self._bins = bins

    def owner(self, unit: int) -> Owner | None:
        """Return the area that begins in a unit, None if none does.

        Raises `PoolCorrupt` if its table is damaged.
        """
        found = self.owners.get(unit)
        if found is None:
            entry = self._units.get(unit)
            if entry.kind == HEAP:
                found = self.owners[unit] = Region(self._store, unit, load_chunks(self._store, unit))
                for offset, length in found.chunks.free():
                    self._bins.add(unit << KEY_BITS | offset >> 3, length)
            elif entry.kind == LARGE:
                found = self.owners[unit] = LargeBlock(self._store, unit, entry.lead, entry.value)
        return found

    def block(self, address: int) -> tuple[Owner, int, int]:
        """Return (area, offset in it, size) of the block that begins at `address`.

        Raises `BlockError` if none does, `InvalidArgument` if it is not an address, `PoolCorrupt` if a table
        is damaged.
        """
        try:
            offset = address - self._base
            found = self.owners.get(offset >> UNIT_BITS) or self.owner(offset >> UNIT_BITS)
        except TypeError as error:
            raise InvalidArgument(f"not an address: {address!r}") from error
        if isinstance(found, Region):
            offset &= UNIT - 1
            size = found.chunks.size_at(offset)
            if size is not None:
                return found, offset, size
        elif found is not None and offset == found.first << PAGE_BITS:
            return found, 0, found.size
        raise BlockError(address, self._reason(address))

    def _reason(self, address: int) -> str:
        offset = address - self._base
        end = self._units.end << UNIT_BITS
        if not 0 <= offset < end:
            return f"{address:#x} is not in this pool, {self._base:#x}..{self._base + end:#x}"
        unit = offset >> UNIT_BITS
        entry = self._units.get(unit)
        if entry.kind == INSIDE:
            unit -= entry.value
        found = self.owner(unit)
        if isinstance(found, Region):
            start, size = found.chunks.around(offset & (UNIT - 1))
            start += unit << UNIT_BITS
        elif found is not None:
            start, size = found.first << PAGE_BITS, found.size
        if found is None or size is None or offset < start:
            return f"no live block begins at {address:#x}: it was freed already, or never allocated"
        return f"{address:#x} lies inside the block of {size} bytes at {self._base + start:#x}"
