"""What a process has not touched is read without touching it, whoever reads, and however little."""

from __future__ import annotations

import os

import pytest
from ptatlas.core.inferior import Inferior
from ptatlas.core.ranges import Range
from ptatlas.core.sources import process_target
from ptatlas.core.walk.reading import read_up_to
from support.children import Child
from support.effects import CAN_OPEN_NAMELESS, memory_state, start_untold

PAGE = os.sysconf("SC_PAGESIZE")
NEEDLE = b"untold-needle"
# What the second page of each place begins with; see tests/programs/untold.c.
SECOND_PAGES = {
    **dict.fromkeys(("sparse", "copied", "forbidden", "memory"), NEEDLE),
    **dict.fromkeys(("reserved", "huge", "closed", "read"), bytes(13)),
}


@pytest.fixture(scope="module")
def child(build_dir, tmp_path_factory):
    with start_untold(build_dir, tmp_path_factory.mktemp("untold")) as running:
        yield running


@pytest.fixture
def inferior(child: Child):
    return Inferior(process_target(child.pid))


@pytest.mark.parametrize("name", SECOND_PAGES)
@pytest.mark.parametrize("way", ["read", "still", "still elsewhere", "still_raw", "still_raw elsewhere"])
def test_a_page_that_was_not_touched_is_read_and_stays_so(child, inferior, name, way):
    if name == "memory" and not CAN_OPEN_NAMELESS:
        pytest.skip("only the privileged may open what map_files names")
    place, memory = child.place(name), inferior.memory
    ranges = [] if "elsewhere" in way else [Range(place.address, place.end)]
    readers = {"read": lambda: memory, "still": lambda: memory.still(ranges)}
    reader = readers.get(way.partition(" ")[0], lambda: memory.still_raw(ranges))()
    before = memory_state(child.pid)
    assert read_up_to(reader, place.address + PAGE, 13) == SECOND_PAGES[name]
    across = read_up_to(reader, place.address + PAGE, 4 * PAGE)
    assert (across[:13], len(across)) == (SECOND_PAGES[name], 4 * PAGE)
    assert memory_state(child.pid) == before


@pytest.mark.parametrize("name", ["copied", "memory", "nameless", "reserved"])
def test_a_page_that_was_written_to_is_read_as_it_is(child, inferior, name):
    touched = child.place(name).address + 4 * PAGE
    assert inferior.memory.read(touched - 2, 4) == bytes([0, 0, 1, 0])
