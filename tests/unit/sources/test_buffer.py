"""The in-memory target: areas and contents, with what is absent, unreadable and untouched told apart."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.byte_order import BIG
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.sources import BufferArea, buffer_target


def read(target, address, size):
    """What one reader gives, up to the first byte that can't be read."""
    room = bytearray(size)
    got = target.readers[0].read_into(address, memoryview(room))
    return bytes(room[:got])


def ranges(found):
    return [(r.start, r.end) for r in found]


def test_each_piece_is_an_area_with_its_content():
    target = buffer_target([(0x2000, b"there", "r-xp"), (0x1000, b"here", "rw-p")])
    assert [(a.start, a.end, a.perms) for a in target.listers[0].areas()] == [
        (0x1000, 0x1004, "rw-p"),
        (0x2000, 0x2005, "r-xp"),
    ]
    assert read(target, 0x2001, 3) == b"her"


def test_reading_goes_on_across_touching_pieces_and_ends_at_a_hole():
    target = buffer_target([(0x10, b"ab", "r--p"), (0x12, b"cd", "rw-p"), (0x15, b"ef", "rw-p")])
    assert read(target, 0x11, 100) == b"bcd"
    assert read(target, 0x14, 1) == b""
    assert read(target, 0xF, 1) == b""
    assert read(target, 0x17, 1) == b""


def test_the_top_byte_is_an_address_like_any_other():
    target = buffer_target([(TOP - 2, b"yz", "r--p")])
    assert target.listers[0].areas()[0].end == TOP
    assert read(target, TOP - 1, 10) == b"z"


def test_unreadable_and_absent_parts_give_no_bytes_and_only_absent_ones_are_reported():
    target = buffer_target([(0, bytes(range(10)), "rw-p")], unreadable=[(2, 4)], absent=[(3, 6)])
    assert read(target, 0, 10) == bytes([0, 1])
    assert read(target, 2, 8) == read(target, 5, 8) == b""
    assert read(target, 6, 8) == bytes([6, 7, 8, 9])
    assert ranges(target.absent.absent(0, TOP)) == [(4, 6)]


def test_what_the_content_does_not_reach_is_absent():
    target = buffer_target([BufferArea(0x100, b"abc", size=0x10)])
    assert read(target, 0x100, 0x10) == b"abc"
    assert ranges(target.absent.absent(0, 0x108)) == [(0x103, 0x108)]


def test_untouched_memory_reads_as_zeros_however_large():
    target = buffer_target([BufferArea(0x1000, b"", size=1 << 40)], untouched=[(0x1000, 1 << 40)])
    assert read(target, 1 << 39, 4) == bytes(4)
    assert ranges(target.untouched.untouched(0, 0x3000)) == [(0x1000, 0x3000)]
    assert ranges(target.absent.absent(0, TOP)) == [(1 << 40, (1 << 40) + 0x1000)]


def test_an_area_has_the_path_offset_and_kind_of_its_piece():
    target = buffer_target([BufferArea(0, b"x", path="/lib/a.so", offset=0x3000, kind="module")])
    area = target.listers[0].areas()[0]
    assert (area.path, area.offset, area.kind, area.source) == ("/lib/a.so", 0x3000, "module", "buffer")


def test_the_architecture_is_the_one_given():
    assert buffer_target([], Arch(4, BIG)).arch == Arch(4, BIG)
    assert buffer_target([]).arch == Arch()


def test_later_changes_of_the_bytes_do_not_reach_the_target():
    data = bytearray(b"before")
    target = buffer_target([(0, data, "rw-p")])
    data[:] = b"after!"
    assert read(target, 0, 6) == b"before"


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([(0, b"abc", "rw-p"), (2, b"abc", "rw-p")], id="overlapping"),
        pytest.param([(0, b"", "rw-p")], id="empty"),
        pytest.param([(TOP - 1, b"ab", "rw-p")], id="beyond the top"),
        pytest.param([(-1, b"ab", "rw-p")], id="below zero"),
        pytest.param([(0, b"ab", "rwx")], id="a protection of three letters"),
        pytest.param([BufferArea(0, b"ab", size=1)], id="more content than area"),
    ],
)
def test_impossible_pieces_are_refused(pieces):
    with pytest.raises(InvalidArgument):
        buffer_target(pieces)


def test_an_impossible_range_is_refused():
    with pytest.raises(InvalidArgument):
        buffer_target([(0, b"abc", "rw-p")], absent=[Range(2, 1)])
