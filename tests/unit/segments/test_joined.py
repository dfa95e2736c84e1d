"""Pieces of content end to end, against the bytes themselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.segments.content import ZEROS, BytesContent
from ptatlas.core.segments.joined import JoinedContent

CONTENTS = [BytesContent(bytes(range(1, 60))), BytesContent(bytes(range(100, 160)))]
PIECES = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from([None, *CONTENTS]), st.integers(0, 40)), max_size=20
)


def joined(pieces):
    content, expected = JoinedContent(), b""
    for size, source, offset in pieces:
        content.append(size, source, offset)
        expected += bytes(size) if source is None else source.data[offset : offset + size]
    return content, expected


@given(PIECES, st.data())
def test_any_part_reads_as_the_pieces_do(pieces, data):
    content, expected = joined(pieces)
    start = data.draw(st.integers(0, len(expected)))
    end = data.draw(st.integers(start, len(expected)))
    assert content.size == len(expected)
    room = bytearray(end - start)
    assert content.read_at(start, memoryview(room)) == len(room)
    assert room == expected[start:end]
    told = b""
    for each in content.within(start, end):
        assert each.start == start + len(told)
        place = slice(each.offset, each.offset + each.size)
        told += bytes(each.size) if each.content is ZEROS else each.content.data[place]
    assert told == expected[start:end]


def test_a_read_beyond_the_end_is_short():
    content, _ = joined([(4, None, 0), (3, CONTENTS[0], 1)])
    room = bytearray(9)
    assert content.read_at(2, memoryview(room)) == 5
    assert room[:5] == bytes((0, 0, 2, 3, 4))


def test_pieces_that_continue_each_other_are_one():
    one, other = CONTENTS
    pieces = [
        (4, one, 0),
        (4, one, 4),
        (4, one, 9),
        (4, other, 13),
        (4, None, 0),
        (8, None, 3),
        (4, other, 17),
    ]
    content, _ = joined(pieces)
    found = [(each.start, each.end, each.content) for each in content.within(0, content.size)]
    assert found == [(0, 8, one), (8, 12, one), (12, 16, other), (16, 28, ZEROS), (28, 32, other)]
    assert len(content) == len(found)


def test_what_is_appended_after_a_read_is_read_too():
    content, _ = joined([(2, CONTENTS[0], 0)])
    assert content.read_at(0, memoryview(bytearray(8))) == 2
    content.append(2, CONTENTS[1], 0)
    room = bytearray(4)
    assert content.read_at(0, memoryview(room)) == 4
    assert room == bytes((1, 2, 100, 101))
