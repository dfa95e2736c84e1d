"""The memory types of AArch64, by MAIR_EL1.

Source: Arm Architecture Reference Manual (DDI 0487), MAIR_EL1: the encodings of Attr<n>.
"""

from __future__ import annotations

from .registers import as_register

_DEVICES = ("nGnRnE", "nGnRE", "nGRE", "GRE")
_WHOLE = {0x40: "Normal-NC XS=0", 0xA0: "Normal-WT XS=0", 0xF0: "Normal-WB tagged"}


def mair_types(mair: int | None) -> tuple[str, ...]:
    """Return the memory type of each of the eight attributes; the attribute's name if `mair` is None.

    `Device-...`, or `Normal-` and WB, WT or NC, of which outer and inner are both named if they differ.
    """
    if mair is None:
        return tuple(f"Attr{n}" for n in range(8))
    value = as_register(mair)
    return tuple(_type(value >> 8 * n & 0xFF) for n in range(8))


def _type(attribute: int) -> str:
    outer, inner = attribute >> 4, attribute & 15
    if attribute in _WHOLE:
        return _WHOLE[attribute]
    if outer == 0:
        # Bit 0 is XS, bit 1 is RES0.
        name = f"Device-{_DEVICES[inner >> 2]}"
        return name if not inner & 3 else f"{name} XS=0" if inner & 3 == 1 else f"reserved {attribute:#04x}"
    if inner == 0:
        return f"reserved {attribute:#04x}"
    names = _cacheability(outer), _cacheability(inner)
    return f"Normal-{names[0]}" if names[0] == names[1] else f"Normal-{names[0]}/{names[1]}"


def _cacheability(bits: int) -> str:
    """Return the name of four bits: RW allocation below, and above non-transient and write-back."""
    if bits == 0b0100:
        return "NC"
    return "WB" if bits & 0b0100 else "WT"
