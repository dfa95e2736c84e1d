"""Tables that are shared, that loop, that multiply: what they cost, and what is said of them."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import Interrupted
from ptatlas.core.paging.notes import SEVERAL_LEVELS, SHARED, TOO_MANY
from ptatlas.core.paging.page_walk import walk_address
from ptatlas.core.paging.paged_areas import paged_areas, paged_extents
from ptatlas.core.paging.riscv import riscv_space
from ptatlas.core.paging.x86 import x86_space
from ptatlas.core.watch import Watch
from support.page_tables import PhysicalPages, shown

TABLES = (0x1000, 0x2000, 0x3000, 0x4000)
RWU, RU = 7, 5
HALVES = ["0x0..0x800000000000 {}", "0xffff800000000000..0x10000000000000000 {}"]


def shared(leaves: dict[int, int], flags: int = RWU) -> PhysicalPages:
    """Four levels of one table each, every entry of which points to the next."""
    pages = PhysicalPages()
    for table, below in zip(TABLES, TABLES[1:]):
        pages.table(table, dict.fromkeys(range(512), below | flags))
    pages.table(TABLES[-1], leaves)
    return pages


def noted(found) -> dict[str, int]:
    return {note.what: note.times for note in found.notes}


def test_two_to_the_36_pages_of_four_tables_cost_four_tables():
    memory = shared({n: n << 12 | RWU for n in range(512)}).reader
    found = paged_areas(memory, x86_space(TABLES[0]))
    assert shown(found.areas) == [half.format("rwx rwx 0x1000") for half in HALVES]
    assert memory.reads == found.tables == 5  # the first table in two halves
    assert noted(found) == {SHARED: 3 * 511}


def test_a_table_that_is_all_its_own_entries_ends():
    pages = PhysicalPages()
    pages.table(0x1000, dict.fromkeys(range(512), 0x1000 | RWU))
    found = paged_areas(pages.reader, x86_space(0x1000))
    assert shown(found.areas) == [half.format("rwx rwx 0x1000") for half in HALVES]
    assert noted(found)[SEVERAL_LEVELS] == 3
    walk = walk_address(pages.reader, x86_space(0x1000), 0x123)
    assert (walk.physical, len(walk.steps)) == (0x1123, 4)


def test_a_loop_over_two_tables_ends():
    pages = PhysicalPages()
    pages.table(0x1000, {0: 0x2000 | RWU, 1: 0x1000 | RWU})
    pages.table(0x2000, {0: 0x1000 | RWU})
    found = paged_areas(pages.reader, x86_space(0x1000))
    assert found.areas
    assert noted(found)[SEVERAL_LEVELS] >= 2
    assert found.tables <= 2 * 4 + 1


def test_a_table_that_maps_itself_for_access_shows_the_tables_as_pages():
    pages = PhysicalPages()
    for table, below in zip(TABLES, TABLES[1:]):
        pages.table(table, {0: below | 3})
    pages.table(TABLES[-1], {0: 0x9000 | 3})
    pages.put(TABLES[0] + 8 * 0x1ED, TABLES[0] | 3 | 1 << 63)
    space = x86_space(TABLES[0])
    extents = paged_extents(pages.reader, space).extents
    own = 0xFFFFF6FB7DBED000  # by 0x1ed on each level
    assert walk_address(pages.reader, space, own).physical == TABLES[0]
    assert {(e.start, e.physical) for e in extents} >= {(0, 0x9000), (own, TABLES[0])}


def test_rights_above_do_not_leak_from_one_way_to_another():
    pages = shared({0: 0x9000 | RWU})
    for table in TABLES[:3]:
        pages.table(table, dict.fromkeys(range(512), 0))
    pages.table(TABLES[0], {0: TABLES[1] | RWU, 1: TABLES[1] | RU, 2: TABLES[1] | RWU | 1 << 63})
    pages.table(TABLES[1], {0: TABLES[2] | RWU})
    pages.table(TABLES[2], {0: TABLES[3] | RWU})
    found = paged_areas(pages.reader, x86_space(TABLES[0]))
    assert [line.split(" ", 1)[1] for line in shown(found.areas)] == [
        "rwx rwx 0x1000", "r-x r-x 0x1000", "rw- rw- 0x1000",
    ]  # fmt: skip


@pytest.mark.parametrize("walk", [paged_areas, paged_extents])
def test_where_ranges_multiply_the_walk_stops_at_the_limit_and_says_where(walk):
    memory = shared({n: n << 12 | (RWU if n % 2 else RU) for n in range(512)}).reader
    found = walk(memory, x86_space(TABLES[0]), limit=3000)
    assert (found.stopped, len(found[0])) == (6 << 21, 6 * 512)
    assert found[0][-1].end == found.stopped
    assert noted(found)[TOO_MANY] == 1
    assert walk(memory, x86_space(TABLES[0]), limit=5000).stopped > found.stopped


def test_at_the_limit_in_the_lower_half_the_upper_one_is_not_looked_at():
    memory = shared({n: n << 12 | (RWU if n % 2 else RU) for n in range(512)}).reader
    found = paged_areas(memory, x86_space(TABLES[0]), limit=100)
    assert found.areas[-1].end == found.stopped < 1 << 47


def test_joining_ranges_under_a_stricter_entry_is_bounded_too():
    memory = shared({n: n << 12 | (RWU if n % 2 else RU) for n in range(512)}).reader
    pages = shared({n: n << 12 | (RWU if n % 2 else RU) for n in range(512)})
    pages.table(TABLES[0], {0: TABLES[1] | RU})
    found = paged_areas(pages.reader, x86_space(TABLES[0]), limit=3000)
    assert len(found.areas) == 1
    assert found.areas[0].end == found.stopped
    assert memory.reads == 0


def test_a_walk_that_is_interrupted_ends():
    memory = shared({}).reader
    with pytest.raises(Interrupted):
        paged_areas(memory, x86_space(TABLES[0]), watch=Watch(lambda: memory.reads == 2))
    assert memory.reads == 2


def test_the_watch_is_asked_while_ranges_multiply_too():
    memory = shared({n: n << 12 | (RWU if n % 2 else RU) for n in range(512)}).reader
    asked = []
    found = paged_areas(
        memory, x86_space(TABLES[0]), limit=30000, watch=Watch(lambda: bool(asked.append(memory.reads)))
    )
    assert len(asked) - found.tables >= 2 * len(found.areas) / 4096


def test_an_empty_space_is_empty():
    pages = PhysicalPages()
    pages.table(0x1000)
    assert paged_areas(pages.reader, riscv_space(8 << 60 | 1)) == ((), (), None, 2, ())
