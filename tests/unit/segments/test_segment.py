"""A segment, cut: the bytes that are left are those that showed before."""

from __future__ import annotations

import pytest
from ptatlas.core.ranges import TOP
from ptatlas.core.segments.content import BytesContent
from ptatlas.core.segments.segment import Segment

CONTENT = BytesContent(bytes(range(100)))


@pytest.mark.parametrize(
    "base", [pytest.param(0x1000, id="anywhere"), pytest.param(TOP - 16, id="at the top")]
)
def test_every_part_shows_what_the_whole_showed(base):
    whole = Segment(base, base + 16, CONTENT, 7)
    for start in range(base, base + 16):
        for end in range(start + 1, base + 17):
            part, room = whole.part(start, end), bytearray(end - start)
            assert (part.start, part.end, part.size, part.range) == (start, end, end - start, (start, end))
            assert part.offset_of(end - 1) == whole.offset_of(end - 1)
            assert part.read_into(start, memoryview(room)) == len(room)
            assert room == CONTENT.data[7 + start - base : 7 + end - base]


def test_a_segment_shows_itself_in_hex():
    assert (
        repr(Segment(0x1000, 0x2000, CONTENT, 0x10))
        == "Segment(0x1000, 0x2000, BytesContent(0x64 bytes), offset=0x10)"
    )


def test_a_segment_is_immutable():
    with pytest.raises(AttributeError):
        Segment(0, 1, CONTENT, 0).start = 2
