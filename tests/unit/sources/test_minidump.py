"""Which memory a minidump holds."""

from __future__ import annotations

import struct

import pytest
from ptatlas.core.ranges import TOP
from ptatlas.core.sources.minidump import memory_of_minidump
from support.minidumps import minidump

RANGES = [(0x7FFC00001230, bytes(0x500)), (0x500F80, bytes(0x40)), (0x501080, bytes(3)), (TOP - 4, bytes(4))]


FORMS = [
    pytest.param({}, id="a list"),
    pytest.param({"is_aligned": True}, id="an aligned list"),
    pytest.param({"is_64": True}, id="the list of a full dump"),
]


def memory(content):
    return memory_of_minidump(lambda offset, size: content[offset : offset + size], len(content))


def held(content):
    found = memory(content)
    return None if found is None else found.held


@pytest.mark.parametrize("form", FORMS)
def test_it_holds_the_ranges_of_its_list_to_the_byte(form):
    expected = sorted((start, start + len(content)) for start, content in RANGES)
    assert [tuple(part) for part in held(minidump(RANGES, **form)) or ()] == expected


def test_a_range_that_would_go_beyond_the_top_ends_there():
    content = minidump([(TOP - 4, b"1234")]).replace(
        struct.pack("<QI", TOP - 4, 4), struct.pack("<QI", TOP - 4, 8)
    )
    assert [tuple(part) for part in held(content) or ()] == [(TOP - 4, TOP)]


@pytest.mark.parametrize("size", [0, 3, 31, 40, 0x50])
def test_a_cut_file_tells_nothing(size):
    assert not held(minidump(RANGES)[:size])


@pytest.mark.parametrize("content", [b"", b"\x7fELF" + bytes(60), b"MDMP" + b"\xff" * 60])
def test_what_is_no_minidump_tells_nothing(content):
    assert held(content) is None


def test_a_count_that_no_list_has_room_for_tells_nothing():
    content = minidump(RANGES)
    place = content.index(struct.pack("<IQ", len(RANGES), RANGES[0][0]))
    assert held(content[:place] + struct.pack("<I", 1 << 30) + content[place + 4 :]) is None


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_missing_of_a_whole_file(form):
    found = memory(minidump(RANGES, **form))
    assert (found.missing, found.problems) == (0, ())


@pytest.mark.parametrize("form", FORMS)
def test_what_is_listed_beyond_the_end_of_the_file_is_missing(form):
    """LLDB 22 and 23 announce an area that can be read in part, and write none of it: the rest is shifted."""
    whole = minidump(RANGES, **form)
    place = whole.index(struct.pack("<Q", RANGES[-1][0]))
    size = struct.calcsize("Q" if form.get("is_64") else "I")
    wrong = whole[: place + 8] + (1 << 20).to_bytes(size, "little") + whole[place + 8 + size :]
    found = memory(wrong)
    assert 0 < found.missing <= 1 << 20
    (problem,) = found.problems
    assert problem.startswith(f"{found.missing} bytes of the memory that the minidump lists are not in it")


@pytest.mark.parametrize("form", FORMS)
def test_the_same_list_twice_tells_nothing(form):
    """Thousands of streams could name one list of a million ranges; LLDB opens no such dump either."""
    content = minidump(RANGES, "", **form)
    kind, maps = (9 if "is_64" in form else 5), 0x47670009
    place = content.index(struct.pack("<I", maps))
    listed = content.index(struct.pack("<I", kind), 32)
    entry = content[listed : listed + 12]
    assert held(content[:place] + entry + content[place + 12 :]) is None
    assert held(content[:place] + struct.pack("<I", 3) + entry[4:] + content[place + 12 :]) is not None


def test_a_list_that_is_too_large_to_be_one_tells_nothing():
    """It isn't taken for one that lists no memory."""
    content = minidump(RANGES)
    place = content.index(struct.pack("<I", 5), 32)
    assert held(content[: place + 4] + struct.pack("<I", 1 << 30) + content[place + 8 :]) is None
