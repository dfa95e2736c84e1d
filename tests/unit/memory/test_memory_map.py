"""Bytes, files and readers at addresses, what shows where they overlap, and searching them."""

from __future__ import annotations

import gc
import io
import os
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import InvalidArgument, MapChanged, MemoryFault, SourceError
from ptatlas.core.memory.memory_map import MemoryMap
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.sources.buffer import buffer_target


def memory(*pieces, word_size=8, endian="little"):
    made = MemoryMap(word_size, endian)
    for data, address in pieces:
        made.add_bytes(data, address)
    return made


@given(st.lists(st.tuples(st.integers(0, 80), st.binary(min_size=1, max_size=30)), max_size=20), st.data())
def test_later_bytes_lie_over_earlier_ones_and_holes_are_faults(pieces, data):
    made, expected = MemoryMap(), {}
    for address, content in pieces:
        made.add_bytes(content, address)
        expected.update(zip(range(address, address + len(content)), content))
    start = data.draw(st.integers(0, 110))
    size = data.draw(st.integers(1, 60))
    missing = next((a for a in range(start, start + size) if a not in expected), None)
    if missing is None:
        assert made.read(start, size) == bytes(expected[a] for a in range(start, start + size))
    else:
        with pytest.raises(MemoryFault) as caught:
            made.read(start, size)
        assert caught.value.address == missing


@given(
    st.lists(st.tuples(st.integers(0, 60), st.text("ab", min_size=1, max_size=20)), min_size=1, max_size=8),
    st.text("ab", min_size=1, max_size=4),
    st.integers(0, 80),
)
def test_all_matches_are_found_across_pieces_and_none_across_holes(pieces, wanted, start):
    made, expected = MemoryMap(4, "big"), {}
    for address, text in pieces:
        made.add_bytes(text.encode(), address)
        expected.update(zip(range(address, address + len(text)), text.encode()))
    needle = wanted.encode()
    found = [a for a in range(start, 90) if [expected.get(a + i) for i in range(len(needle))] == list(needle)]
    assert list(made.find_all(needle, start)) == found
    assert made.find(needle, start) == next(iter(found), None)
    assert list(made.find_all_aligned(needle, start)) == [a for a in found if a % 4 == 0]
    assert made.find_aligned(needle, start) == next((a for a in found if a % 4 == 0), None)


@pytest.mark.parametrize("endian", ["little", "big"])
@pytest.mark.parametrize("word_size", [4, 8])
def test_pointers_are_found_where_they_are_aligned(word_size, endian):
    word = (0x12345678).to_bytes(word_size, endian)
    made = memory(
        (b"\1" + word * 2, 0x1000), (word, 0x2000), (word, 0x3004), word_size=word_size, endian=endian
    )
    expected = [0x2000] if word_size == 8 else [0x2000, 0x3004]
    assert list(made.find_all_pointers(0x12345678)) == expected
    assert made.find_pointer(0x12345678) == 0x2000
    assert made.find_pointer(0x12345678, start=0x2001) == (None if word_size == 8 else 0x3004)


def test_a_pointer_that_no_word_holds_is_invalid():
    with pytest.raises(InvalidArgument):
        memory(word_size=4).find_pointer(1 << 32)


def test_a_search_takes_patterns_of_every_type():
    made = memory((b"..NEEDLE..needle", 0x1000))
    assert list(made.find_all(Pattern.text("needle", ignore_case=True))) == [0x1002, 0x100A]
    assert made.find(Pattern.regex("[N-Q]+")) == 0x1002


def test_text_is_neither_bytes_nor_a_pattern():
    with pytest.raises(InvalidArgument):
        memory((b"a", 0)).find("a")


def test_an_empty_map_has_nothing():
    made = MemoryMap()
    assert made.find(b"a") is None
    assert list(made.find_all(b"a")) == []
    assert (made.segments, made.ranges) == ((), ())


def test_two_searches_at_once_do_not_disturb_each_other():
    made = memory((b"abab", 0))
    assert list(zip(made.find_all(b"a"), made.find_all(b"b"))) == [(0, 1), (2, 3)]


def test_a_search_of_a_map_that_has_changed_says_so():
    made = memory((b"aaaa", 0))
    found = made.find_all(b"a")
    assert next(found) == 0
    made.add_bytes(b"b", 100)
    with pytest.raises(MapChanged):
        next(found)


