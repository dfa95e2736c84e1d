"""Reading memory with holes."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import SMALLEST_PAGE as PAGE
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import Range, without
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.walk.coverage import Tally, Unreadable
from ptatlas.core.walk.reading import is_readable, read_cells, read_up_to, readable_parts

BASE = 0x10000
DATA = bytes(number % 251 for number in range(4 * PAGE))


@pytest.mark.parametrize(
    ("unreadable", "parts"),
    [
        pytest.param([], [(0, 4 * PAGE)], id="none"),
        pytest.param([(PAGE, 2 * PAGE)], [(0, PAGE), (2 * PAGE, 4 * PAGE)], id="a-page"),
        pytest.param([(0, PAGE)], [(PAGE, 4 * PAGE)], id="the-first"),
        pytest.param([(3 * PAGE, 4 * PAGE)], [(0, 3 * PAGE)], id="the-last"),
        pytest.param([(0, 4 * PAGE)], [], id="all"),
        pytest.param([(10, 20)], [(0, 10), (20, 4 * PAGE)], id="within-a-page"),
        pytest.param([(10, 2 * PAGE + 5)], [(0, 10), (2 * PAGE + 5, 4 * PAGE)], id="from-within-to-within"),
        pytest.param([(4 * PAGE - 1, 4 * PAGE)], [(0, 4 * PAGE - 1)], id="the-last-byte"),
    ],
)
def test_holes_are_left_out_and_reading_goes_on(
    unreadable: list[tuple[int, int]], parts: list[tuple[int, int]]
) -> None:
    refused = [(BASE + start, BASE + end) for start, end in unreadable]
    (reader,) = buffer_target([(BASE, DATA, "rw-p")], unreadable=refused).readers
    buffer = bytearray(len(DATA))
    found = readable_parts(reader, BASE, memoryview(buffer))
    assert found == [(BASE + start, BASE + end) for start, end in parts]
    for start, end in parts:
        assert buffer[start:end] == DATA[start:end]
    assert list(without(Range(BASE, BASE + len(DATA)), found)) == refused


def test_what_is_read_ends_before_the_first_byte_that_cannot_be_read() -> None:
    (reader,) = buffer_target([(BASE, DATA, "rw-p")]).readers
    end = BASE + len(DATA)
    assert read_up_to(reader, BASE + 8, 16) == DATA[8:24]
    assert read_up_to(reader, end - 4, 16) == DATA[-4:]
    assert read_up_to(reader, end, 16) == read_up_to(reader, BASE, 0) == b""
    assert read_cells(reader, end - 2, 4) == [*DATA[-2:], None, None]
    assert (is_readable(reader, end - 1), is_readable(reader, end)) == (True, False)


def test_cells_are_read_before_and_behind_a_hole() -> None:
    hole = (BASE + 4, BASE + 6)
    (reader,) = buffer_target([(BASE, DATA, "rw-p")], unreadable=[hole]).readers
    assert read_cells(reader, BASE, 8) == [*DATA[:4], None, None, *DATA[6:8]]


def test_a_reader_that_knows_where_its_bytes_are_is_read_at_all_of_them() -> None:
    held = [(BASE + start, BASE + end) for start, end in [(5, 9), (20, 21), (PAGE - 3, PAGE + 2)]]
    (whole,) = buffer_target([(BASE, DATA, "rw-p")], unreadable=_holes(held)).readers
    reader = Sparse(whole, held)
    buffer = bytearray(len(DATA))
    assert readable_parts(reader, BASE, memoryview(buffer)) == held
    assert len(reader.asked) <= 2 * len(held) + 1


class Sparse:
    """A SparseReader over another."""

    def __init__(self, reader, held):
        self._reader, self._held, self.asked = reader, RangeSet(Range(*part) for part in held), []

    def read_into(self, address, buffer):
        self.asked.append(address)
        return self._reader.read_into(address, buffer)

    def next_readable(self, address, end):
        return next((part.start for part in self._held.within(address, end)), end)


def _holes(held):
    return list(without(Range(BASE, BASE + len(DATA)), [Range(*part) for part in held]))


def test_the_top_byte_is_read() -> None:
    top = 1 << 64
    (reader,) = buffer_target([(top - 10, b"0123456789", "r--p")]).readers
    buffer = bytearray(10)
    assert readable_parts(reader, top - 10, memoryview(buffer)) == [Range(top - 10, top)]
    assert buffer == b"0123456789"


def test_a_tally_tells_absent_from_unreadable() -> None:
    target = buffer_target([(BASE, DATA, "rw-p")], absent=[(BASE + 16, BASE + 32)])
    tally = Tally(target.absent)
    tally.searched, tally.left_out = 100, 7
    tally.refuse(BASE, BASE + 48)
    tally.refuse(BASE + 48, BASE + 64)
    coverage = tally.result
    assert coverage.unreadable == (
        Unreadable(BASE, BASE + 16, "unreadable"),
        Unreadable(BASE + 16, BASE + 32, "absent"),
        Unreadable(BASE + 32, BASE + 64, "unreadable"),
    )
    assert coverage.size == 100 + 7 + 64
