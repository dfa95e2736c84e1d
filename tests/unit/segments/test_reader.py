"""Segments as a reader: where bytes may come next, so that nobody looks for them byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.ranges import Range, coalesce
from ptatlas.core.segments.content import BytesContent
from ptatlas.core.segments.reader import SegmentReader
from ptatlas.core.segments.segment import Segment
from ptatlas.core.walk.reading import readable_parts

PAGE = 4096
BASE = 0x10000


class Cut(BytesContent):
    """Content that ends early, as a file's does that was cut meanwhile."""

    def read_at(self, offset, buffer):
        return super().read_at(offset, buffer[: max(0, 100 - offset)])


def reader(*ranges: tuple[int, int]) -> SegmentReader:
    parts = (
        Segment(BASE + a, BASE + b, BytesContent(bytes(range(1, 256)) * (b // 255 + 1)), a) for a, b in ranges
    )
    return SegmentReader(parts, "test")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param(0, 10, id="before the first"),
        pytest.param(20, 40, id="in a hole inside a page"),
        pytest.param(40, 40, id="where one begins"),
        pytest.param(60, 3 * PAGE, id="behind the last of a page"),
        pytest.param(3 * PAGE + 9, 5 * PAGE, id="behind the last"),
    ],
)
def test_bytes_come_next_where_a_segment_begins(address, expected):
    held = reader((10, 20), (40, 60), (3 * PAGE, 3 * PAGE + 9))
    assert held.next_readable(BASE + address, BASE + 5 * PAGE) == BASE + expected


def test_behind_content_that_fails_it_is_the_next_page_or_segment():
    held = SegmentReader([Segment(BASE, BASE + PAGE + 10, Cut(bytes(2 * PAGE)), 0)], "test")
    assert held.next_readable(BASE + 101, BASE + 3 * PAGE) == BASE + PAGE
    assert held.next_readable(BASE + PAGE + 1, BASE + 3 * PAGE) == BASE + 3 * PAGE


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 50)), max_size=8))
def test_all_pieces_are_read_however_many_lie_in_a_page(pieces):
    wanted = [
        Range(BASE + a, BASE + b) for a, b in coalesce(sorted(Range(at, at + size) for at, size in pieces))
    ]
    held = reader(*((part.start - BASE, part.end - BASE) for part in wanted))
    assert readable_parts(held, BASE, memoryview(bytearray(400))) == wanted