def test_a_match_may_end_with_the_last_byte_of_the_address_space():
    made = memory((b"..END", TOP - 5))
    assert made.find(b"END") == TOP - 3
    assert made.read(TOP - 5, 5) == b"..END"


@pytest.mark.parametrize(
    ("data", "address"),
    [
        pytest.param(b"", 0, id="nothing"),
        pytest.param(b"ab", TOP - 1, id="beyond the top"),
        pytest.param(b"ab", -1, id="below zero"),
    ],
)
def test_bytes_that_do_not_fit_change_nothing(data, address):
    made = memory((b"old", 0))
    with pytest.raises(InvalidArgument):
        made.add_bytes(data, address)
    assert made.ranges == (Range(0, 3),)


def test_bytes_are_kept_as_they_were():
    data = bytearray(b"old")
    made = memory((data, 0))
    data[:] = b"new"
    assert made.read(0, 3) == b"old"


# --- Files ---------------------------------------------------------------------------------------


def open_files():
    """How many descriptors are open, without those of objects that nobody holds."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def path(tmp_path):
    """A file of a hundred different bytes."""
    file = tmp_path / "file"
    file.write_bytes(bytes(range(100)))
    return file


@pytest.mark.parametrize(
    ("offset", "size", "content"),
    [
        pytest.param(0, None, bytes(range(100)), id="all of it"),
        pytest.param(90, None, bytes(range(90, 100)), id="from an offset on"),
        pytest.param(10, 5, bytes(range(10, 15)), id="a part"),
        pytest.param(90, 1000, bytes(range(90, 100)), id="a size cut at the end"),
    ],
)
def test_a_file_shows_from_its_offset_on(path, offset, size, content):
    made = MemoryMap()
    made.add_file(path, 0x1000, offset, size)
    assert made.ranges == (Range(0x1000, 0x1000 + len(content)),)
    assert made.read(0x1000, len(content)) == content


def _descriptor(path):
    return os.open(path, os.O_RDONLY)


@pytest.mark.parametrize(
    ("kind", "close"),
    [
        pytest.param(str, None, id="text"),
        pytest.param(os.fsencode, None, id="bytes"),
        pytest.param(open, lambda file: file.close(), id="open file"),
        pytest.param(_descriptor, os.close, id="descriptor"),
    ],
)
def test_a_file_may_be_a_path_or_open(path, kind, close):
    file, made = kind(path), MemoryMap()
    made.add_file(file, 0)
    if close is not None:
        close(file)
    assert made.read(0, 100) == bytes(range(100))


@pytest.mark.parametrize("flags", [os.O_WRONLY, os.O_PATH])
def test_a_descriptor_that_cannot_be_read_is_refused(path, flags):
    descriptor = os.open(path, flags)
    with pytest.raises(InvalidArgument, match="is not open for reading"):
        MemoryMap().add_file(descriptor, 0)
    os.close(descriptor)


@pytest.mark.parametrize("number", [-1, 10**6, 2**70])
def test_a_number_that_is_no_descriptor_is_refused(number):
    with pytest.raises(InvalidArgument, match="is no open file"):
        MemoryMap().add_file(number, 0)


def test_what_is_left_of_a_file_keeps_its_offsets(path):
    made = MemoryMap()
    made.add_file(path, 0x1000)
    made.add_bytes(b"\xff" * 10, 0x1020)
    assert made.read(0x102A, 4) == bytes(range(0x2A, 0x2E))
    assert made.find(bytes(range(0x2A, 0x30))) == 0x102A


def test_a_file_is_read_when_it_is_asked_for(path):
    made = MemoryMap()
    made.add_file(path, 0)
    path.write_bytes(b"\xee" * 100)
    assert made.get_byte(5) == 0xEE


def test_a_file_that_was_removed_is_still_there(path):
    made = MemoryMap()
    made.add_file(path, 0)
    path.unlink()
    assert made.get_byte(5) == 5


def test_a_file_that_became_shorter_is_absent_from_there_on(path):
    made = MemoryMap()
    made.add_file(path, 0)
    os.truncate(path, 50)
    assert made.read(0, 50) == bytes(range(50))
    with pytest.raises(MemoryFault) as caught:
        made.read(40, 20)
    assert (caught.value.address, caught.value.reason) == (50, "absent")
    assert not made.is_mapped(50)
    assert list(made.find_all(b"\x05")) == [5]


def test_one_file_at_many_places_is_open_once(path):
    made = MemoryMap()
    before = open_files()
    for place in range(2000):
        made.add_file(path, place * 0x1000)
    assert open_files() == before + 1
    assert made.get_byte(1999 * 0x1000 + 7) == 7


def test_a_file_of_the_same_name_that_is_another_is_another(path):
    made = MemoryMap()
    made.add_file(path, 0)
    path.unlink()
    path.write_bytes(b"\xee" * 100)
    made.add_file(path, 0x1000)
    assert (made.get_byte(5), made.get_byte(0x1005)) == (5, 0xEE)


def test_a_map_that_nobody_holds_closes_its_files(path):
    before = open_files()
    made = MemoryMap()
    made.add_file(path, 0)
    del made
    assert open_files() == before


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param({"offset": 100}, InvalidArgument, id="offset at the end"),
        pytest.param({"offset": -1}, InvalidArgument, id="negative offset"),
        pytest.param({"size": 0}, InvalidArgument, id="no size"),
        pytest.param({"size": -5}, InvalidArgument, id="negative size"),
        pytest.param({"address": TOP - 5}, InvalidArgument, id="beyond the top"),
        pytest.param({"file": "/nonexistent/file"}, SourceError, id="no such file"),
        pytest.param({"file": "/"}, SourceError, id="a folder"),
        pytest.param({"file": "/dev/zero"}, SourceError, id="a device"),
        pytest.param({"file": io.BytesIO(b"abc")}, InvalidArgument, id="an open file that is none"),
        pytest.param({"file": 3.5}, InvalidArgument, id="no file at all"),
    ],
)
def test_a_file_that_cannot_be_placed_changes_nothing(path, arguments, error):
    made = memory((b"old", 0))
    before = open_files()
    with pytest.raises(error):
        made.add_file(**{"file": path, "address": 0, **arguments})
    assert made.read(0, 3) == b"old"
    assert open_files() == before


def test_a_fifo_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(SourceError):
        MemoryMap().add_file(tmp_path / "fifo", 0)


# --- Readers -------------------------------------------------------------------------------------


def test_a_reader_shows_its_own_addresses():
    target = buffer_target([(0x1000, bytes(range(100)), "rw-p")])
    made = MemoryMap()
    made.add_reader(target.readers[0], 0x1010, 0x1020)
    assert made.ranges == (Range(0x1010, 0x1020),)
    assert made.read(0x1010, 4) == bytes(range(0x10, 0x14))


def test_what_a_reader_cannot_read_is_unreadable_and_skipped_by_a_search():
    target = buffer_target([(0, b"a" * 0x3000, "rw-p")], unreadable=[(0x1000, 0x2000)])
    made = MemoryMap()
    made.add_reader(target.readers[0], 0, 0x3000)
    with pytest.raises(MemoryFault) as caught:
        made.read(0xFFF, 2)
    assert (caught.value.address, caught.value.reason) == (0x1000, "unreadable")
    assert sum(1 for _ in made.find_all(b"a")) == 0x2000


def test_a_map_is_as_safe_in_threads_as_what_it_is_made_of():
    made = memory((b"a", 0))
    assert made.thread_safe
    reader = buffer_target([(0, b"a", "rw-p")]).readers[0]
    reader.thread_safe = False
    made.add_reader(reader, 10, 11)
    assert not made.thread_safe


def test_a_map_is_a_reader_of_another_map():
    inner, outer = memory((b"abc", 0x1000)), MemoryMap()
    outer.add_reader(inner, 0x1000, 0x1003)
    assert outer.read(0x1001, 2) == b"bc"


def test_very_many_pieces_are_searched_in_order():
    made = MemoryMap()
    for place in reversed(range(20_000)):
        made.add_bytes(b"needle", place * 16)
    assert list(islice(made.find_all(b"needle", start=16 * 100), 3)) == [1600, 1616, 1632]
    assert len(made.ranges) == 20_000
