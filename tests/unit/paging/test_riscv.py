"""RISC-V's modes, entry by entry as the manual has them."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.paging.entries import ENCODING, MISALIGNED, RESERVED
from ptatlas.core.paging.page_walk import walk_address
from ptatlas.core.paging.paged_areas import paged_areas, paged_extents
from ptatlas.core.paging.riscv import riscv_space
from support.page_tables import PhysicalPages, shown

ROOT, NEXT, LAST = 0x1000, 0x2000, 0x3000
V, R, W, X, U, G, A, D = (1 << n for n in range(8))
N, NC, IO = 1 << 63, 1 << 61, 1 << 62
SV39 = 8 << 60 | ROOT >> 12


def at(address: int) -> int:
    return address >> 12 << 10


def sv39(*entries: int, index: int = 0) -> PhysicalPages:
    pages = PhysicalPages()
    for table, entry in zip((ROOT, NEXT, LAST), entries):
        pages.table(table, {index: entry})
    return pages


def pointers(flags: int = V) -> tuple[int, int]:
    return at(NEXT) | flags, at(LAST) | flags


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(
            (*pointers(), at(0x9000) | V | R | W | U), "0x0..0x1000 rw- rw- 0x1000 PMA", id="user data"
        ),
        pytest.param(
            (*pointers(), at(0x9000) | V | R | X | U),
            "0x0..0x1000 r-x r-- 0x1000 PMA",
            id="user code isn't the supervisor's",
        ),
        pytest.param((*pointers(), at(0x9000) | V | X), "0x0..0x1000 --- --x 0x1000 PMA", id="execute only"),
        pytest.param(
            (*pointers(), at(0x9000) | V | R | G), "0x0..0x1000 --- r-- global 0x1000 PMA", id="global"
        ),
        pytest.param(
            (*pointers(V | G), at(0x9000) | V | R), "0x0..0x1000 --- r-- global 0x1000 PMA", id="global above"
        ),
        pytest.param((*pointers(), at(0x9000) | V | R | NC), "0x0..0x1000 --- r-- 0x1000 NC", id="Svpbmt NC"),
        pytest.param((*pointers(), at(0x9000) | V | R | IO), "0x0..0x1000 --- r-- 0x1000 IO", id="Svpbmt IO"),
        pytest.param((*pointers(), at(0x9000) | V | R | 3 << 8), "0x0..0x1000 --- r-- 0x1000 PMA", id="RSW"),
        pytest.param((at(NEXT) | V, at(0x200000) | V | R), "0x0..0x200000 --- r-- 0x200000 PMA", id="2 MiB"),
        pytest.param((at(0x40000000) | V | R,), "0x0..0x40000000 --- r-- 0x40000000 PMA", id="1 GiB"),
    ],
)
def test_rights(entries, expected):
    memory, space = sv39(*entries).reader, riscv_space(SV39)
    found = paged_areas(memory, space)
    (area,) = found.areas
    assert f"{shown([area])[0]} {area.rights.memory_type}" == expected
    assert walk_address(memory, space, area.start).rights == area.rights
    assert found.notes == ()


@pytest.mark.parametrize(
    ("entries", "why", "without"),
    [
        pytest.param((*pointers(), V | W), ENCODING, {}, id="W without R"),
        pytest.param((*pointers(), V | W | X), ENCODING, {}, id="W and X without R"),
        pytest.param((*pointers(), at(0x9000) | V), ENCODING, {}, id="a pointer on the last level"),
        pytest.param((at(0x1000) | V | R,), MISALIGNED, {}, id="misaligned 1 GiB page"),
        pytest.param((at(NEXT) | V, at(0x1000) | V | R), MISALIGNED, {}, id="misaligned 2 MiB page"),
        pytest.param((*pointers(), at(0x9000) | V | R | 1 << 54), RESERVED, {}, id="bit 54"),
        pytest.param((*pointers(), at(0x9000) | V | R | 1 << 60), RESERVED, {}, id="bit 60"),
        pytest.param((*pointers(), at(0x9000) | V | R | 3 << 61), RESERVED, {}, id="PBMT 3"),
        pytest.param((*pointers(), at(0x9000) | V | R | NC), RESERVED, {"svpbmt": False}, id="no Svpbmt"),
        pytest.param((*pointers(), at(0x8000) | V | R | N), RESERVED, {"svnapot": False}, id="no Svnapot"),
        pytest.param((*pointers(), at(0x9000) | V | R | N), ENCODING, {}, id="another size of NAPOT"),
        pytest.param((at(0x40000000) | V | R | N,), RESERVED, {}, id="N in a superpage"),
        pytest.param((at(NEXT) | V | N,), RESERVED, {}, id="N in a pointer"),
        pytest.param((at(NEXT) | V | NC,), RESERVED, {}, id="PBMT in a pointer"),
        pytest.param((at(NEXT) | V | A,), RESERVED, {}, id="A in a pointer"),
        pytest.param((at(NEXT) | V | D,), RESERVED, {}, id="D in a pointer"),
        pytest.param((at(NEXT) | V | U,), RESERVED, {}, id="U in a pointer"),
    ],
)
def test_an_entry_that_faults_maps_nothing_and_is_noted(entries, why, without):
    found = paged_areas(sv39(*entries).reader, riscv_space(SV39, **without))
    assert (found.areas, [(note.what, note.times) for note in found.notes]) == ((), [(why, 1)])


def test_software_may_have_bits_59_and_60():
    pages = sv39(*pointers(), at(0x9000) | V | R | 3 << 59)
    assert len(paged_areas(pages.reader, riscv_space(SV39, svrsw60t59b=True)).areas) == 1


def test_a_napot_page_is_64_kib_from_sixteen_equal_entries():
    pages = sv39(*pointers())
    pages.table(LAST, {n: at(0x48000) | V | R | N for n in range(16, 32)})
    memory, space = pages.reader, riscv_space(SV39)
    assert shown(paged_areas(memory, space).areas) == ["0x10000..0x20000 --- r-- 0x10000"]
    assert walk_address(memory, space, 0x1F123).physical == 0x4F123
    (extent,) = paged_extents(memory, space).extents
    assert (extent.start, extent.end, extent.physical) == (0x10000, 0x20000, 0x40000)


@pytest.mark.parametrize(("mode", "bits"), [(8, 39), (9, 48), (10, 57)])
def test_the_highest_page_of_each_mode(mode, bits):
    pages = PhysicalPages()
    pages.table(ROOT, {511: at(ROOT) | V})
    pages.table(0x5000, {511: at(0x9000) | V | R})
    levels = (bits - 12) // 9
    tables = [0x10000 + n * 0x1000 for n in range(levels)]
    for table, below in zip(tables, tables[1:]):
        pages.table(table, {511: at(below) | V})
    pages.table(tables[-1], {511: at(0x9000) | V | R, 510: at(0x9000) | V | R | W})
    space = riscv_space(mode << 60 | tables[0] >> 12)
    found = paged_areas(pages.reader, space)
    assert [area.end for area in found.areas] == [(1 << 64) - 0x1000, 1 << 64]
    assert walk_address(pages.reader, space, 1 << bits - 1).why.startswith("not a canonical")


def test_bare_is_no_address_space_and_other_modes_are_refused():
    assert riscv_space(0x1234) is None
    with pytest.raises(InvalidArgument):
        riscv_space(11 << 60)
