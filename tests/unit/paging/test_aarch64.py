"""AArch64's granules and sizes, entry by entry as the manual has them."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.paging.aarch64 import aarch64_space
from ptatlas.core.paging.entries import ENCODING, TOO_HIGH
from ptatlas.core.paging.page_walk import walk_address
from ptatlas.core.paging.paged_areas import paged_areas
from support.page_tables import PhysicalPages, rights, shown

ROOT, NEXT, LAST = 0x10000, 0x20000, 0x30000
TABLE, PAGE_, BLOCK = 3, 3, 1
RO, EL0, AF, NG, DBM, PXN, UXN = 1 << 7, 1 << 6, 1 << 10, 1 << 11, 1 << 51, 1 << 53, 1 << 54
PXN_TABLE, UXN_TABLE, NO_EL0, NO_WRITE = 1 << 59, 1 << 60, 1 << 61, 1 << 62
IPS48, IPS52, HA, HD, DS = 5 << 32, 6 << 32, 1 << 39, 1 << 40, 1 << 59
# 39 bits in both halves with 4 KiB: three levels.
TCR = 25 | 25 << 16 | 2 << 30 | IPS48


def three(*entries: int, index: int = 0, endian: str = "little") -> PhysicalPages:
    pages = PhysicalPages(endian=endian)
    for table, entry in zip((ROOT, NEXT, LAST), entries):
        pages.table(table, {index: entry})
    return pages


def lower(tcr: int = TCR, **registers: int):
    return aarch64_space(tcr | 1 << 23, ROOT, 0, **registers)


def pointers(flags: int = 0) -> tuple[int, int]:
    return NEXT | TABLE | flags, LAST | TABLE


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param((*pointers(), 0x9000 | PAGE_), "--x rwx global", id="AP 0: EL1 writes, EL0 executes"),
        pytest.param(
            (*pointers(), 0x9000 | PAGE_ | EL0), "rwx rw- global", id="AP 1: what EL0 writes EL1 never runs"
        ),
        pytest.param((*pointers(), 0x9000 | PAGE_ | RO), "--x r-x global", id="AP 2"),
        pytest.param((*pointers(), 0x9000 | PAGE_ | RO | EL0), "r-x r-x global", id="AP 3"),
        pytest.param((*pointers(), 0x9000 | PAGE_ | RO | EL0 | PXN | NG), "r-x r--", id="a program's text"),
        pytest.param((*pointers(), 0x9000 | PAGE_ | RO | UXN), "--- r-x global", id="a kernel's text"),
        pytest.param((*pointers(), 0x9000 | PAGE_ | UXN | PXN), "--- rw- global", id="a kernel's data"),
        pytest.param((*pointers(NO_WRITE), 0x9000 | PAGE_ | EL0), "r-x r-x global", id="APTable 2"),
        pytest.param((*pointers(NO_EL0), 0x9000 | PAGE_ | EL0), "--x rwx global", id="APTable 1"),
        pytest.param((*pointers(NO_EL0 | NO_WRITE), 0x9000 | PAGE_ | EL0), "--x r-x global", id="APTable 3"),
        pytest.param((*pointers(UXN_TABLE), 0x9000 | PAGE_ | RO | EL0), "r-- r-x global", id="UXNTable"),
        pytest.param((*pointers(PXN_TABLE), 0x9000 | PAGE_ | RO | EL0), "r-x r-- global", id="PXNTable"),
        pytest.param(
            (*pointers(), 0x9000 | PAGE_ | RO | DBM), "--x r-x global", id="DBM without hardware's state"
        ),
    ],
)
def test_rights(entries, expected):
    found = paged_areas(three(*entries).reader, lower())
    assert [rights(area.rights) for area in found.areas] == [expected]
    assert [note.what for note in found.notes] == ["TTBR1_EL1 is not used (EPD1)"]


@pytest.mark.parametrize(
    ("registers", "entries", "expected"),
    [
        pytest.param(
            {"tcr": TCR | 1 << 41},
            (*pointers(NO_WRITE | NO_EL0), 0x9000 | PAGE_ | EL0),
            "rwx rw- global",
            id="HPD0",
        ),
        pytest.param(
            {"tcr": TCR | 1 << 55}, (*pointers(), 0x9000 | PAGE_ | EL0), "--- rwx global", id="E0PD0"
        ),
        pytest.param({"sctlr": 1 | 1 << 19}, (*pointers(), 0x9000 | PAGE_), "--x rw- global", id="WXN, EL1"),
        pytest.param(
            {"sctlr": 1 | 1 << 19}, (*pointers(), 0x9000 | PAGE_ | EL0), "rw- rw- global", id="WXN, EL0"
        ),
    ],
)
def test_registers_take_rights(registers, entries, expected):
    found = paged_areas(three(*entries).reader, lower(**registers))
    assert [rights(area.rights) for area in found.areas] == [expected]


def test_hardware_s_dirty_state_makes_pages_writable_and_tells_which_were_written():
    pages = three(*pointers())
    pages.table(LAST, {0: PAGE_ | RO | DBM | AF | UXN, 1: PAGE_ | DBM | AF | UXN, 2: PAGE_ | RO | UXN})
    found = paged_areas(pages.reader, lower(TCR | HA | HD))
    assert [(rights(a.rights), a.accessed, a.dirty) for a in found.areas] == [
        ("--- rwx global", 0x2000, 0x1000),
        ("--- r-x global", 0, 0),
    ]
    for tcr in (TCR, TCR | HD):  # HD counts with HA only
        found = paged_areas(pages.reader, lower(tcr))
        assert (rights(found.areas[0].rights), found.areas[0].dirty) == ("--- r-x global", None)


def granule(half: int, bits: int, shift: int, **more: int) -> int:
    code = ({12: 0, 16: 1, 14: 2}, {14: 1, 12: 2, 16: 3})[half][shift]
    tcr = 64 - bits << 16 * half | code << (14 + 16 * half) | 1 << (7 if half else 23)
    return tcr | more.get("ips", IPS48) | more.get("ds", 0)


@pytest.mark.parametrize(
    ("bits", "shift", "more", "levels", "last_index"),
    [
        pytest.param(48, 12, {}, 4, 511, id="4K 48"),
        pytest.param(39, 12, {}, 3, 511, id="4K 39"),
        pytest.param(36, 12, {}, 3, 63, id="4K 36"),
        pytest.param(25, 12, {}, 2, 15, id="4K 25"),
        pytest.param(52, 12, {"ips": IPS52, "ds": DS}, 5, 15, id="4K 52"),
        pytest.param(48, 14, {}, 4, 1, id="16K 48"),
        pytest.param(47, 14, {}, 3, 2047, id="16K 47"),
        pytest.param(36, 14, {}, 2, 2047, id="16K 36"),
        pytest.param(52, 14, {"ips": IPS52, "ds": DS}, 4, 31, id="16K 52"),
        pytest.param(48, 16, {}, 3, 63, id="64K 48"),
        pytest.param(42, 16, {}, 2, 8191, id="64K 42"),
        pytest.param(52, 16, {"ips": IPS52}, 3, 1023, id="64K 52"),
    ],
)
@pytest.mark.parametrize("half", [0, 1])
def test_the_highest_page_of_each_size(bits, shift, more, levels, last_index, half):
    pages, size = PhysicalPages(), 1 << shift
    tables = [0x100000 + n * 0x10000 for n in range(levels)]
    entries = {0: last_index}
    for number, table in enumerate(tables):
        target = tables[number + 1] if number + 1 < levels else 0x900000
        pages.table(table, {entries.get(number, (size >> 3) - 1): target | TABLE | AF}, size)
    space = aarch64_space(granule(half, bits, shift, **more), tables[0], tables[0])
    end = 1 << 64 if half else 1 << bits
    assert shown(paged_areas(pages.reader, space).areas) == [
        f"{end - size:#x}..{end:#x} --x rwx global {size:#x}"
    ]
    walk = walk_address(pages.reader, space, end - size + 0x123)
    assert (walk.physical, len(walk.steps)) == (0x900123, levels)
    assert walk.steps[0].level == f"level {4 - levels}"
    assert walk_address(pages.reader, space, end - (1 << bits) - 1 if half else end).physical is None


@pytest.mark.parametrize(
    ("bits", "shift", "more", "level", "size"),
    [
        pytest.param(48, 12, {}, 2, 1 << 21, id="4K, 2 MiB"),
        pytest.param(48, 12, {}, 1, 1 << 30, id="4K, 1 GiB"),
        pytest.param(48, 12, {}, 0, None, id="4K, none of 512 GiB"),
        pytest.param(52, 12, {"ips": IPS52, "ds": DS}, 0, 1 << 39, id="4K with DS, 512 GiB"),
        pytest.param(47, 14, {}, 2, 1 << 25, id="16K, 32 MiB"),
        pytest.param(47, 14, {}, 1, None, id="16K, none of 64 GiB"),
        pytest.param(48, 14, {"ips": IPS52, "ds": DS}, 1, 1 << 36, id="16K with DS, 64 GiB"),
        pytest.param(48, 16, {}, 2, 1 << 29, id="64K, 512 MiB"),
        pytest.param(48, 16, {}, 1, None, id="64K, none of 4 TiB"),
        pytest.param(48, 16, {"ips": IPS52}, 1, 1 << 42, id="64K with 52 bits, 4 TiB"),
        pytest.param(48, 12, {}, 3, None, id="no block on the last level"),
    ],
)
def test_blocks_stand_on_some_levels(bits, shift, more, level, size):
    pages = PhysicalPages()
    first = 4 - -(-(bits - shift) // (shift - 3))
    tables = [0x100000 + n * 0x10000 for n in range(level - first + 1)]
    for table, below in zip(tables, tables[1:]):
        pages.table(table, {0: below | TABLE})
    pages.table(tables[-1], {0: BLOCK | AF | UXN}, 1 << shift)
    found = paged_areas(pages.reader, aarch64_space(granule(0, bits, shift, **more), tables[0], 0))
    if size is None:
        assert (found.areas, found.notes[0].what) == ((), ENCODING)
    else:
        assert shown(found.areas) == [f"0x0..{size:#x} --- rwx global {size:#x}"]


@pytest.mark.parametrize(
    ("bits", "shift", "more", "entry", "physical"),
    [
        pytest.param(42, 16, {"ips": IPS52}, 0xB << 12 | 0x40000, 0xB << 48 | 0x40000, id="64K, bits 15:12"),
        pytest.param(
            48, 12, {"ips": IPS52, "ds": DS}, 2 << 8 | 3 << 48, 2 << 50 | 3 << 48, id="4K with DS, bits 9:8"
        ),
        pytest.param(
            48, 12, {"ips": IPS52}, 2 << 8 | 3 << 48 | 0x40000, 0x40000, id="4K without DS: SH, RES0"
        ),
        pytest.param(48, 12, {"ips": 2 << 32}, 1 << 40, None, id="beyond IPS"),
        pytest.param(42, 16, {}, 0xB << 12, None, id="64K beyond 48 bits"),
    ],
)
def test_addresses_of_up_to_52_bits(bits, shift, more, entry, physical):
    pages = PhysicalPages()
    levels = -(-(bits - shift) // (shift - 3))
    tables = [0x100000 + n * 0x10000 for n in range(levels)]
    for table, below in zip(tables, tables[1:]):
        pages.table(table, {0: below | TABLE})
    pages.table(tables[-1], {0: entry | PAGE_}, 1 << shift)
    space = aarch64_space(granule(0, bits, shift, **more), tables[0], 0)
    walk = walk_address(pages.reader, space, 0)
    assert (walk.physical, walk.why) == (physical, "" if physical is not None else TOO_HIGH)


def test_the_first_table_is_where_ttbr_says_without_its_asid_and_cnp():
    pages = three(*pointers(), 0x9000 | PAGE_)
    space = aarch64_space(TCR | 1 << 23, 0xABCD << 48 | ROOT | 1, 0)
    assert len(paged_areas(pages.reader, space).areas) == 1
    (region,) = aarch64_space(granule(0, 52, 16, ips=IPS52), 0xABCD << 48 | ROOT | 0xB << 2 | 1, 0).regions
    assert region.root == 0xB << 48 | ROOT


def test_both_halves_and_tags():
    pages = three(*pointers(), 0x9000 | PAGE_)
    pages.table(0x50000, {511: NEXT | TABLE})
    for tagged, physical in ((TCR | 3 << 37, 0x9000), (TCR, None)):
        space = aarch64_space(tagged, ROOT, 0x50000)
        assert [a.start for a in paged_areas(pages.reader, space).areas] == [0, (1 << 64) - (1 << 30)]
        for address in (0xAB << 56, 0x12FFFFFFC0000000):
            assert walk_address(pages.reader, space, address).physical == physical
        assert walk_address(pages.reader, space, 1 << 55).physical is None


def test_tables_in_big_endian():
    pages = three(*pointers(), 0x9000 | PAGE_, endian="big")
    assert len(paged_areas(pages.reader, lower(sctlr=1 | 1 << 25)).areas) == 1
    assert paged_areas(pages.reader, lower()).areas == ()


@pytest.mark.parametrize(
    ("tcr", "left_out"),
    [
        pytest.param(25, ("TTBR1_EL1: TG1 is reserved",), id="TG1 0"),
        pytest.param(
            25 | 3 << 14 | 1 << 23, ("TTBR0_EL1: TG0 is reserved", "TTBR1_EL1 is not used (EPD1)"), id="TG0 3"
        ),
        pytest.param(25 | 2 << 30, ("TTBR1_EL1: T1SZ 0 is no size with this granule",), id="T1SZ 0"),
        pytest.param(
            12 | 1 << 23,
            ("TTBR0_EL1: T0SZ 12 is no size with this granule", "TTBR1_EL1 is not used (EPD1)"),
            id="52 bits, 4K",
        ),
        pytest.param(
            49 | 1 << 23,
            ("TTBR0_EL1: T0SZ 49 is no size with this granule", "TTBR1_EL1 is not used (EPD1)"),
            id="15 bits",
        ),
    ],
)
def test_a_half_that_registers_do_not_describe_is_left_out_and_said(tcr, left_out):
    space = aarch64_space(tcr, 0, 0)
    assert space.left_out == left_out
    assert [note.what for note in paged_areas(PhysicalPages().reader, space).notes][-len(left_out) :] == list(
        left_out
    )


def test_no_mmu_is_no_address_space():
    assert aarch64_space(TCR, ROOT, ROOT, sctlr=0) is None


def test_values_that_no_register_holds():
    with pytest.raises(InvalidArgument):
        aarch64_space(-1, 0, 0)
    with pytest.raises(InvalidArgument):
        aarch64_space(TCR, 0, 0, mair=1 << 64)
