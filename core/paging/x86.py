"""x86's address spaces, by the control registers.

Source: Intel SDM volume 3A, chapter Paging, sections 1.1 (which paging mode), 3 to 5 (what CR3 holds), 9.2
(IA32_PAT), and 2.5 of its chapter on system architecture (control registers).
"""

from __future__ import annotations

from ..errors import InvalidArgument
from ..integers import as_integer
from . import rights
from .address_space import AddressSpace, PagedRegion, halves
from .registers import as_register
from .x86_levels import X86Features, bits, narrow_levels, pae_levels, wide_levels

CR0_WP, CR0_PG = 1 << 16, 1 << 31
CR4_PSE, CR4_PAE, CR4_PGE, CR4_LA57 = 1 << 4, 1 << 5, 1 << 7, 1 << 12
EFER_LMA, EFER_NXE = 1 << 10, 1 << 11
# What 64-bit systems run with.
_CR0, _CR4, _EFER = CR0_PG | CR0_WP, CR4_PAE | CR4_PGE, EFER_LMA | EFER_NXE
_MOST_PHYSICAL_BITS = 52
_FOUR_GIB = 1 << 32
# IA32_PAT's encodings, table 4-10 (5-10); the others are reserved.
_PAT_TYPES = {0: "UC", 1: "WC", 4: "WT", 5: "WP", 6: "WB", 7: "UC-"}


def x86_space(
    cr3: int,
    *,
    cr0: int = _CR0,
    cr4: int = _CR4,
    efer: int = _EFER,
    physical_bits: int = _MOST_PHYSICAL_BITS,
    pat: int | None = None,
    huge_pages: bool = True,
) -> AddressSpace | None:
    """Return the address space of these registers; None: paging is off (CR0.PG).

    By themselves they are those of a 64-bit system with four levels. `physical_bits` is MAXPHYADDR (32 to
    52), `pat` the value of IA32_PAT, `huge_pages` whether the processor has 1 GiB pages. What CR3 has beside
    the address (PCID, LAM) is left aside. Raise InvalidArgument for values that no register holds.
    """
    cr0, cr3, cr4, efer = (as_register(value) for value in (cr0, cr3, cr4, efer))
    width = as_integer(physical_bits)
    if not 32 <= width <= _MOST_PHYSICAL_BITS:
        raise InvalidArgument(f"{width} is no number of physical address bits", hint="32 to 52")
    features = X86Features(
        bool(efer & EFER_NXE), bool(cr4 & CR4_PGE), bool(cr4 & CR4_PSE), width, bool(huge_pages)
    )
    if not cr0 & CR0_PG:
        return None
    name, regions = _mode(cr3, cr4, efer, features)
    rule = _as_joined if cr0 & CR0_WP else _without_write_protect
    return AddressSpace(name, regions, rule, pat_types(pat))


def _mode(cr3: int, cr4: int, efer: int, features: X86Features) -> tuple[str, tuple[PagedRegion, ...]]:
    if efer & EFER_LMA:
        levels = 5 if cr4 & CR4_LA57 else 4
        return f"x86-64, {levels} levels", halves(cr3 & bits(12, 51), wide_levels(levels, features))
    if cr4 & CR4_PAE:
        return "x86, PAE", (PagedRegion(0, _FOUR_GIB, cr3 & bits(5, 31), pae_levels(features)),)
    return "x86, 32-bit", (PagedRegion(0, _FOUR_GIB, cr3 & bits(12, 31), narrow_levels(features)),)


def pat_types(pat: int | None) -> tuple[str, ...]:
    """Return the memory type of each PAT entry, as in the manual; its entry's name if `pat` is None."""
    if pat is None:
        return tuple(f"PA{n}" for n in range(8))
    values = (as_register(pat) >> 8 * n & 0xFF for n in range(8))
    return tuple(_PAT_TYPES.get(value, f"reserved {value:#x}") for value in values)


def _as_joined(bits_: int) -> int:
    return bits_


def _without_write_protect(bits_: int) -> int:
    # CR0.WP clear: the supervisor may write whatever it may read (4.6.1).
    return bits_ | rights.SUPERVISOR_WRITE
