"""RISC-V's address spaces: Sv39, Sv48 and Sv57, with Svnapot and Svpbmt.

Source: RISC-V Instruction Set Manual, volume II, Privileged Architecture, chapter Supervisor-Level ISA
(4.1.11 satp, 4.3.2 Virtual Address Translation Process, 4.4 to 4.6, as numbered in the version of 2021),
and the chapters Svnapot, Svpbmt and Svrsw60t59b. Bits are named as there.
"""

from __future__ import annotations

from ..errors import InvalidArgument
from . import rights
from .address_space import AddressSpace, halves
from .entries import (
    ABSENT_ENTRY,
    ENCODING,
    MISALIGNED,
    RESERVED,
    BitField,
    EntryKind,
    EntryMeaning,
    TableLevel,
    malformed,
)
from .registers import as_register

VALID, READ, WRITE, EXECUTE, USER, GLOBAL, ACCESSED, DIRTY = (1 << n for n in range(8))
_RWX = READ | WRITE | EXECUTE
_PPN_LOW, _PPN_MASK = 10, (1 << 44) - 1
_FRAME = _PPN_MASK << _PPN_LOW
_PBMT_LOW, _PBMT, _NAPOT = 61, 3 << 61, 1 << 63
_SOFTWARE = 3 << 59  # reserved without Svrsw60t59b
_RESERVED = 0x7F << 54
_NAPOT_SIZE, _NAPOT_ENCODING = 1 << 16, 0b1000  # the only size that is defined
_FIELDS = (
    *(BitField(name, n) for n, name in enumerate("VRWXUGAD")),
    BitField("RSW", 8, 2),
    BitField("PBMT", 61, 2),
    BitField("N", 63),
)
_MEMORY_TYPES = ("PMA", "NC", "IO", "reserved")
_MODES = {8: ("Sv39", 3), 9: ("Sv48", 4), 10: ("Sv57", 5)}


class RiscvLevel(TableLevel):
    """A level of page-table entries."""

    def __init__(self, number: int, below: TableLevel | None, reserved: int) -> None:
        """Take the level's number as in the manual, 0 the last, and the bits that no entry may have."""
        shift = 12 + 9 * number
        # What must be zero in a superpage, or says its size, isn't mere address.
        unused = (1 << (9 * number if number else 4)) - 1 << _PPN_LOW
        super().__init__(f"level {number}", shift, 512, _FRAME & ~unused, below)
        self._reserved, self._unused = reserved, unused

    def meaning(self, flags: int) -> EntryMeaning:
        """Return what an entry says."""
        if not flags & VALID:
            return ABSENT_ENTRY
        if flags & self._reserved or flags & _PBMT == _PBMT:
            return malformed(RESERVED)
        if flags & (READ | WRITE) == WRITE:
            return malformed(ENCODING)
        return self._page(flags) if flags & _RWX else self._table(flags)

    def _table(self, flags: int) -> EntryMeaning:
        if self.below is None:
            return malformed(ENCODING)
        if flags & (USER | ACCESSED | DIRTY | _PBMT | _NAPOT):
            return malformed(RESERVED)
        return EntryMeaning(EntryKind.TABLE, rights.GLOBAL if flags & GLOBAL else 0)

    def _page(self, flags: int) -> EntryMeaning:
        size, low = 1 << self.shift, flags & self._unused
        if self.below:
            if flags & _NAPOT:
                return malformed(RESERVED)
            if low:
                return malformed(MISALIGNED)
        elif flags & _NAPOT:
            if low >> _PPN_LOW != _NAPOT_ENCODING:
                return malformed(ENCODING)
            size = _NAPOT_SIZE
        touched = bool(flags & ACCESSED), bool(flags & DIRTY)
        return EntryMeaning(EntryKind.PAGE, self._rights(flags), rights.EVERYTHING, size, *touched)

    def _rights(self, flags: int) -> int:
        kinds = flags >> 1 & 7  # R, W and X in Protection's order
        # The supervisor never executes a user's page; it reads and writes it where SUM is set (4.1.1.2).
        found = kinds << 3 if not flags & USER else kinds | (kinds << 3 & ~rights.SUPERVISOR_EXEC)
        found |= rights.GLOBAL if flags & GLOBAL else 0
        return found | (flags >> _PBMT_LOW & 3) << rights.TYPE_SHIFT

    def address(self, entry: int) -> int:
        """Return the address in an entry."""
        return (entry >> _PPN_LOW & _PPN_MASK) << 12

    def fields(self, _meaning: EntryMeaning) -> tuple[BitField, ...]:
        """Return the fields of an entry."""
        return _FIELDS


def riscv_space(
    satp: int, *, svnapot: bool = True, svpbmt: bool = True, svrsw60t59b: bool = False
) -> AddressSpace | None:
    """Return the address space of a value of satp (RV64); None: nothing is translated (Bare).

    The others say which extensions the processor has: without one, its bits are reserved. Raise
    InvalidArgument for a mode that isn't Sv39, Sv48 or Sv57.
    """
    satp = as_register(satp)
    mode = satp >> 60
    if mode == 0:
        return None
    if mode not in _MODES:
        raise InvalidArgument(f"mode {mode} of satp is not known", hint="8 to 10: Sv39, Sv48, Sv57")
    name, levels = _MODES[mode]
    reserved = _RESERVED | (0 if svnapot else _NAPOT) | (0 if svpbmt else _PBMT) | _SOFTWARE
    if svrsw60t59b:
        reserved &= ~_SOFTWARE
    level: TableLevel | None = None
    for number in range(levels):
        level = RiscvLevel(number, level, reserved)
    assert level is not None
    regions = halves((satp & _PPN_MASK) << 12, level)
    return AddressSpace(f"RISC-V {name}", regions, lambda bits: bits, _MEMORY_TYPES)
