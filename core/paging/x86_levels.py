"""Levels of x86's page tables: 4- and 5-level paging, PAE, and 32-bit paging.

Source: Intel SDM volume 3A, chapter Paging (4; 5 since the edition of December 2023), sections 3 (32-bit),
4 (PAE), 5 (4-level and 5-level: formats of all entries), 6 (access rights: R/W, U/S and XD count if they
hold at every level), 7 (reserved bits fault), 8 (accessed and dirty), 9 (memory types: the leaf's PAT, PCD
and PWT choose a field of IA32_PAT), 10 (global pages). Named as there.
"""

from __future__ import annotations

from typing import NamedTuple

from . import rights
from .entries import ABSENT_ENTRY, RESERVED, BitField, EntryKind, EntryMeaning, TableLevel, malformed

PRESENT, READ_WRITE, USER_SUPERVISOR, PWT, PCD, ACCESSED, DIRTY, PAGE_SIZE, GLOBAL = (
    1 << n for n in range(9)
)
NO_EXECUTE = 1 << 63
_LARGE_PAT = 1 << 12
_COMMON = tuple(BitField(name, n) for n, name in enumerate(("P", "R/W", "U/S", "PWT", "PCD", "A")))
_XD = BitField("XD", 63)
_TABLE_FIELDS = (*_COMMON, _XD)
_PAGE_FIELDS = (
    *_COMMON,
    BitField("D", 6),
    BitField("PAT", 7),
    BitField("G", 8),
    BitField("PKEY", 59, 4),
    _XD,
)
_LARGE_FIELDS = (
    *_COMMON,
    BitField("D", 6),
    BitField("PS", 7),
    BitField("G", 8),
    BitField("PAT", 12),
    BitField("PKEY", 59, 4),
    _XD,
)
_PDPTE_PAE_FIELDS = tuple(one for one in _COMMON if one.name in {"P", "PWT", "PCD"})


class X86Features(NamedTuple):
    """What entries may mean: EFER.NXE, CR4.PGE, CR4.PSE, MAXPHYADDR, and whether there are 1 GiB pages."""

    no_execute: bool = True
    global_pages: bool = True
    large_pages: bool = True
    physical_bits: int = 52
    huge_pages: bool = True


def bits(low: int, high: int) -> int:
    """Return a mask of the bits `low` to `high`, both included; 0 if there are none."""
    return (1 << high + 1) - (1 << low) if low <= high else 0


class X86Level(TableLevel):
    """A level whose entries point to tables, map pages (`can_map`), or either by their PS bit."""

    def __init__(
        self,
        name: str,
        shift: int,
        below: TableLevel | None,
        features: X86Features,
        *,
        entries: int = 512,
        can_map: bool = True,
        reserved: int = 0,
        reserved_page: int = 0,
    ) -> None:
        """Take what is reserved in every entry, and what also is in those that map a large page."""
        self._frame = bits(12, features.physical_bits - 1)
        super().__init__(name, shift, entries, self._frame & -(1 << shift) if can_map else self._frame, below)
        self._features, self._can_map = features, can_map
        self._reserved, self._reserved_page = reserved, reserved_page

    def meaning(self, flags: int) -> EntryMeaning:
        """Return what an entry says."""
        if not flags & PRESENT:
            return ABSENT_ENTRY
        is_large = bool(self.below and self._can_map and flags & PAGE_SIZE)
        if flags & (self._reserved | (self._reserved_page if is_large else 0)):
            return malformed(RESERVED)
        if self.below and not is_large:
            return EntryMeaning(EntryKind.TABLE, keep=self._kept(flags))
        return self._page_meaning(flags, _LARGE_PAT if is_large else PAGE_SIZE)

    def _page_meaning(self, flags: int, pat: int) -> EntryMeaning:
        found = (rights.USER | rights.SUPERVISOR) & self._kept(flags)
        if flags & GLOBAL and self._features.global_pages:
            found |= rights.GLOBAL
        index = (4 if flags & pat else 0) + (2 if flags & PCD else 0) + (1 if flags & PWT else 0)
        found |= index << rights.TYPE_SHIFT
        touched = bool(flags & ACCESSED), bool(flags & DIRTY)
        return EntryMeaning(EntryKind.PAGE, found, rights.EVERYTHING, 1 << self.shift, *touched)

    def _kept(self, flags: int) -> int:
        keep = rights.EVERYTHING
        if not flags & READ_WRITE:
            keep &= ~rights.WRITE
        if not flags & USER_SUPERVISOR:
            keep &= ~rights.USER
        if flags & NO_EXECUTE:  # where EFER.NXE is clear it is reserved, and not seen here
            keep &= ~rights.EXEC
        return keep

    def address(self, entry: int) -> int:
        """Return the address in an entry."""
        return entry & self._frame

    def fields(self, meaning: EntryMeaning) -> tuple[BitField, ...]:
        """Return the fields of an entry."""
        if meaning.kind is EntryKind.PAGE:
            return _LARGE_FIELDS if self.below else _PAGE_FIELDS
        return (*_TABLE_FIELDS[:-1], BitField("PS", 7), _XD) if self.below else _PAGE_FIELDS


