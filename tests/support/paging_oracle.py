"""Translates one address at a time as the manuals' pseudo-code does: slow and obvious.

Each function takes `entry(address)`, which returns an entry or None where no RAM is, and returns a Fate.
Rights are letters: `rwx` with `-` for what isn't there, for the user and for the supervisor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

# ruff: noqa: C901 - a function is a chapter of a manual
Entries = Callable[[int], "int | None"]


class Fate(NamedTuple):
    """What becomes of an address and of `1 << shift` bytes: mapped, absent, malformed or unread."""

    kind: str
    shift: int
    physical: int = 0
    page_size: int = 0
    user: str = ""
    supervisor: str = ""
    is_global: bool = False
    type: int = 0
    accessed: bool = False
    dirty: bool = False


def bit(value: int, number: int) -> bool:
    return value // 2**number % 2 == 1


def field(value: int, high: int, low: int) -> int:
    return value // 2**low % 2 ** (high - low + 1)


def letters(r: bool, w: bool, x: bool) -> str:
    return ("r" if r else "-") + ("w" if w else "-") + ("x" if x else "-")


def x86_wide(entry: Entries, root: int, va: int, *, levels: int, width: int = 52, nxe: bool = True) -> Fate:
    """SDM 3A, 4-level and 5-level paging."""
    writable = user = executable = True
    table = root
    for level in range(levels, 0, -1):
        shift = 12 + (level - 1) * 9
        e = entry(table + 8 * (va // 2**shift % 512))
        if e is None:
            return Fate("unread", shift + 9)
        if not bit(e, 0):
            return Fate("absent", shift)
        maps = level == 1 or (bit(e, 7) and level in (2, 3))
        wrong = width < 52 and field(e, 51, width) != 0
        wrong = wrong or (bit(e, 63) and not nxe) or (bit(e, 7) and level >= 4)
        wrong = wrong or (maps and level == 2 and field(e, 20, 13) != 0)
        wrong = wrong or (maps and level == 3 and field(e, 29, 13) != 0)
        if wrong:
            return Fate("malformed", shift)
        writable, user, executable = writable and bit(e, 1), user and bit(e, 2), executable and not bit(e, 63)
        if maps:
            return _x86_page(e, shift, va, writable, user, executable, 7 if level == 1 else 12, width)
        table = field(e, width - 1, 12) * 4096
    raise AssertionError


def _x86_page(
    e: int, shift: int, va: int, writable: bool, user: bool, executable: bool, pat: int, width: int
) -> Fate:
    rights = letters(True, writable, executable)
    return Fate(
        "mapped",
        shift,
        field(e, width - 1, shift) * 2**shift + va % 2**shift,
        2**shift,
        rights if user else "---",
        rights,
        bit(e, 8),
        4 * bit(e, pat) + 2 * bit(e, 4) + bit(e, 3),
        bit(e, 5),
        bit(e, 6),
    )


def x86_pae(entry: Entries, root: int, va: int, *, width: int = 52, nxe: bool = True) -> Fate:
    """SDM 3A, PAE paging."""
    pointer = entry(root + 8 * (va // 2**30))
    if pointer is None:
        return Fate("unread", 32)
    if not bit(pointer, 0):
        return Fate("absent", 30)
    if field(pointer, 63, width) or field(pointer, 8, 5) or field(pointer, 2, 1):
        return Fate("malformed", 30)
    directory = entry(field(pointer, width - 1, 12) * 4096 + 8 * (va // 2**21 % 512))
    if directory is None:
        return Fate("unread", 30)
    if not bit(directory, 0):
        return Fate("absent", 21)
    high = bool(field(directory, 62, width)) or (bit(directory, 63) and not nxe)
    if high or (bit(directory, 7) and field(directory, 20, 13)):
        return Fate("malformed", 21)
    rights = bit(directory, 1), bit(directory, 2), not bit(directory, 63)
    if bit(directory, 7):
        return _x86_page(directory, 21, va, *rights, 12, width)
    page = entry(field(directory, width - 1, 12) * 4096 + 8 * (va // 4096 % 512))
    if page is None:
        return Fate("unread", 21)
    if not bit(page, 0):
        return Fate("absent", 12)
    if field(page, 62, width) or (bit(page, 63) and not nxe):
        return Fate("malformed", 12)
    joined = rights[0] and bit(page, 1), rights[1] and bit(page, 2), rights[2] and not bit(page, 63)
    return _x86_page(page, 12, va, *joined, 7, width)


def x86_narrow(entry: Entries, root: int, va: int, *, width: int = 40, pse: bool = True) -> Fate:
    """SDM 3A, 32-bit paging."""
    directory = entry(root + 4 * (va // 2**22))
    if directory is None:
        return Fate("unread", 32)
    if not bit(directory, 0):
        return Fate("absent", 22)
    writable, user = bit(directory, 1), bit(directory, 2)
    if pse and bit(directory, 7):
        reserved = 21 - (width - 19) + 1
        if field(directory, 21, 21 - reserved + 1):
            return Fate("malformed", 22)
        fate = _x86_page(directory, 22, va, writable, user, True, 12, 32)
        return fate._replace(physical=fate.physical + field(directory, 20, 13) * 2**32)
    page = entry(field(directory, 31, 12) * 4096 + 4 * (va // 4096 % 1024))
    if page is None:
        return Fate("unread", 22)
    if not bit(page, 0):
        return Fate("absent", 12)
    return _x86_page(page, 12, va, writable and bit(page, 1), user and bit(page, 2), True, 7, 32)


def riscv(entry: Entries, root: int, va: int, *, levels: int) -> Fate:
    """Privileged architecture, Virtual Address Translation Process; with Svnapot and Svpbmt."""
    a, i, is_global = root, levels - 1, False
    while True:
        shift = 12 + 9 * i
        pte = entry(a + va // 2**shift % 512 * 8)
        if pte is None:
            return Fate("unread", shift + 9)
        v, r, w, x, u = (bit(pte, n) for n in range(5))
        if not v:
            return Fate("absent", shift)
        if (not r and w) or field(pte, 60, 54) or field(pte, 62, 61) == 3:
            return Fate("malformed", shift)
        is_global = is_global or bit(pte, 5)
        if r or x:
            break
        reserved = u or bit(pte, 6) or bit(pte, 7) or field(pte, 63, 61)
        if reserved or i == 0:
            return Fate("malformed", shift)
        i, a = i - 1, field(pte, 53, 10) * 4096
    ppn, size = field(pte, 53, 10), 2**shift
    if i > 0 and (ppn % 512**i or bit(pte, 63)):
        return Fate("malformed", shift)
    if bit(pte, 63):
        if ppn % 16 != 8:
            return Fate("malformed", shift)
        ppn, size = ppn - 8, 65536
    return Fate(
        "mapped",
        shift,
        ppn * 4096 + va % size,
        size,
        letters(r, w, x) if u else "---",
        letters(r, w, x and not u),
        is_global,
        field(pte, 62, 61),
        bit(pte, 6),
        bit(pte, 7),
    )


class Arm(NamedTuple):
    """What registers say of one half: bits of addresses and of the granule, and how descriptors are read."""

    size: int
    granule: int
    ips: int = 48
    hierarchical: bool = True
    dirty: bool = False
    ds: bool = False


def aarch64(entry: Entries, root: int, va: int, *, arm: Arm) -> Fate:
    """Arm ARM, AArch64.S1Walk and AArch64.S1DirectBasePermissions of the EL1&0 regime."""
    g, stride = arm.granule, arm.granule - 3
    level = 3 - (arm.size - g - 1) // stride
    base, first = root, True
    no_user = no_write = no_user_exec = no_exec = False
    while True:
        low = g + (3 - level) * stride
        high = arm.size if first else low + stride
        d = entry(base + 8 * (va % 2**high // 2**low))
        if d is None:
            return Fate("unread", high)
        if not bit(d, 0):
            return Fate("absent", low)
        blocks = {
            12: (0, 1, 2) if arm.ds else (1, 2),
            14: (1, 2) if arm.ds else (2,),
            16: (1, 2) if arm.ips == 52 else (2,),
        }[g]
        if not bit(d, 1) and level not in blocks:
            return Fate("malformed", low)
        if g == 16:
            address = field(d, 15, 12) * 2**48 + field(d, 47, g) * 2**g
        elif arm.ds:
            address = field(d, 9, 8) * 2**50 + field(d, 49, g) * 2**g
        else:
            address = field(d, 47, g) * 2**g
        if address >= 2**arm.ips:
            return Fate("malformed", low)
        if level == 3 or not bit(d, 1):
            break
        if arm.hierarchical:
            no_user, no_write = no_user or bit(d, 61), no_write or bit(d, 62)
            no_user_exec, no_exec = no_user_exec or bit(d, 60), no_exec or bit(d, 59)
        base, level, first = address, level + 1, False
    read_only = bit(d, 7) and not (arm.dirty and bit(d, 51))
    pr, pw, ur, uw = True, not read_only, bit(d, 6), bit(d, 6) and not read_only
    if no_user:
        ur = uw = False
    if no_write:
        pw = uw = False
    ux = not (bit(d, 54) or no_user_exec)
    px = not (bit(d, 53) or no_exec or uw)
    return Fate(
        "mapped",
        low,
        address // 2**low * 2**low + va % 2**low,
        2**low,
        letters(ur, uw, ux),
        letters(pr, pw, px),
        not bit(d, 11),
        field(d, 4, 2),
        bit(d, 10),
        arm.dirty and bit(d, 51) and not bit(d, 7),
    )
