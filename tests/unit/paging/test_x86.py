"""x86's modes, entry by entry as the manual has them."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.paging.entries import RESERVED
from ptatlas.core.paging.page_walk import walk_address
from ptatlas.core.paging.paged_areas import paged_areas
from ptatlas.core.paging.x86 import pat_types, x86_space
from support.page_tables import PhysicalPages, rights, shown

ROOT, NEXT, THIRD, LAST = 0x1000, 0x2000, 0x3000, 0x4000
P, W, U, PWT, PCD, A, D, PS, G = (1 << n for n in range(9))
NX = 1 << 63
PAE, NARROW = {"cr4": 0xA0, "efer": 1 << 11}, {"cr4": 0x90, "efer": 0}


def four(*entries: int, at: tuple[int, int, int, int] = (0, 0, 0, 5)) -> PhysicalPages:
    """Four levels with one entry each, from the PML4E down; fewer if an entry maps."""
    pages = PhysicalPages()
    for table, index, entry in zip((ROOT, NEXT, THIRD, LAST), at, entries):
        pages.table(table, {index: entry})
    return pages


def pointers(flags: int = P | W | U) -> tuple[int, int, int]:
    return NEXT | flags, THIRD | flags, LAST | flags


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param((*pointers(), 0x9000 | P | W | U), "rwx rwx 0x1000", id="user, writable, executable"),
        pytest.param((*pointers(), 0x9000 | P | U), "r-x r-x 0x1000", id="read-only"),
        pytest.param((*pointers(), 0x9000 | P | W), "--- rwx 0x1000", id="supervisor"),
        pytest.param((*pointers(), 0x9000 | P | W | U | NX), "rw- rw- 0x1000", id="no execute"),
        pytest.param((*pointers(), 0x9000 | P | W | G), "--- rwx global 0x1000", id="global"),
        pytest.param((*pointers(P | U), 0x9000 | P | W | U), "r-x r-x 0x1000", id="read-only above"),
        pytest.param((*pointers(P | W), 0x9000 | P | W | U), "--- rwx 0x1000", id="supervisor above"),
        pytest.param(
            (NEXT | P | W | U | NX, *pointers()[1:], 0x9000 | P | W | U),
            "rw- rw- 0x1000",
            id="no execute above",
        ),
        pytest.param(
            (*pointers(P | W | U | G), 0x9000 | P), "--- r-x 0x1000", id="G counts in the leaf only"
        ),
        pytest.param(
            (*pointers(), 0x9000 | P | 3 << 9 | 0x7F << 52), "--- r-x 0x1000", id="ignored and PKEY bits"
        ),
    ],
)
def test_rights_are_joined_over_all_levels(entries, expected):
    found = paged_areas(four(*entries).reader, x86_space(ROOT))
    assert shown(found.areas) == [f"0x5000..0x6000 {expected}"]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param((*pointers()[:2], 0x600000 | P | W | PS), "0x0..0x200000 --- rwx 0x200000", id="2 MiB"),
        pytest.param(
            (NEXT | P | W, 0x40000000 | P | W | PS), "0x0..0x40000000 --- rwx 0x40000000", id="1 GiB"
        ),
    ],
)
def test_large_pages(entries, expected):
    found = paged_areas(four(*entries, at=(0, 0, 0, 0)).reader, x86_space(ROOT))
    assert shown(found.areas) == [expected]


@pytest.mark.parametrize(
    ("entries", "registers"),
    [
        pytest.param((NEXT | P | PS,), {}, id="PS in a PML4E"),
        pytest.param((NEXT | P, 0x40002000 | P | PS), {}, id="low bits of a 1 GiB page"),
        pytest.param((NEXT | P, 0x40000000 | P | PS), {"huge_pages": False}, id="no 1 GiB pages"),
        pytest.param((NEXT | P, THIRD | P, 0x2000 | P | PS), {}, id="low bits of a 2 MiB page"),
        pytest.param((*pointers(), 1 << 40 | P), {"physical_bits": 40}, id="above MAXPHYADDR"),
        pytest.param((1 << 51 | P,), {"physical_bits": 51}, id="a table above MAXPHYADDR"),
        pytest.param((*pointers(), 0x9000 | P | NX), {"efer": 1 << 10}, id="XD without EFER.NXE"),
        pytest.param((NEXT | P | NX,), {"efer": 1 << 10}, id="XD above without EFER.NXE"),
    ],
)
def test_an_entry_with_reserved_bits_maps_nothing_and_is_noted(entries, registers):
    memory, space = four(*entries).reader, x86_space(ROOT, **registers)
    found = paged_areas(memory, space)
    assert found.areas == ()
    (note,) = found.notes
    assert (note.what, note.times, note.places[0].value) == (RESERVED, 1, entries[-1])
    walk = walk_address(memory, space, note.places[0].start)
    assert (walk.why, walk.steps[-1].value, len(walk.steps)) == (RESERVED, entries[-1], len(entries))


@pytest.mark.parametrize(("entries", "low", "high"), [((NEXT | P,), 13, 29), ((NEXT | P, THIRD | P), 13, 20)])
def test_every_bit_below_a_large_page_is_reserved_but_its_pat(entries, low, high):
    for bit in range(9, high + 3):
        pages = four(*entries, P | PS | 1 << bit)
        assert (paged_areas(pages.reader, x86_space(ROOT)).areas == ()) == (low <= bit <= high)


def test_an_entry_that_is_not_present_may_hold_anything():
    assert paged_areas(four((1 << 64) - 2).reader, x86_space(ROOT)) == ((), (), None, 2, ())


def test_the_pat_bit_stands_elsewhere_in_large_pages():
    pat = 0x0407050600070106  # what Linux sets
    small = four(*pointers(), 0x9000 | P | 1 << 7 | PWT)
    large = four(*pointers()[:2], 0x600000 | P | PS | 1 << 12 | PCD | PWT)
    types = [
        paged_areas(pages.reader, space).areas[0].rights.memory_type
        for pages in (small, large)
        for space in (x86_space(ROOT, pat=pat), x86_space(ROOT))
    ]
    assert types == ["WP", "PA5", "WT", "PA7"]


def test_the_pat_at_reset():
    assert pat_types(0x0007040600070406) == ("WB", "WT", "UC-", "UC", "WB", "WT", "UC-", "UC")
    assert pat_types(2)[0] == "reserved 0x2"


def test_accessed_and_dirty_are_counted_in_the_leaves():
    pages = four(*pointers(P | W | A | D))
    pages.table(LAST, {1: 0x1000 | P | A, 2: 0x8000 | P | A | D, 3: 0x9000 | P})
    (area,) = paged_areas(pages.reader, x86_space(ROOT)).areas
    assert (area.size, area.accessed, area.dirty) == (0x3000, 0x2000, 0x1000)


def test_the_upper_half_and_five_levels():
    pages = four(*pointers(P | W), 0x9000 | P | W, at=(511, 511, 511, 511))
    assert shown(paged_areas(pages.reader, x86_space(ROOT)).areas) == [
        "0xfffffffffffff000..0x10000000000000000 --- rwx 0x1000"
    ]
    pages = four(*pointers(P | W), 0x9000 | P | W, at=(256, 0, 0, 0))
    assert paged_areas(pages.reader, x86_space(ROOT)).areas[0].start == 0xFFFF800000000000
    pages.table(0x7000, {256: ROOT | P | W, 0: ROOT | P | W})
    found = paged_areas(pages.reader, x86_space(0x7000, cr4=0x10A0))
    assert [area.start for area in found.areas] == [1 << 47, 0xFF00800000000000]


def test_cr3_has_more_than_an_address():
    pages = four(*pointers(P), 0x9000 | P)
    assert len(paged_areas(pages.reader, x86_space(ROOT | 0xFFF | 7 << 61)).areas) == 1


def test_without_write_protect_the_supervisor_writes_everywhere():
    pages = four(*pointers(P | U), 0x9000 | P | U)
    found = paged_areas(pages.reader, x86_space(ROOT, cr0=1 << 31))
    assert rights(found.areas[0].rights) == "r-x rwx"


def test_global_needs_cr4_pge():
    pages = four(*pointers(P), 0x9000 | P | G)
    assert not paged_areas(pages.reader, x86_space(ROOT, cr4=1 << 5)).areas[0].rights.is_global


def pae(*entries: int) -> PhysicalPages:
    """A pointer table at 0x1020, a directory and a table, with an entry 1 in each."""
    pages = PhysicalPages()
    for table, entry in zip((0x1020, NEXT, LAST), entries):
        pages.table(table, {1: entry}, size=32)
    pages.table(NEXT), pages.table(LAST)
    return pages


def test_pae():
    pages = pae(NEXT | P, LAST | P | W | U, 0xF00009000 | P | W | U | NX)
    space = x86_space(0x1020, **PAE)
    assert shown(paged_areas(pages.reader, space).areas) == ["0x40201000..0x40202000 rw- rw- 0x1000"]
    walk = walk_address(pages.reader, space, 0x40201234)
    assert (walk.physical, [step.level for step in walk.steps]) == (0xF00009234, ["PDPTE", "PDE", "PTE"])


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param((NEXT | P | W,), id="R/W in a PDPTE"),
        pytest.param((NEXT | P | A,), id="A in a PDPTE"),
        pytest.param((NEXT | P | G,), id="bit 8 of a PDPTE"),
        pytest.param((NEXT | P | NX,), id="XD in a PDPTE"),
        pytest.param((NEXT | P, LAST | P | 1 << 52), id="bit 52 of a PDE"),
        pytest.param((NEXT | P, LAST | P, 0x9000 | P | 1 << 62), id="bit 62 of a PTE"),
        pytest.param((NEXT | P, 0x2000 | P | PS), id="low bits of a 2 MiB page"),
    ],
)
def test_what_pae_reserves(entries):
    found = paged_areas(pae(*entries).reader, x86_space(0x1020, **PAE))
    assert (found.areas, [note.what for note in found.notes]) == ((), [RESERVED])


def narrow(directory: int, page: int = 0) -> PhysicalPages:
    pages = PhysicalPages(entry_size=4)
    pages.table(ROOT, {1023: directory})
    pages.table(LAST, {1023: page})
    return pages


@pytest.mark.parametrize(
    ("entries", "registers", "physical", "expected"),
    [
        pytest.param(
            (LAST | P | W | U, 0xFFFFF000 | P | W),
            NARROW,
            0xFFFFF000,
            "0xfffff000..0x100000000 --- rwx 0x1000",
            id="4 KiB",
        ),
        pytest.param(
            (0xC0000000 | P | U | PS,),
            NARROW,
            0xC03FF000,
            "0xffc00000..0x100000000 r-x r-x 0x400000",
            id="4 MiB",
        ),
        pytest.param(
            (0xC01FE000 | P | PS,),
            NARROW,
            0xFFC03FF000,
            "0xffc00000..0x100000000 --- r-x 0x400000",
            id="PSE-36",
        ),
        pytest.param(
            (LAST | P | PS, 0x9000 | P),
            {"cr4": 0, "efer": 0},
            0x9000,
            "0xfffff000..0x100000000 --- r-x 0x1000",
            id="PS without CR4.PSE",
        ),
    ],
)
def test_32_bit_paging(entries, registers, physical, expected):
    memory, space = narrow(*entries).reader, x86_space(ROOT, **registers)
    assert shown(paged_areas(memory, space).areas) == [expected]
    assert walk_address(memory, space, 0xFFFFF000).physical == physical


@pytest.mark.parametrize(("bits", "is_mapped"), [(40, True), (36, False), (32, False)])
def test_pse_36_reaches_as_far_as_the_processor(bits, is_mapped):
    found = paged_areas(narrow(0x20000 | P | PS).reader, x86_space(ROOT, physical_bits=bits, **NARROW))
    assert (len(found.areas) == 1, [note.what for note in found.notes]) == (
        is_mapped,
        [] if is_mapped else [RESERVED],
    )


def test_no_paging_is_no_address_space():
    assert x86_space(ROOT, cr0=1) is None


@pytest.mark.parametrize(
    "given", [{"cr3": -1}, {"cr3": 1 << 64}, {"cr3": 0, "physical_bits": 53}, {"cr3": "x"}]
)
def test_values_that_no_register_holds(given):
    with pytest.raises(InvalidArgument):
        x86_space(**given)
