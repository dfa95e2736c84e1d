"""Reading at many places at once shows what reading at each of them does."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ptatlas.core.errors import SourceError
from ptatlas.core.ports.files import FilePart
from ptatlas.core.ports.memory import ScatteredReader
from ptatlas.core.ranges import Range
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.breakpoint_shadow import ShadowedReader
from ptatlas.core.sources.file_parts import FilePartReader
from ptatlas.core.sources.procfs.process import process_target
from ptatlas.core.watch import UNWATCHED
from support.resting import wait_until_resting

PAGE = 4096


def one_by_one(reader, addresses, size):
    """What the reader gives at each place, and how many are whole before the first that isn't."""
    found = []
    for address in addresses:
        room = bytearray(size)
        if reader.read_into(address, memoryview(room)) < size:
            break
        found.append(bytes(room))
    return found


def each(reader, addresses, size):
    room = bytearray(len(addresses) * size)
    count = reader.read_each(addresses, size, memoryview(room))
    return [bytes(room[n * size : (n + 1) * size]) for n in range(count)]


def reader_of(child):
    """The child's reader, ready to read everything."""
    wait_until_resting(child.pid)  # what was prepared holds until the process runs
    reader = process_target(child.pid).readers[0]
    reader.prepare([Range(0, 2**64)], UNWATCHED)
    return reader


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.sampled_from([1, 4, 8, 64]))
def test_a_process_gives_the_same_at_many_places_as_at_each(areas_child, data, size):
    reader, place = reader_of(areas_child), areas_child.place("pattern")
    offsets = data.draw(st.lists(st.integers(0, place.size - size), max_size=30))
    addresses = sorted(place.address + offset for offset in offsets)
    assert each(reader, addresses, size) == one_by_one(reader, addresses, size)


def test_more_places_than_fit_one_call_are_read(areas_child):
    reader, place = reader_of(areas_child), areas_child.place("pattern")
    addresses = range(place.address, place.address + 4 * 3000, 4)
    told = each(reader, addresses, 4)
    assert told == [(n * 2654435761 % 2**32).to_bytes(4, "little") for n in range(3000)]


def test_it_ends_before_a_place_that_cannot_be_read(areas_child):
    reader, hole = reader_of(areas_child), areas_child.place("hole")
    before = [hole.address - 64, hole.address - 8]
    assert len(each(reader, [*before, hole.address + 8, hole.end], 8)) <= 2
    assert each(reader, before, 8) == one_by_one(reader, before, 8)
    assert each(reader, [], 8) == each(reader, [0], 8) == each(reader, [2**64 - 4], 8) == []


def test_nothing_is_read_between_areas_that_do_not_touch(areas_child):
    places = sorted(areas_child.place(name).address for name in ("heap", "pattern", "shared"))
    assert each(reader_of(areas_child), places, 4) == []


class Fast:
    """Memory with traps in it, which can be read at many places."""

    source, thread_safe = "fast", True

    def __init__(self, content: bytes) -> None:
        self.read_into = buffer_target([BufferArea(0x1000, content, "r-xp")]).readers[0].read_into

    def read_each(self, addresses, size, buffer):
        for number, address in enumerate(addresses):
            if self.read_into(address, buffer[number * size : (number + 1) * size]) < size:
                return number
        return len(addresses)


class Clock:
    def now(self):
        return 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0x1000, 0x1000 + 4 * PAGE - 1), max_size=20),
    st.integers(0x1000, 0x4FFF),
    st.sampled_from([1, 8]),
)
def test_what_lies_under_a_breakpoint_is_laid_over_each_place(addresses, trap, size):
    original = bytes(n % 251 for n in range(4 * PAGE))
    there = bytearray(original)
    there[trap - 0x1000] = 0xCC
    target = buffer_target([BufferArea(0x1000, original, "r-xp")])
    page = trap // PAGE * PAGE
    reader = ShadowedReader(
        Fast(bytes(there)),
        target.readers[0],
        target.listers[0],
        Clock(),
        find_modified=lambda _: [Range(page, page + PAGE)],
        page_size=PAGE,
    )
    places = sorted(addresses)
    assert each(reader, places, size) == one_by_one(target.readers[0], places, size)


def test_other_threads_may_read_only_what_was_prepared():
    target = buffer_target([BufferArea(0x1000, bytes(PAGE), "r-xp")])
    reader = ShadowedReader(
        Fast(bytes(PAGE)),
        target.readers[0],
        target.listers[0],
        Clock(),
        find_modified=lambda _: [Range(0x1000, 0x2000)],
    )
    reader._thread = 0  # as if this were another thread
    with pytest.raises(SourceError):
        each(reader, [0x1000], 4)


def test_what_lies_in_a_file_is_read_from_there_and_what_lies_across_its_edge_by_itself(tmp_path):
    path = tmp_path / "mapped"
    path.write_bytes(bytes(range(0, 256, 2)) * 32)
    status = path.stat()
    part = FilePart(0x2000, 0x3000, str(path), (status.st_dev, status.st_ino), 0)
    reader = FilePartReader(Fast(bytes(range(256)) * 48), [part], PAGE)
    assert isinstance(reader, ScatteredReader)
    assert each(reader, [0x1000, 0x1FF8], 8) == one_by_one(reader, [0x1000, 0x1FF8], 8)
    assert each(reader, [0x1000, 0x1FFC], 8) == one_by_one(reader, [0x1000], 8)
    assert each(reader, [0x1FFC], 8) == []
    assert each(reader, [0x2000, 0x2004, 0x2FFC, 0x3000], 8) == one_by_one(reader, [0x2000, 0x2004], 8)
    everywhere = [0x1000, 0x1FF8, 0x2000, 0x2333, 0x2FF8, 0x3000, 0x3FF8]
    assert each(reader, everywhere, 8) == one_by_one(reader, everywhere, 8)


def test_what_a_file_lacks_is_read_by_itself(tmp_path):
    path = tmp_path / "mapped"
    path.write_bytes(b"F" * PAGE)
    status = path.stat()
    part = FilePart(0x2000, 0x4000, str(path), (status.st_dev, status.st_ino), 0)
    reader = FilePartReader(Fast(bytes(range(256)) * 64), [part], PAGE)
    assert each(reader, [0x2000, 0x2800, 0x3000, 0x3800], 8) == one_by_one(reader, [0x2000, 0x2800], 8)
