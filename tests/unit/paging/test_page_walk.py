"""One address, entry by entry."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.paging.aarch64 import aarch64_space
from ptatlas.core.paging.entries import NOT_PRESENT, UNREADABLE
from ptatlas.core.paging.page_walk import NOT_TRANSLATED, walk_address
from ptatlas.core.paging.riscv import riscv_space
from ptatlas.core.paging.x86 import x86_space
from support.page_tables import PhysicalPages

ROOT, NEXT, THIRD, LAST = 0x1000, 0x2000, 0x3000, 0x4000


def test_every_entry_with_its_address_its_value_and_its_bits():
    pages = PhysicalPages()
    pages.table(ROOT, {256: NEXT | 0x67})
    pages.table(NEXT, {1: THIRD | 0x63})
    pages.table(THIRD, {2: LAST | 0x67})
    pages.table(LAST, {3: 0x9000 | 0x8800000000000163})
    walk = walk_address(pages.reader, x86_space(ROOT), 0xFFFF800040403ABC)
    assert list(map(str, walk.steps)) == [
        "PML4E at 0x1800 = 0x2067 P R/W U/S A",
        "PDPTE at 0x2008 = 0x3063 P R/W A",
        "PDE at 0x3010 = 0x4067 P R/W U/S A",
        "PTE at 0x4018 = 0x8800000000009163 P R/W A D G PKEY=1 XD",
    ]
    assert (walk.physical, walk.page_size, walk.accessed, walk.dirty) == (0x9ABC, 0x1000, True, True)
    assert str(walk.rights) == "user ---, supervisor rw-, global, PA0"


@pytest.mark.parametrize(
    ("space", "levels", "last", "fields"),
    [
        pytest.param(
            x86_space(ROOT), 3, 0x2010E3,
            ("P", "R/W", "A", "D", "PS", "PAT"), id="a 2 MiB page",
        ),
        pytest.param(
            aarch64_space(25 | 1 << 23 | 5 << 32, ROOT, 0), 3, 0x9000 | 0x60000000000F4F,
            ("Valid", "Page", "AttrIndx=3", "AP=1", "SH=3", "AF", "nG", "PXN", "UXN"), id="an AArch64 page",
        ),
        pytest.param(
            riscv_space(8 << 60 | 1), 3, 0x9000 >> 2 | 1 << 61 | 0xD7,
            ("V", "R", "W", "U", "A", "D", "PBMT=1"), id="a RISC-V page",
        ),
    ],
)  # fmt: skip
def test_fields_have_their_manual_s_names(space, levels, last, fields):
    pages = PhysicalPages()
    is_riscv = "RISC-V" in space.name
    flags = {"x": 7, "A": 3, "R": 1}[space.name[0]]
    tables = (ROOT, NEXT, THIRD)[-levels:]
    for table, below in zip(tables, tables[1:]):
        pages.table(table, {0: (below >> 2 if is_riscv else below) | flags})
    pages.table(tables[-1], {0: last})
    walk = walk_address(pages.reader, space, 0)
    assert walk.steps[-1].fields == fields
    assert walk.why == ""


def test_table_descriptors_name_their_hierarchical_bits():
    pages = PhysicalPages()
    pages.table(ROOT, {0: 0x70000000 | 3 | 0xD8 << 56})
    walk = walk_address(pages.reader, aarch64_space(25 | 1 << 23 | 5 << 32, ROOT, 0), 0)
    assert walk.steps[0].fields == ("Valid", "Table", "PXNTable", "UXNTable", "APTable=2", "NSTable")


def test_why_a_walk_ends():
    pages = PhysicalPages()
    pages.table(ROOT, {0: NEXT | 7, 1: 0x70000000 | 7})
    pages.table(NEXT)
    memory, space = pages.reader, x86_space(ROOT)
    for address, why, steps in ((0, NOT_PRESENT, 2), (1 << 39, UNREADABLE, 2), (1 << 47, NOT_TRANSLATED, 0)):
        walk = walk_address(memory, space, address)
        assert (walk.why, len(walk.steps), walk.physical, walk.rights) == (why, steps, None, None)
    assert str(walk_address(memory, space, 1 << 39).steps[-1]) == "PDPTE at 0x70000000 = ?"


@pytest.mark.parametrize("address", [1 << 47, (1 << 64) - (1 << 47) - 1, 1 << 63])
def test_addresses_that_are_not_canonical(address):
    assert walk_address(PhysicalPages().reader, x86_space(ROOT), address).why == NOT_TRANSLATED


def test_what_is_no_address():
    with pytest.raises(InvalidArgument):
        walk_address(PhysicalPages().reader, x86_space(ROOT), "x")
