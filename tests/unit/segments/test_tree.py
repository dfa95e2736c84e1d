"""The rules of the segment tree, against a dictionary of every address, up to the top byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import InvalidArgument, MapChanged, SourceError
from ptatlas.core.ranges import TOP
from ptatlas.core.segments.content import ZEROS, BytesContent
from ptatlas.core.segments.segment import Segment
from ptatlas.core.segments.tree import SegmentTree

OLD, NEW = BytesContent(bytes(range(100))), BytesContent(b"n" * 100)
# Among them content that is shorter than its segments may be.
CONTENTS = [BytesContent(bytes(range(at, at + size))) for at, size in ((0, 60), (100, 60), (200, 12))]
SIZE = 64
BASES = st.sampled_from([0, 0x1000, TOP - SIZE])
LAID = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(1, 30), st.sampled_from(CONTENTS), st.integers(0, 20)),
    max_size=30,
)


def laid(base, pieces):
    """Lay pieces in order; return the tree, and for each address what shows: a content and an offset."""
    tree, shown = SegmentTree(), {}
    for start, size, content, offset in pieces:
        end = min(start + size, SIZE)
        tree.lay(Segment(base + start, base + end, content, offset))
        shown.update({base + at: (content, offset + at - start) for at in range(start, end)})
    return tree, shown


def byte_of(content, offset):
    return content.data[offset : offset + 1]


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
    tree = SegmentTree([Segment(0x1000, 0x1010, OLD, 5)])
    tree.lay(Segment(start, end, NEW, 0))
    assert [(each.start, each.end, each.offset) for each in tree if each.content is OLD] == left


def test_a_segment_may_end_at_the_top_of_the_address_space():
    tree = SegmentTree([Segment(TOP - 16, TOP, OLD, 0)])
    tree.lay(Segment(TOP - 1, TOP, NEW, 0))
    assert [(each.start, each.end, each.content) for each in tree] == [
        (TOP - 16, TOP - 1, OLD),
        (TOP - 1, TOP, NEW),
    ]
    assert tree.at(TOP - 1).content is NEW


@given(BASES, LAID)
def test_the_segment_that_was_laid_last_shows_everywhere(base, pieces):
    tree, shown = laid(base, pieces)
    segments = list(tree)
    assert len(tree) == len(segments)
    assert all(left.end <= right.start for left, right in zip(segments, segments[1:]))
    assert shown == {
        address: (each.content, each.offset_of(address))
        for each in segments
        for address in range(each.start, each.end)
    }
    for address in range(base, base + SIZE):
        found = tree.at(address)
        assert (found and (found.content, found.offset_of(address))) == shown.get(address)


@given(BASES, LAID, st.integers(0, SIZE), st.integers(0, SIZE))
def test_a_read_ends_at_the_first_hole_and_where_content_ends(base, pieces, start, size):
    tree, shown = laid(base, pieces)
    expected = b""
    for address in range(base + start, base + start + size):
        byte = byte_of(*shown[address]) if address in shown else b""
        if not byte:
            break
        expected += byte
    room = bytearray(size)
    assert tree.read_into(base + start, memoryview(room)) == len(expected)
    assert room.startswith(expected)


@given(BASES, LAID, st.integers(0, SIZE), st.integers(0, SIZE))
def test_parts_are_what_shows_in_a_range(base, pieces, start, end):
    tree, shown = laid(base, pieces)
    inside = range(base + start, base + end)
    found = {
        address: (part.content, part.offset_of(address))
        for part in tree.parts(base + start, base + end)
        for address in range(part.start, part.end)
    }
    assert found == {address: shown[address] for address in inside if address in shown}
    whole = (each.range.intersection(inside.start, inside.stop) for each in tree if inside)
    assert [part.range for part in tree.parts(inside.start, inside.stop)] == list(filter(None, whole))


@given(BASES, LAID, st.data())
def test_a_segment_that_is_removed_leaves_a_hole(base, pieces, data):
    tree, shown = laid(base, pieces)
    for segment in data.draw(st.lists(st.sampled_from(list(tree)), unique_by=id)) if len(tree) else ():
        assert tree.remove(segment)
        assert not tree.remove(segment)
        for address in range(segment.start, segment.end):
            del shown[address]
    assert set(shown) == {address for each in tree for address in range(each.start, each.end)}


@given(BASES, LAID)
def test_segments_that_were_cut_make_the_same_tree_in_any_order(base, pieces):
    tree, _ = laid(base, pieces)
    assert list(SegmentTree(reversed(list(tree)))) == list(tree)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(0x1000, 0x1000, id="empty"),
        pytest.param(0x1008, 0x1004, id="reversed"),
        pytest.param(-4, 4, id="below 0"),
        pytest.param(TOP - 1, TOP + 1, id="beyond the top"),
    ],
)
def test_a_segment_where_none_can_be_changes_nothing(start, end):
    tree = SegmentTree([Segment(0x1000, 0x1010, OLD, 5), Segment(TOP - 4, TOP, OLD, 0)])
    before, generation = list(tree), tree.generation
    with pytest.raises(InvalidArgument):
        tree.lay(Segment(start, end, NEW, 0))
    assert (list(tree), tree.generation) == (before, generation)


def test_only_those_are_cut_that_are_named():
    one, other = Segment(0, 8, OLD, 0), Segment(8, 16, OLD, 8)
    tree = SegmentTree([one, other])
    tree.lay(Segment(4, 12, NEW, 0), [other])
    assert [(each.start, each.end, each.offset) for each in tree] == [(0, 8, 0), (4, 12, 0), (12, 16, 12)]


def test_whoever_walks_learns_that_the_tree_changed():
    tree = SegmentTree([Segment(0, 4, OLD, 0), Segment(4, 8, OLD, 0)])
    walk, generation = iter(tree), tree.generation
    next(walk)
    tree.lay(Segment(4, 6, NEW, 0))
    assert tree.generation != generation
    with pytest.raises(MapChanged):
        next(walk)


class Lost:
    thread_safe = True

    def read_at(self, _offset, _buffer):
        raise SourceError("it is gone")


@pytest.mark.parametrize("start", [pytest.param(0, id="behind other content"), pytest.param(4, id="at once")])
def test_content_that_is_lost_says_so(start):
    tree = SegmentTree([Segment(0, 4, ZEROS, 0), Segment(4, 8, Lost(), 0)])
    with pytest.raises(SourceError, match="it is gone"):
        tree.read_into(start, memoryview(bytearray(8 - start)))