class PaePointerLevel(X86Level):
    """The four entries of a PAE page-directory-pointer table, which have no rights of their own.

    A processor has loaded them into registers when CR3 was written: the table may have changed since (4.1).
    """

    def _kept(self, _flags: int) -> int:
        return rights.EVERYTHING

    def fields(self, _meaning: EntryMeaning) -> tuple[BitField, ...]:
        """Return the fields of an entry."""
        return _PDPTE_PAE_FIELDS


class NarrowDirectory(X86Level):
    """The page directory of 32-bit paging: its 4 MiB pages may lie above 4 GiB (PSE-36, table 4-4)."""

    entry_size = 4

    def page(self, entry: int, size: int) -> int:
        """Return where a page begins."""
        return entry & bits(22, 31) & -size | (entry >> 13 & 0xFF) << 32


class NarrowTable(X86Level):
    """The page table of 32-bit paging."""

    entry_size = 4


def wide_levels(levels: int, features: X86Features) -> TableLevel:
    """Return the first of four or five levels."""
    high = bits(features.physical_bits, 51) | (0 if features.no_execute else NO_EXECUTE)
    no_huge = 0 if features.huge_pages else PAGE_SIZE
    level = X86Level("PTE", 12, None, features, reserved=high)
    level = X86Level("PDE", 21, level, features, reserved=high, reserved_page=bits(13, 20))
    level = X86Level("PDPTE", 30, level, features, reserved=high | no_huge, reserved_page=bits(13, 29))
    for name, shift in (("PML4E", 39), ("PML5E", 48))[: levels - 3]:
        level = X86Level(name, shift, level, features, can_map=False, reserved=high | PAGE_SIZE)
    return level


def pae_levels(features: X86Features) -> TableLevel:
    """Return the first of PAE's three levels."""
    high = bits(features.physical_bits, 62)
    rest = high | (0 if features.no_execute else NO_EXECUTE)
    level = X86Level("PTE", 12, None, features, reserved=rest)
    level = X86Level("PDE", 21, level, features, reserved=rest, reserved_page=bits(13, 20))
    reserved = high | NO_EXECUTE | bits(1, 2) | bits(5, 8)
    return PaePointerLevel("PDPTE", 30, level, features, entries=4, can_map=False, reserved=reserved)


def narrow_levels(features: X86Features) -> TableLevel:
    """Return the first of two levels of 32-bit paging; large pages lie where MAXPHYADDR allows (PSE-36)."""
    narrow = features._replace(physical_bits=32)
    level = NarrowTable("PTE", 12, None, narrow, entries=1024)
    reserved = bits(min(features.physical_bits, 40) - 19, 21)
    large = features.large_pages
    return NarrowDirectory("PDE", 22, level, narrow, entries=1024, can_map=large, reserved_page=reserved)
