"""Searching on the far side of a link: the same hits and the same coverage as by fetching everything."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ptatlas.core.arch import Arch
from ptatlas.core.errors import MemoryFault, SourceError
from ptatlas.core.ranges import Range, coalesce
from ptatlas.core.search.engine.chunk_searcher import Aligned, Searcher
from ptatlas.core.search.engine.planner import largest_chunk
from ptatlas.core.search.engine.search import Search
from ptatlas.core.search.finders.fixed_finder import Tools
from ptatlas.core.search.finders.libc import load_libc
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.patterns.pattern_set import PatternSet
from ptatlas.core.search.patterns.shape import Reach
from ptatlas.core.search.remote.pacing import Crowding, RemotePace
from ptatlas.core.search.remote.remote_search import RemoteFinder, RemoteSizes, remote_anchors
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources.buffer import BufferArea, buffer_target
from support.search_oracle import PAGE, hits_in, patterns, scopes, worlds
from support.targets import Reader

BASE = 0x10000
SIZES = st.sampled_from(
    [RemoteSizes(1, 1, 1), RemoteSizes(1, 2, 8), RemoteSizes(4, 8, 32), RemoteSizes(1, 1, 256)]
)


class FarSide:
    """A stub that searches as gdbserver does: it gives up at the first byte that it can't read.

    `traps` are bytes that it holds instead of those that the debugger shows.
    """

    source = "stub"

    def __init__(self, memory, traps: dict[int, int] | None = None) -> None:
        self.memory, self.traps = memory, traps or {}
        self.asked: list[tuple[int, int, bytes]] = []

    def search(self, start: int, size: int, pattern: bytes) -> int | None:
        self.asked.append((start, size, pattern))
        room = bytearray(size)
        got = self.memory.read_into(start, memoryview(room))
        for address, byte in self.traps.items():
            if start <= address < start + got:
                room[address - start] = byte
        place = room[:got].find(pattern)
        if place >= 0:
            return start + place
        if got < size:
            raise MemoryFault(start, size, "unreadable")
        return None

    def differing(self) -> Iterable[Range]:
        return [Range(address, address + 1) for address in self.traps]


def far_search(
    side: FarSide, memory, scope: list[Range], patterns: list[Pattern], sizes: RemoteSizes, align=1, start=0
) -> Search:
    wanted = Aligned(PatternSet(patterns), (align,) * len(patterns))
    reach = Reach(wanted.patterns.lead, wanted.patterns.max_size)
    capacity = largest_chunk(1 << 16) + reach.lead + reach.size
    searcher = Searcher(memory, wanted, Tools(load_libc()), capacity)
    anchors = remote_anchors(wanted.patterns)
    assert anchors is not None
    finder = RemoteFinder(side, anchors, reach, searcher.run, sizes)
    return Search(finder.outcomes(scope, start), scope, start=start)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.data(), worlds(), st.lists(patterns(), min_size=1, max_size=2), SIZES, st.sampled_from([1, 1, 2, 4])
)
def test_it_agrees_with_fetching_everything_whatever_the_far_side_holds_or_lacks(
    data, world, wanted, sizes, align
):
    assume(remote_anchors(PatternSet([one.pattern for one in wanted])))
    memory = world.target().readers[0]
    scope = list(coalesce(sorted(data.draw(scopes(world)))))
    places = st.integers(world.base, world.end - 1)
    side = FarSide(memory, data.draw(st.dictionaries(places, st.integers(0, 255), max_size=4)))
    start = data.draw(st.sampled_from([0, world.base + 5, world.base + 40]))
    patterns_ = [one.pattern for one in wanted]
    found = far_search(side, memory, scope, patterns_, sizes, align, start)
    fetched = Scanner(memory, scope, page_size=PAGE).find(patterns_, align, start=start)
    assert list(found) == hits_in(world, scope, wanted, align, start) == list(fetched)
    assert repr(found.coverage) == repr(fetched.coverage)


# --- what comes over the link -------------------------------------------------------------------------

SMALL = RemoteSizes()
NEEDLE = Pattern.raw(b"needle")


def sides(content: bytes) -> tuple[FarSide, Reader, list[Range]]:
    target = buffer_target([BufferArea(BASE, content)])
    memory = Reader(target.readers[0], thread_safe=False, source="counted")
    return FarSide(target.readers[0]), memory, [Range(BASE, BASE + len(content))]


def test_only_what_may_be_a_match_is_fetched():
    content = bytearray(1 << 20)
    for place in (100, 5000, 1_000_000):
        content[place : place + 6] = b"needle"
    side, memory, scope = sides(bytes(content))
    found = far_search(side, memory, scope, [NEEDLE], SMALL)
    assert [hit.address - BASE for hit in found] == [100, 5000, 1_000_000]
    assert sum(asked.size for asked in memory.asked) < 1000


def test_the_range_goes_over_in_pieces_that_grow_and_nothing_is_asked_twice():
    side, memory, scope = sides(bytes(4 << 20))
    assert far_search(side, memory, scope, [NEEDLE], SMALL).count() == 0
    sizes = [size for _, size, _ in side.asked]
    assert sizes[0] == (1 << 16) + 5
    assert max(sizes) > sizes[0]
    ends = [start + size - 5 for start, size, _ in side.asked]
    assert [start for start, _, _ in side.asked[1:]] == ends[:-1]


def test_a_frequent_pattern_does_not_make_a_rare_one_be_looked_for_again():
    content = (b"often" + bytes(3000)) * 300
    side, memory, scope = sides(content)
    found = far_search(side, memory, scope, [NEEDLE, Pattern.raw(b"often")], SMALL)
    assert found.count() == 300
    asked = sum(size for _, size, pattern in side.asked if pattern == b"needle")
    assert asked < 2 * len(content)


def test_memory_full_of_candidates_is_fetched_instead():
    side, memory, scope = sides(b"needle" * 100_000)
    assert far_search(side, memory, scope, [NEEDLE], SMALL).count() == 100_000
    assert len(side.asked) < 2000


def test_where_the_far_side_fails_the_rest_is_fetched():
    class Failing(FarSide):
        def search(self, start: int, size: int, pattern: bytes) -> int | None:
            if start > BASE + 100_000:
                raise SourceError("the stub doesn't answer")
            return super().search(start, size, pattern)

    content = (b"needle" + bytes(50_000)) * 10
    side, memory, scope = sides(content)
    found = far_search(Failing(side.memory), memory, scope, [NEEDLE], SMALL)
    assert [hit.address - BASE for hit in found] == [50_006 * number for number in range(10)]
    assert found.coverage.searched == len(content)


def test_a_long_pattern_is_asked_for_by_a_part_that_fits_into_every_packet():
    long = bytes(range(256)) * 3
    side, memory, scope = sides(bytes(1000) + long[:600] + bytes(5000) + long)
    found = far_search(side, memory, scope, [Pattern.raw(long)], SMALL)
    assert [hit.address - BASE for hit in found] == [6600]
    assert max(len(pattern) for _, _, pattern in side.asked) <= 64


@pytest.mark.parametrize(
    ("type_", "text", "options"),
    [
        pytest.param("u8", "7", {}, id="a byte"),
        pytest.param("str", "Needle", {"ignore_case": True}, id="text of either case"),
        pytest.param("re", "[a-z]+", {}, id="an expression that begins with anything"),
        pytest.param("hex", "4? ?2 1?", {}, id="no byte that is fixed"),
    ],
)
def test_what_the_far_side_cannot_look_for_is_left_to_fetching(type_, text, options):
    pattern = Pattern.parse(type_, text, arch=Arch(), **options)
    assert remote_anchors(PatternSet([pattern])) is None
    side, memory, scope = sides(bytes(1000))
    search = Scanner(memory, scope, remote=side).find(pattern)
    search.count()
    assert (search.source, side.asked) == ("counted", [])


def test_too_many_patterns_are_left_to_fetching():
    many = [Pattern.raw(b"needle%d" % number) for number in range(100)]
    assert remote_anchors(PatternSet(many)) is None


def test_the_scanner_says_that_the_far_side_searches():
    side, memory, scope = sides(bytes(1000) + b"needle" + bytes(1000))
    search = Scanner(memory, scope, remote=side).find(NEEDLE)
    assert [hit.address - BASE for hit in search] == [1000]
    assert search.source == "stub"
    assert side.asked


# --- how much is asked at a time ----------------------------------------------------------------------


def test_pieces_grow_with_quick_answers_up_to_what_takes_no_time_to_notice():
    pace = RemotePace(1 << 16)
    for _ in range(20):
        pace.answered(pace.piece, pace.piece, pace.piece / 1e9)
    assert 1e7 < pace.piece < 1e8  # 10 to 100 ms at 1 GB/s


def test_pieces_shrink_after_a_slow_answer_and_near_what_cannot_be_read():
    pace = RemotePace(1 << 16)
    pace.answered(1 << 16, 1 << 16, 1e-6)
    grown = pace.piece
    pace.refused(grown)
    assert pace.piece == 1 << 16 < grown
    pace.answered(1 << 24, 1 << 24, 1.0)
    assert 1 << 16 < pace.piece < 1 << 20


def crowding(gap: int, seconds: float, fetching: float) -> bool:
    """Whether memory with a candidate every `gap` bytes is fetched."""
    state = Crowding(1 << 16)
    state.fetched(1 << 16, fetching * (1 << 16))
    for number in range(16):
        state.candidate(number * gap, seconds)
    return state.fetch(16 * gap, 1 << 40) > 16 * gap


def test_what_is_faster_is_done():
    assert crowding(gap=64, seconds=1e-4, fetching=1e-8)
    assert not crowding(gap=1 << 20, seconds=1e-4, fetching=1e-8)
    assert not crowding(gap=64, seconds=1e-4, fetching=1e-3)
