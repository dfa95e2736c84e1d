"""Levels of AArch64's translation tables, stage 1 of the EL1&0 regime, with granules of 4, 16 and 64 KiB.

Source: Arm Architecture Reference Manual (DDI 0487), chapter D8, The AArch64 Virtual Memory System
Architecture: Translation process, Translation table descriptor formats (Block and Page, Table), Memory access
control (AP, UXN, PXN; the hierarchical APTable, UXNTable, PXNTable; what EL0 may write EL1 never executes),
Hardware updates to the translation tables (AF, DBM). Bits are named as there.
"""

from __future__ import annotations

from typing import NamedTuple

from ..byte_order import LITTLE, Endian
from . import rights
from .entries import (
    ABSENT_ENTRY,
    ENCODING,
    TOO_HIGH,
    BitField,
    EntryKind,
    EntryMeaning,
    TableLevel,
    malformed,
)

VALID, TABLE_OR_PAGE = 1, 2
AP1, AP2, ACCESS_FLAG, NOT_GLOBAL = 1 << 6, 1 << 7, 1 << 10, 1 << 11
DIRTY_MODIFIER, PXN, UXN = 1 << 51, 1 << 53, 1 << 54
PXN_TABLE, UXN_TABLE, AP_TABLE0, AP_TABLE1 = 1 << 59, 1 << 60, 1 << 61, 1 << 62
GRANULE_64K = 16
_LAST = 3
_TABLE_FIELDS = (
    BitField("Valid", 0),
    BitField("Table", 1),
    BitField("PXNTable", 59),
    BitField("UXNTable", 60),
    BitField("APTable", 61, 2),
    BitField("NSTable", 63),
)
_PAGE_FIELDS = (
    BitField("Valid", 0),
    BitField("Page", 1),
    BitField("AttrIndx", 2, 3),
    BitField("NS", 5),
    BitField("AP", 6, 2),
    BitField("SH", 8, 2),
    BitField("AF", 10),
    BitField("nG", 11),
    BitField("GP", 50),
    BitField("DBM", 51),
    BitField("Contiguous", 52),
    BitField("PXN", 53),
    BitField("UXN", 54),
)
_WIDE_FIELDS = tuple(one for one in _PAGE_FIELDS if one.name != "SH")


class Translation(NamedTuple):
    """What TCR_EL1 says of one half: bits of the granule, hierarchical rights, hardware's dirty state, sizes.

    `wide` is DS: with granules of 4 and 16 KiB addresses have 52 bits, of which two stand where SH is else.
    """

    granule: int
    hierarchical: bool = True
    hardware_dirty: bool = False
    physical_bits: int = 48
    wide: bool = False
    endian: Endian = LITTLE

    @property
    def block_levels(self) -> range:
        """The levels whose descriptors may be blocks (Translation table descriptor formats)."""
        largest = {12: 0 if self.wide else 1, 14: 1 if self.wide else 2, GRANULE_64K: 1}[self.granule]
        if self.granule == GRANULE_64K and self.physical_bits < 52:
            largest = 2
        return range(largest, _LAST)


class Aarch64Level(TableLevel):
    """A level of descriptors: number -1 to 3, as in the manual."""

    def __init__(self, number: int, entries: int, below: TableLevel | None, translation: Translation) -> None:
        shift = translation.granule + (_LAST - number) * (translation.granule - 3)
        self._translation, self._can_map = translation, number == _LAST or number in translation.block_levels
        # Bits 49:48 are address where DS is set; bits 51:48 (51:50 with DS) stand lower, and aren't in place.
        self._top = 50 if translation.wide and translation.granule != GRANULE_64K else 48
        self._frame = (1 << self._top) - (1 << translation.granule)
        sound = (1 << min(self._top, translation.physical_bits)) - 1
        mask = self._frame & sound & (-(1 << shift) if self._can_map else -1)
        super().__init__(f"level {number}", shift, entries, mask, below)
        self.endian = translation.endian

    def meaning(self, flags: int) -> EntryMeaning:
        """Return what a descriptor says."""
        if not flags & VALID:
            return ABSENT_ENTRY
        is_table = self.below is not None and bool(flags & TABLE_OR_PAGE)
        if not is_table and (not self._can_map or (self.below is None and not flags & TABLE_OR_PAGE)):
            return malformed(ENCODING)
        if self.address(flags) >> self._translation.physical_bits:
            return malformed(TOO_HIGH)
        if is_table:
            kept = self._kept(flags) if self._translation.hierarchical else rights.EVERYTHING
            return EntryMeaning(EntryKind.TABLE, keep=kept)
        return self._page(flags)

    @staticmethod
    def _kept(flags: int) -> int:
        keep = rights.EVERYTHING
        if flags & AP_TABLE0:
            keep &= ~(rights.USER_READ | rights.USER_WRITE)
        if flags & AP_TABLE1:
            keep &= ~rights.WRITE
        if flags & UXN_TABLE:
            keep &= ~rights.USER_EXEC
        if flags & PXN_TABLE:
            keep &= ~rights.SUPERVISOR_EXEC
        return keep

    def _page(self, flags: int) -> EntryMeaning:
        # With hardware's dirty state a page with DBM can be written: AP[2] says that it hasn't been yet.
        is_managed = self._translation.hardware_dirty and bool(flags & DIRTY_MODIFIER)
        found = rights.SUPERVISOR_READ | rights.EXEC
        if flags & AP1:
            found |= rights.USER_READ
        if not flags & AP2 or is_managed:
            found |= rights.WRITE if flags & AP1 else rights.SUPERVISOR_WRITE
        found &= ~(rights.USER_EXEC if flags & UXN else 0) & ~(rights.SUPERVISOR_EXEC if flags & PXN else 0)
        found |= 0 if flags & NOT_GLOBAL else rights.GLOBAL
        found |= (flags >> 2 & 7) << rights.TYPE_SHIFT
        is_dirty = is_managed and not flags & AP2
        accessed = bool(flags & ACCESS_FLAG)
        return EntryMeaning(EntryKind.PAGE, found, rights.EVERYTHING, 1 << self.shift, accessed, is_dirty)

    def address(self, entry: int) -> int:
        """Return the address in a descriptor."""
        found = entry & self._frame
        if self._translation.granule == GRANULE_64K:
            return found | (entry >> 12 & 0xF) << 48
        return found | (entry >> 8 & 3) << 50 if self._translation.wide else found

    def fields(self, meaning: EntryMeaning) -> tuple[BitField, ...]:
        """Return the fields of a descriptor."""
        if self.below is not None and meaning.kind is not EntryKind.PAGE:
            return _TABLE_FIELDS
        return (
            _WIDE_FIELDS
            if self._translation.wide and self._translation.granule != GRANULE_64K
            else _PAGE_FIELDS
        )


def table_levels(bits: int, translation: Translation) -> TableLevel:
    """Return the first level for addresses of so many bits, whose table may have fewer entries."""
    stride = translation.granule - 3
    count = -(-(bits - translation.granule) // stride)
    level: TableLevel | None = None
    for number in range(_LAST, _LAST - count, -1):
        above = _LAST - number
        left = bits - translation.granule - above * stride
        level = Aarch64Level(number, 1 << min(stride, left), level, translation)
    assert level is not None, "a region is larger than its granule"
    return level
