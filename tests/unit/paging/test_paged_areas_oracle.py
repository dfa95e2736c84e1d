"""Random tables of every mode, page by page against the manuals' pseudo-code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptatlas.core.paging.aarch64 import aarch64_space
from ptatlas.core.paging.address_space import AddressSpace
from ptatlas.core.paging.page_walk import walk_address
from ptatlas.core.paging.paged_areas import paged_areas, paged_extents
from ptatlas.core.paging.physical_index import PhysicalIndex
from ptatlas.core.paging.riscv import riscv_space
from ptatlas.core.paging.x86 import x86_space
from ptatlas.core.ranges import TOP
from support.page_tables import PhysicalPages
from support.paging_oracle import Arm, Fate, aarch64, riscv, x86_narrow, x86_pae, x86_wide

TABLES, NOT_RAM = 5, 0x7000_0000
PAE_AND_WP = {"cr4": 0x20, "efer": 1 << 11}
# Entries are put here in each table, as far as it has so many; and looked for beside them.
INDEXES = (0, 1, 2, -2, -1)


class Case(NamedTuple):
    """A mode: its address space, the oracle, and its levels from the first as (shift, entries)."""

    space: AddressSpace | None
    oracle: Callable[..., Fate]
    levels: tuple[tuple[int, int], ...]
    table_size: int = 4096
    entry_size: int = 8
    starts: tuple[int, ...] = ()
    kinds: tuple[int, ...] = (0, 1, 3, 7, 0x83, 0xE7, 3, 7)  # flags of entries
    root_kinds: tuple[int, ...] = ()  # of those in the first table, if others
    odd: tuple[int, ...] = (0, 0, 0, 0, 1 << 63, 7 << 59, 1 << 51, 3 << 53)
    low_shift: int = 4
    address_shift: int = 0  # how much lower an address stands in an entry

    def virtual(self, offset: int) -> int:
        """Sign-extended as the mode has it."""
        shift, entries = self.levels[0]
        whole = entries << shift
        if self.starts:
            return self.starts[0] + offset
        return offset if offset < whole // 2 or whole == 1 << 32 else TOP - whole + offset


ROOT = 1 << 16  # every table is aligned to 64 KiB and a multiple of it away
RISCV_ODD = (0, 0, 0, 0, 0, 0, 1 << 61, 1 << 63)
RISCV_KINDS = (0, 1, 1, 1, 0xCF, 0x17, 0x63, 0x5)
WIDE = tuple((12 + 9 * n, 512) for n in range(4, -1, -1))
ROOTS = tuple(ROOT + (n << 16) for n in range(TABLES))


def arm_case(arm: Arm, levels: tuple[tuple[int, int], ...], tcr: int, half: int = 0) -> Case:
    granules = ({12: 0, 16: 1, 14: 2}, {14: 1, 12: 2, 16: 3})[half]
    tcr |= (64 - arm.size) << (0, 16)[half] | granules[arm.granule] << (14, 30)[half]
    tcr |= {40: 2, 48: 5, 52: 6}[arm.ips] << 32 | 1 << (23, 7)[half]
    tcr |= 0 if arm.hierarchical else 1 << (41, 42)[half]
    tcr |= 3 << 39 if arm.dirty else 0
    tcr |= 1 << 59 if arm.ds else 0
    space = aarch64_space(tcr, ROOT, ROOT)
    start = TOP - (1 << arm.size) if half else 0
    return Case(space, partial(aarch64, arm=arm), levels, 1 << arm.granule, 8, (start,))


CASES = {
    "4 levels": Case(x86_space(ROOT), partial(x86_wide, levels=4), WIDE[1:]),
    "4 levels, 40 bits, no NX": Case(
        x86_space(ROOT, efer=1 << 10, physical_bits=40),
        partial(x86_wide, levels=4, width=40, nxe=False),
        WIDE[1:],
    ),
    "5 levels": Case(x86_space(ROOT, cr4=0x10A0), partial(x86_wide, levels=5), WIDE),
    "PAE": Case(
        x86_space(ROOT, cr4=0xA0, efer=1 << 11),
        x86_pae,
        ((30, 4), (21, 512), (12, 512)),
        root_kinds=(0, 1, 1, 1, 1, 1, 1, 1),
    ),
    "32-bit": Case(x86_space(ROOT, cr4=0x90, efer=0), x86_narrow, ((22, 1024), (12, 1024)), 4096, 4),
    "32-bit, 36 bits": Case(
        x86_space(ROOT, cr4=0x90, efer=0, physical_bits=36),
        partial(x86_narrow, width=36),
        ((22, 1024), (12, 1024)),
        4096,
        4,
    ),
    "32-bit without PSE": Case(
        x86_space(ROOT, cr4=0x80, efer=0), partial(x86_narrow, pse=False), ((22, 1024), (12, 1024)), 4096, 4
    ),
    **{
        name: Case(
            riscv_space(mode << 60 | ROOT >> 12),
            partial(riscv, levels=n),
            WIDE[-n:],
            kinds=RISCV_KINDS,
            odd=RISCV_ODD,
            low_shift=8,
            address_shift=2,
        )
        for name, mode, n in (("Sv39", 8, 3), ("Sv48", 9, 4), ("Sv57", 10, 5))
    },
    "4K, 48": arm_case(Arm(48, 12), WIDE[1:], 0),
    "4K, 39, upper, dirty": arm_case(Arm(39, 12, 40, dirty=True), WIDE[2:], 0, half=1),
    "4K, 36, flat": arm_case(Arm(36, 12, hierarchical=False), ((30, 64), (21, 512), (12, 512)), 0),
    "4K, 52, DS": arm_case(Arm(52, 12, 52, ds=True), ((48, 16), *WIDE[1:]), 0, half=1),
    "16K, 47": arm_case(Arm(47, 14), ((36, 2048), (25, 2048), (14, 2048)), 0),
    "16K, 48, upper": arm_case(Arm(48, 14), ((47, 2), (36, 2048), (25, 2048), (14, 2048)), 0, half=1),
    "16K, 52, DS": arm_case(Arm(52, 14, 52, ds=True), ((47, 32), (36, 2048), (25, 2048), (14, 2048)), 0),
    "64K, 42": arm_case(Arm(42, 16), ((29, 8192), (16, 8192)), 0),
    "64K, 52": arm_case(Arm(52, 16, 52), ((42, 1024), (29, 8192), (16, 8192)), 0, half=1),
}


def indexes(entries: int) -> list[int]:
    return sorted({index % entries for index in INDEXES if -entries <= index < entries})


def memory_of(case: Case, data: bytes) -> PhysicalPages:
    """Tables whose entries point to each other, to no RAM and to pages, with any bits now and then.

    Each entry is made of five bytes, so that smaller ones are plainer.
    """
    pages = PhysicalPages(entry_size=case.entry_size)
    top = 1 << 8 * case.entry_size
    targets = (*ROOTS, NOT_RAM, 0x4000_0000, 0x8000_0000, 0x8000)
    words = iter(zip(*[iter(data)] * 5))
    for address in ROOTS:
        pages.table(address, size=case.table_size)
        for index in indexes(case.table_size // case.entry_size):
            target, kind, low, odd, strange = next(words)
            kinds = case.root_kinds if case.root_kinds and address == ROOT else case.kinds
            entry = targets[target % len(targets)] >> case.address_shift | kinds[kind % len(kinds)]
            entry |= (low << case.low_shift if kind > 191 else 0) | case.odd[odd % len(case.odd)]
            entry |= 1 << strange % 64 if strange > 231 else 0
            pages.put(address + index * case.entry_size, entry % top if kind % len(kinds) else 0)
    return pages


def fates(case: Case, pages: PhysicalPages) -> Iterator[tuple[int, Fate]]:
    """Yield each virtual address at which anything is, with what becomes of it, in order."""
    choices = [indexes(entries) for _, entries in case.levels]
    offsets = sorted(sum(n << shift for n, (shift, _) in zip(way, case.levels)) for way in product(*choices))
    done = 0
    for offset in offsets:
        if offset < done:
            continue
        fate = case.oracle(pages.entry, ROOT, offset)
        done = (offset >> fate.shift) + 1 << fate.shift
        yield offset >> fate.shift << fate.shift, fate


def key(fate: Fate) -> tuple[Any, ...]:
    return fate.user, fate.supervisor, fate.is_global, fate.type


def joined(case: Case, pages: PhysicalPages) -> tuple[list[list[Any]], list[list[int]]]:
    """Return areas as [start, end, key, sizes, accessed, dirty], and unread ranges, joined naively."""
    areas: list[list[Any]] = []
    unread: list[list[int]] = []
    for offset, fate in fates(case, pages):
        start, size = case.virtual(offset), 1 << fate.shift
        if fate.kind == "unread":
            for low in _halves(case, start, offset, size):
                if unread and unread[-1][1] == low[0]:
                    unread[-1][1] = low[1]
                else:
                    unread.append(low)
        elif fate.kind == "mapped":
            new = [start, start + size, key(fate), {fate.page_size}, size * fate.accessed, size * fate.dirty]
            if areas and areas[-1][1:3] == [new[0], new[2]]:
                last = areas[-1]
                areas[-1] = [last[0], new[1], last[2], last[3] | new[3], last[4] + new[4], last[5] + new[5]]
            else:
                areas.append(new)
    return areas, unread


def _halves(case: Case, start: int, offset: int, size: int) -> list[list[int]]:
    whole = case.levels[0][1] << case.levels[0][0]
    if size == whole and not case.starts and whole != 1 << 32:
        return [[0, whole // 2], [TOP - whole // 2, TOP]]
    return [[start, start + size]]


def rights_key(rights: Any, types: tuple[str, ...]) -> tuple[Any, ...]:
    user, supervisor = str(rights.user)[:3], str(rights.supervisor)[:3]
    return user, supervisor, rights.is_global, types.index(rights.memory_type)


@pytest.mark.parametrize("name", CASES)
def test_areas_walks_and_extents_are_those_of_the_manual(name):
    case = CASES[name]
    assert case.space is not None
    types = case.space.memory_types

    @settings(max_examples=12, deadline=None)
    @given(st.binary(min_size=5 * 5 * TABLES, max_size=5 * 5 * TABLES))
    def check(data: bytes) -> None:
        pages = memory_of(case, data)
        memory = pages.reader
        found = paged_areas(memory, case.space)
        areas, unread = joined(case, pages)
        expected = [[*area[:3], tuple(sorted(area[3])), *area[4:]] for area in areas]
        got = [
            [a.start, a.end, rights_key(a.rights, types), a.page_sizes, a.accessed, a.dirty]
            for a in found.areas
        ]
        if not case.space.knows_dirty:
            expected = [[*area[:5], None] for area in expected]
        assert got == expected
        assert [list(r) for r in found.unread] == unread
        assert found.stopped is None
        extents = paged_extents(memory, case.space)
        index = PhysicalIndex(extents.extents)
        for offset, fate in list(fates(case, pages))[:24]:
            check_one(case, memory, index, offset + 0x123, fate)

    check()


def check_one(case: Case, memory: Any, index: PhysicalIndex, offset: int, fate: Fate) -> None:
    address = case.virtual(offset)
    walk = walk_address(memory, case.space, address)
    if fate.kind != "mapped":
        assert walk.physical is None
        assert walk.why
        return
    assert walk.physical == fate.physical + 0x123
    assert rights_key(walk.rights, case.space.memory_types) == key(fate)
    assert (walk.page_size, walk.accessed) == (fate.page_size, fate.accessed)
    assert walk.dirty == (fate.dirty if case.space.knows_dirty else None)
    assert address in index.virtual_addresses(walk.physical)
