"""What is laid over something cuts it, and what is left shows the same bytes as before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.memory.contents import BytesContent
from ptatlas.core.memory.segments import Overlay, Segment
from ptatlas.core.ranges import TOP

OLD, NEW = BytesContent(bytes(range(100))), BytesContent(b"n" * 100)


def shown(overlay):
    return [(s.start, s.end, s.offset) for s in overlay if s.content is OLD]


@pytest.mark.parametrize(
    ("start", "end", "left"),
    [
        pytest.param(0x0F00, 0x1000, [(0x1000, 0x1010, 5)], id="touching before"),
        pytest.param(0x1010, 0x1020, [(0x1000, 0x1010, 5)], id="touching behind"),
        pytest.param(0x0FF0, 0x1004, [(0x1004, 0x1010, 9)], id="over the beginning"),
        pytest.param(0x100C, 0x1020, [(0x1000, 0x100C, 5)], id="over the end"),
        pytest.param(0x1004, 0x1008, [(0x1000, 0x1004, 5), (0x1008, 0x1010, 13)], id="in the middle"),
        pytest.param(0x1000, 0x1010, [], id="exactly over it"),
        pytest.param(0x0FFF, 0x1011, [], id="over all of it"),
    ],
)
def test_what_is_left_of_a_segment_keeps_its_offset(start, end, left):
    overlay = Overlay()
    overlay.lay(Segment(0x1000, 0x1010, OLD, 5))
    overlay.lay(Segment(start, end, NEW))
    assert shown(overlay) == left


def test_a_segment_may_end_at_the_top_of_the_address_space():
    overlay = Overlay()
    overlay.lay(Segment(TOP - 16, TOP, OLD))
    overlay.lay(Segment(TOP - 1, TOP, NEW))
    assert shown(overlay) == [(TOP - 16, TOP - 1, 0)]
    assert overlay.at(TOP - 1).content is NEW


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=30))
def test_the_segment_that_was_laid_last_shows_everywhere(laid):
    overlay, expected = Overlay(), {}
    for number, (start, size) in enumerate(laid):
        overlay.lay(Segment(start, start + size, BytesContent(bytes([number]) * size), number))
        expected.update({start + at: (number, number + at) for at in range(size)})
    segments = list(overlay)
    assert all(left.end <= right.start for left, right in zip(segments, segments[1:]))
    found = {}
    for segment in segments:
        for address in range(segment.start, segment.end):
            buffer = bytearray(1)
            segment.content.read_at(0, memoryview(buffer))
            found[address] = (buffer[0], segment.offset + address - segment.start)
    assert found == expected


def test_a_run_of_segments_ends_at_the_first_gap():
    overlay = Overlay()
    for start, end in ((0, 4), (4, 8), (9, 12)):
        overlay.lay(Segment(start, end, OLD))
    assert [s.start for s in overlay.from_address(2, 12)] == [0, 4]
    assert list(overlay.from_address(8, 12)) == []


def test_a_segment_shows_itself_in_hex():
    assert (
        repr(Segment(0x1000, 0x2000, OLD, 0x10))
        == "Segment(0x1000, 0x2000, BytesContent(0x64 bytes), offset=0x10)"
    )
