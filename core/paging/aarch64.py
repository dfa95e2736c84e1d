"""AArch64's address spaces, stage 1 of the EL1&0 regime, by the system registers.

Source: Arm Architecture Reference Manual (DDI 0487), chapter D8, Translation process, and in the chapter on
system registers TCR_EL1, TTBR0_EL1, TTBR1_EL1, SCTLR_EL1 and MAIR_EL1. Left out: the indirect permissions of
TCR2_EL1 (PIE), descriptors of 128 bits (D128), the other exception levels, and stage 2.
"""

from __future__ import annotations

from ..byte_order import BIG, LITTLE, Endian
from ..ranges import TOP
from . import rights
from .aarch64_levels import GRANULE_64K, Translation, table_levels
from .address_space import AddressSpace, PagedRegion
from .memory_attributes import mair_types
from .registers import as_register

_MMU, _WXN, _BIG_ENDIAN = 1 << 0, 1 << 19, 1 << 25
_HA, _HD, _DS = 1 << 39, 1 << 40, 1 << 59
_ADDRESS_SIZES = (32, 36, 40, 42, 44, 48, 52)  # IPS; 7 is of 128-bit descriptors
# TG0 and TG1 encode the granules differently; the missing values are reserved.
_GRANULES = ({0: 12, 1: GRANULE_64K, 2: 14}, {1: 14, 2: 12, 3: GRANULE_64K})
# Where the fields of each half begin: TxSZ, TGx, EPDx, TBIx, HPDx, E0PDx.
_FIELDS = ((0, 14, 7, 37, 41, 55), (16, 30, 23, 38, 42, 56))
_TOP_BYTE = 0xFF << 56
_LEAST_BITS = 16  # TxSZ is 48 at most, with FEAT_TTST


def aarch64_space(
    tcr: int, ttbr0: int, ttbr1: int, *, mair: int | None = None, sctlr: int = _MMU
) -> AddressSpace | None:
    """Return the address space of these registers of EL1; None: the MMU is off (SCTLR_EL1.M).

    A half that is disabled (EPD0, EPD1) or whose size or granule isn't one is in `left_out`. Raise
    InvalidArgument for values that no register holds.
    """
    tcr, sctlr = as_register(tcr), as_register(sctlr)
    roots = as_register(ttbr0), as_register(ttbr1)
    if not sctlr & _MMU:
        return None
    endian = BIG if sctlr & _BIG_ENDIAN else LITTLE
    regions, left_out = [], []
    for half, root in enumerate(roots):
        found = _region(half, tcr, root, endian)
        if isinstance(found, PagedRegion):
            regions.append(found)
        else:
            left_out.append(found)
    return AddressSpace(
        "AArch64, EL1&0",
        tuple(regions),
        _never_writable_and_executable if sctlr & _WXN else _not_executable_if_the_user_writes,
        mair_types(mair),
        bool(tcr & _HA and tcr & _HD),
        tuple(left_out),
    )


def _region(half: int, tcr: int, root: int, endian: Endian) -> PagedRegion | str:
    size_at, granule_at, disabled_at, tag_at, flat_at, no_user_at = _FIELDS[half]
    granule = _GRANULES[half].get(tcr >> granule_at & 3)
    size = tcr >> size_at & 63
    if tcr >> disabled_at & 1:
        return f"TTBR{half}_EL1 is not used (EPD{half})"
    if granule is None:
        return f"TTBR{half}_EL1: TG{half} is reserved"
    is_wide = bool(tcr & _DS)
    bits, most = 64 - size, 52 if is_wide or granule == GRANULE_64K else 48
    if not max(_LEAST_BITS, granule + 1) <= bits <= most:
        return f"TTBR{half}_EL1: T{half}SZ {size} is no size with this granule"
    physical = _ADDRESS_SIZES[min(tcr >> 32 & 7, 6)]
    is_dirty = bool(tcr & _HA and tcr & _HD)
    translation = Translation(granule, not tcr >> flat_at & 1, is_dirty, physical, is_wide, endian)
    level = table_levels(bits, translation)
    start = TOP - (1 << bits) if half else 0
    return PagedRegion(
        start,
        start + (1 << bits),
        _base(root, level.entries * 8, physical),
        level,
        ~rights.USER if tcr >> no_user_at & 1 else rights.EVERYTHING,
        _TOP_BYTE if tcr >> tag_at & 1 else 0,
    )


def _base(root: int, size: int, physical_bits: int) -> int:
    """Return where the first table is: aligned to its size, and to 64 bytes if addresses have 52 bits."""
    if physical_bits == 52:
        return root & (1 << 48) - 1 & -max(size, 64) | (root >> 2 & 0xF) << 48
    return root & (1 << 48) - 1 & -size


def _not_executable_if_the_user_writes(bits: int) -> int:
    return bits & ~rights.SUPERVISOR_EXEC if bits & rights.USER_WRITE else bits


def _never_writable_and_executable(bits: int) -> int:
    """SCTLR_EL1.WXN: what may be written isn't executed."""
    if bits & rights.USER_WRITE:
        return bits & ~rights.EXEC
    return bits & ~rights.SUPERVISOR_EXEC if bits & rights.SUPERVISOR_WRITE else bits
