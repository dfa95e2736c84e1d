"""What becomes of neighbours, holes in memory, and physical addresses."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import SourceDenied
from ptatlas.core.paging.entries import RESERVED, UNREADABLE
from ptatlas.core.paging.paged_areas import PagedExtent, paged_areas, paged_extents
from ptatlas.core.paging.physical_index import PhysicalIndex
from ptatlas.core.paging.x86 import x86_space
from ptatlas.core.ranges import Range
from ptatlas.core.segments.content import BytesContent
from ptatlas.core.segments.reader import SegmentReader
from ptatlas.core.segments.segment import Segment
from support.page_tables import PhysicalPages, shown

ROOT, NEXT, THIRD, LAST = 0x1000, 0x2000, 0x3000, 0x4000


def four(leaves: dict[int, int], directory: dict[int, int] | None = None) -> PhysicalPages:
    pages = PhysicalPages()
    pages.table(ROOT, {0: NEXT | 7})
    pages.table(NEXT, {0: THIRD | 7})
    pages.table(THIRD, {0: LAST | 7, **(directory or {})})
    pages.table(LAST, leaves)
    return pages


def test_neighbours_with_equal_rights_are_one_area_wherever_they_lie():
    pages = four({n: (0x900 - n) << 12 | 3 for n in range(510, 512)}, {1: 0x400000 | 0x83, 2: 0x5000 | 3})
    pages.table(0x5000, {0: 0x77000 | 3, 1: 0x78000 | 1})
    assert shown(paged_areas(pages.reader, x86_space(ROOT)).areas) == [
        "0x1fe000..0x401000 --- rwx 0x1000+0x200000",
        "0x401000..0x402000 --- r-x 0x1000",
    ]


def test_global_and_memory_types_part_areas():
    pages = four({0: 3, 1: 3 | 1 << 8, 2: 3 | 1 << 4})
    assert len(paged_areas(pages.reader, x86_space(ROOT)).areas) == 3
    # Entries 0 and 4 of the PAT are one type by its value at reset.
    pages = four({0: 3, 1: 3 | 1 << 7})
    assert len(paged_areas(pages.reader, x86_space(ROOT, pat=0x0007040600070406)).areas) == 1
    assert len(paged_areas(pages.reader, x86_space(ROOT)).areas) == 2


def test_a_table_beyond_ram_is_a_range_that_is_not_known_and_a_note():
    found = paged_areas(four({0: 0x9003}, {3: 0x70000000 | 7, 4: 0x70001000 | 7}).reader, x86_space(ROOT))
    assert [area.start for area in found.areas] == [0]
    assert found.unread == (Range(3 << 21, 5 << 21),)
    (note,) = found.notes
    assert (note.what, note.times) == (UNREADABLE, 2)
    assert str(note) == f"2 x {UNREADABLE}: PTE at 0x70000000, for 0x600000..0x800000"


def test_zeros_are_not_what_can_not_be_read():
    pages = four({}, {3: 0x50000 | 7})
    pages.table(0x50000)
    assert paged_areas(pages.reader, x86_space(ROOT))[:2] == ((), ())


def test_a_root_beyond_ram():
    found = paged_areas(PhysicalPages().reader, x86_space(ROOT))
    assert found.unread == (Range(0, 1 << 47), Range((1 << 64) - (1 << 47), 1 << 64))
    assert found.areas == ()


def test_a_hole_inside_a_table_hides_its_entries_alone():
    data = b"".join((n << 12 | 3).to_bytes(8, "little") for n in range(512))
    pages = four({})
    upper = [
        Segment(table, table + 0x1000, BytesContent(pages.page(table)), 0) for table in (ROOT, NEXT, THIRD)
    ]
    parts = [Segment(LAST, LAST + 0x104, BytesContent(data[:0x104]), 0)]
    parts.append(Segment(LAST + 0x10C, LAST + 0x1000, BytesContent(data[0x10C:]), 0))
    found = paged_areas(SegmentReader([*upper, *parts], "physical"), x86_space(ROOT))
    # Two entries lack bytes.
    assert found.unread == (Range(0x20000, 0x22000),)
    assert [(area.start, area.end) for area in found.areas] == [(0, 0x20000), (0x22000, 0x200000)]


def test_malformed_entries_are_counted_with_the_first_places():
    found = paged_areas(four(dict.fromkeys(range(40), 1 << 51 | 1)).reader, x86_space(ROOT, physical_bits=40))
    (note,) = found.notes
    assert (note.what, note.times, len(note.places)) == (RESERVED, 40, 1)
    assert (note.places[0].start, note.places[0].address, note.places[0].level) == (0, LAST, "PTE")
    found = paged_areas(
        four(dict.fromkeys(range(0, 80, 2), 1 << 51 | 1)).reader, x86_space(ROOT, physical_bits=40)
    )
    assert (found.notes[0].times, len(found.notes[0].places)) == (40, 16)


def test_what_the_memory_raises_comes_out():
    class Refusing:
        def read_into(self, _address: int, _buffer: memoryview) -> int:
            raise SourceDenied("no")

    with pytest.raises(SourceDenied):
        paged_areas(Refusing(), x86_space(ROOT))


def test_extents_are_joined_where_both_addresses_go_on():
    pages = four({0: 0x9003, 1: 0xA003, 2: 0xA003, 3: 0xB001}, {1: 0x400000 | 0x83, 2: 0x600000 | 0x83})
    found = paged_extents(pages.reader, x86_space(ROOT)).extents
    assert [(e.start, e.end, e.physical) for e in found] == [
        (0, 0x2000, 0x9000),
        (0x2000, 0x3000, 0xA000),
        (0x3000, 0x4000, 0xB000),
        (0x200000, 0x600000, 0x400000),
    ]


def test_a_physical_address_has_all_its_virtual_ones():
    pages = four({0: 0x9003, 7: 0x9001, 8: 0x400003}, {1: 0x400000 | 0x83})
    index = PhysicalIndex(paged_extents(pages.reader, x86_space(ROOT)).extents)
    assert index.virtual_addresses(0x9123) == (0x123, 0x7123)
    assert index.virtual_addresses(0x400FFF) == (0x8FFF, 0x200FFF)
    assert index.virtual_addresses(0x8FFF) == index.virtual_addresses(0xA000) == ()


def test_an_extent_at_the_top():
    extent = PagedExtent((1 << 64) - 0x1000, 1 << 64, 0x5000, None)
    assert PhysicalIndex([extent]).virtual_addresses(0x5FFF) == ((1 << 64) - 1,)
