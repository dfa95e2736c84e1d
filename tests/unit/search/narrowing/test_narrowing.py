"""Searching among earlier hits finds what searching everything would, there, and reads nothing else."""

from __future__ import annotations

import math
import struct
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptatlas.core.arch import Arch
from ptatlas.core.ranges import Range, coalesce
from ptatlas.core.search.hits.hit_list import HitList
from ptatlas.core.search.hits.hits import Batch, Hit
from ptatlas.core.search.narrowing.checks import COMPARISONS, ComparisonCheck, PatternCheck
from ptatlas.core.search.narrowing.narrowing import NarrowedSearch, Narrowing, NarrowingSizes
from ptatlas.core.search.narrowing.scattered_reads import ScatteredSizes
from ptatlas.core.search.patterns.number_format import Number
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources.buffer import BufferArea, buffer_target
from support.search_oracle import (
    ABSENT,
    ALPHABET,
    DATA,
    HOLE,
    PAGE,
    UNREADABLE,
    UNTOUCHED,
    World,
    hits_in,
    patterns,
    scopes,
    worlds,
)
from support.targets import Reader

aligns = st.sampled_from([1, 1, 2, 3, 8])
# Chunks and gaps are so small that a few pages have many, and few hits are read by themselves.
sizes = st.sampled_from([1, 3, 16, 40, 1 << 20])


small_steps = st.builds(
    NarrowingSizes,
    chunk=sizes,
    far=sizes,
    apart=sizes,
    reads=st.sampled_from([1, 2, 100]),
    scattered=st.builds(
        ScatteredSizes,
        far_apart=st.sampled_from([0, 4, 1 << 20]),
        fewest=st.sampled_from([1, 3]),
        at_once=sizes,
    ),
)


class Each:
    """A reader that can also read at many places at once."""

    source, thread_safe = "each", True

    def __init__(self, reader) -> None:
        self.read_into, self.next_readable = reader.read_into, reader.next_readable

    def read_each(self, addresses, size, buffer):
        for number, address in enumerate(addresses):
            if self.read_into(address, buffer[number * size : (number + 1) * size]) < size:
                return number
        return len(addresses)


def kept(world: World, scope: list[Range], found: list[Pattern]) -> HitList:
    """The hits of an ordinary search."""
    target = world.target()
    scanner = Scanner(
        target.readers[0], scope, 1, page_size=PAGE, untouched=target.untouched, absent=target.absent
    )
    hits = HitList()
    for batch in scanner.find(found).batches():
        hits.extend(batch)
    return hits


def narrowed(world: World, scope: list[Range], hits: HitList, check, limit=None, **options) -> NarrowedSearch:
    target = world.target()
    ports = {"untouched": target.untouched, "absent": target.absent, "page_size": PAGE}
    whole = list(coalesce(sorted(scope)))
    return NarrowedSearch(
        Narrowing(Each(target.readers[0]), whole, hits, check, **ports, **options),
        limit=limit,
    )


def accounted(search: NarrowedSearch) -> int:
    coverage = search.coverage
    return coverage.searched + coverage.never_touched + coverage.unreadable_size + coverage.left_out


def as_it_is_now(data: st.DataObject, world: World) -> World:
    """The same pages with other bytes here and there, and other states."""
    content = bytearray(world.data)
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=30)):
        content[at] = data.draw(st.sampled_from(ALPHABET))
    # A hole stays one: it belongs to the map, which is as it was.
    states = tuple(
        s if s == HOLE else data.draw(st.sampled_from([s, s, s, s, DATA, UNTOUCHED, UNREADABLE, ABSENT]))
        for s in world.states
    )
    return world._replace(data=bytes(content), states=states)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(
    st.data(),
    worlds(),
    st.lists(patterns(), min_size=1, max_size=2),
    st.lists(patterns(), min_size=1, max_size=2),
)
def test_it_finds_what_a_search_of_everything_would_at_the_earlier_hits(data, world, first, second):
    scope, align = data.draw(scopes(world)), data.draw(aligns)
    hits = kept(world, scope, [wanted.pattern for wanted in first])
    after = as_it_is_now(data, world)
    check, steps = PatternCheck(w.pattern for w in second), data.draw(small_steps)
    search = narrowed(after, scope, hits, check, align=align, sizes=steps)
    found = list(search)
    earlier = {hit.address for hit in hits}
    assert found == [hit for hit in hits_in(after, scope, second, align) if hit[0] in earlier]
    assert accounted(search) == sum(part.size for part in coalesce(sorted(scope)))
    assert (search.stopped, search.outside) == (None, 0)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data(), worlds(), patterns(), patterns(), st.integers(1, 3))
def test_it_goes_on_where_a_limit_stopped_it(data, world, first, second, limit):
    scope, found, start = data.draw(scopes(world)), [], 0
    hits, check = kept(world, scope, [first.pattern]), PatternCheck([second.pattern])
    whole = list(narrowed(world, scope, hits, check))
    while start is not None:
        search = narrowed(world, scope, hits, check, limit, start=start, sizes=data.draw(small_steps))
        found += list(search)
        assert len(found) <= len(whole)
        start = search.stopped and search.stopped.start
    assert found == whole


FORMS = {
    "u8": "B",
    "i8": "b",
    "u16": "H",
    "i16": "h",
    "u32": "I",
    "i32": "i",
    "u64": "Q",
    "i64": "q",
    "f32": "f",
    "f64": "d",
}
BOUNDS = {
    "u": lambda n: (0, (1 << n) - 1),
    "i": lambda n: (-1 << (n - 1), (1 << (n - 1)) - 1),
    "f": lambda _: (-math.inf, math.inf),
}


def any_number(type_: str, arch: Arch) -> Pattern:
    """All there is of a type, NaN apart."""
    low, high = BOUNDS[type_[0]](int(type_[1:]))
    if type_[0] == "f":
        return Pattern.real(type_, low, high, endian=arch.endian)
    return Pattern.integer(type_, low, high, endian=arch.endian)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.data(),
    worlds(),
    st.sampled_from(sorted(FORMS)),
    st.sampled_from(["little", "big"]),
    st.sampled_from(sorted(COMPARISONS)),
)
def test_values_are_compared_with_those_that_were_seen(data, world, type_, endian, comparison):
    arch, form = Arch(8, endian), {"little": "<", "big": ">"}[endian] + FORMS[type_]
    scope, pattern = world.areas(), any_number(type_, arch)
    if not scope:
        return
    hits, after = kept(world, scope, [pattern]), as_it_is_now(data, world)
    visible = [(a, run) for a, run in after.runs(after.areas())]
    number = Number.of(pattern, arch)

    def now(address: int):
        return next(
            (run[address - a :][: number.size] for a, run in visible if a <= address < a + len(run)), b""
        )

    def holds(index: int) -> bool:
        then, seen = number.content(hits.value(index)), now(hits[index].address)
        if len(seen) < number.size:
            return False
        if comparison in ("changed", "unchanged"):
            return (seen != then) == (comparison == "changed")
        old, new = struct.unpack(form, then)[0], struct.unpack(form, seen)[0]
        return new > old if comparison == "increased" else new < old

    check, steps = ComparisonCheck(comparison, [number]), data.draw(small_steps)
    search = narrowed(after, after.areas(), hits, check, sizes=steps)
    found = list(search.batches())
    expected = [hits[index] for index in range(len(hits)) if holds(index)]
    assert [hit for batch in found for hit in batch.hits()] == expected
    values = chain.from_iterable(
        [b.values] * len(b.addresses) if isinstance(b.values, int) else b.values for b in found
    )
    assert [number.content(value) for value in values] == [now(hit.address) for hit in expected]
    assert search.lost + search.outside == sum(len(now(hit.address)) < number.size for hit in hits)


def words(form: str, *values) -> bytes:
    return b"".join(struct.pack(form, value) for value in values)


NAN, OTHER_NAN = struct.unpack("<2d", bytes.fromhex("000000000000f87f010000000000f87f"))


@pytest.mark.parametrize(
    ("type_", "form", "then", "now", "expected"),
    [
        pytest.param(
            "u64", "<Q", 2**64 - 2, 2**64 - 1, {"changed", "increased"}, id="the largest u64, exact"
        ),
        pytest.param("i64", "<q", 0, -1, {"changed", "decreased"}, id="a negative i64 is less"),
        pytest.param("u32", ">I", 0x01000000, 2, {"changed", "decreased"}, id="big-endian"),
        pytest.param("f32", "<f", 1.0, -math.inf, {"changed", "decreased"}, id="minus infinity"),
        pytest.param("f64", "<d", 0.0, -0.0, {"changed"}, id="minus zero is other bits, and no less"),
        pytest.param("f64", "<d", NAN, NAN, {"unchanged"}, id="the same NaN"),
        pytest.param("f64", "<d", NAN, OTHER_NAN, {"changed"}, id="another NaN is neither more nor less"),
        pytest.param("f64", "<d", 1.0, NAN, {"changed"}, id="a number that became a NaN"),
        pytest.param("ptr", "<Q", 0x7FFF0000, 0x7FFF0008, {"changed", "increased"}, id="a pointer"),
    ],
)
def test_numbers_compare_as_their_type_says(type_, form, then, now, expected):
    endian = "little" if form[0] == "<" else "big"
    number = Number.of(Pattern(type_, "", Pattern.raw(b"x").shape), Arch(8, endian))
    target, hits = buffer_target([BufferArea(0x1000, words(form, now))]), HitList()
    hits.append(Hit(0x1000, number.size), number.word(words(form, then)))

    def holds(comparison: str) -> bool:
        check = ComparisonCheck(comparison, [number])
        return (
            len(list(NarrowedSearch(Narrowing(target.readers[0], [Range(0x1000, 0x2000)], hits, check)))) == 1
        )

    assert {comparison for comparison in COMPARISONS if holds(comparison)} == expected


def test_only_what_lies_around_the_earlier_hits_is_read():
    """Searching only among earlier hits must not read all of memory again."""
    size, places = 64 << 20, [0x1000, 0x1040, 0x2000000, 0x3FFFFF8]
    target = buffer_target([BufferArea(0, b"needle.." * (size // 8))])
    recorder, hits = Reader(target.readers[0]), HitList()
    hits.extend(Batch(places, 6))
    search = NarrowedSearch(
        Narrowing(recorder, [Range(0, size)], hits, PatternCheck([Pattern.raw(b"needle")]))
    )
    assert [hit.address for hit in search] == places
    assert [tuple(part) for part in recorder.asked] == [
        (0x1000, 0x1046),
        (0x2000000, 0x2000006),
        (0x3FFFFF8, 0x3FFFFFE),
    ]
    assert search.coverage.searched == 0x41 + 1 + 1


def test_zeros_that_were_never_touched_are_answered_without_reading_however_many_they_are():
    size, nothing = 1 << 40, 1 << 44
    target = buffer_target([BufferArea(nothing, b"", size=size)], untouched=[(nothing, nothing + size)])
    recorder, hits = Reader(target.readers[0]), HitList()
    hits.extend(Batch(range(nothing, nothing + size, 8), 8, 0, 0))
    number = Number.of(Pattern.integer("u64", 0), Arch())
    scope = [Range(nothing, nothing + size)]

    def count(check) -> int:
        return NarrowedSearch(Narrowing(recorder, scope, hits, check, untouched=target.untouched)).count()

    assert count(ComparisonCheck("unchanged", [number])) == size // 8
    assert count(ComparisonCheck("changed", [number])) == 0
    assert count(PatternCheck([Pattern.integer("u64", 0)])) == size // 8
    assert count(PatternCheck([Pattern.integer("u64", 1)])) == 0
    assert recorder.asked == []


@pytest.mark.parametrize("align", [1, 2, 3, 4, 6, 7, 8192])
@pytest.mark.parametrize("start", [0, 0x1001, 0x2FFF])
def test_a_run_of_hits_is_narrowed_to_multiples(align, start):
    target, hits = buffer_target([BufferArea(0x1000, bytes(0x4000))]), HitList()
    hits.extend(Batch(range(0x1000, 0x4FFC, 2), 4, 0, 0))
    check = PatternCheck([Pattern.integer("u32", 0)])
    scope = [Range(0x1000, 0x5000)]
    search = NarrowedSearch(Narrowing(target.readers[0], scope, hits, check, align=align, start=start))
    expected = [a for a in range(0x1000, 0x4FFC, 2) if a % align == 0 and a >= start]
    assert [hit.address for hit in search] == expected


@pytest.mark.parametrize("gap", [0, 1 << 20])
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param(r"(?<=a)b+", [1, 9], id="behind"),
        pytest.param(r"(?<!a)b", [2, 6], id="not behind"),
        pytest.param(r"b(?=c)", [2, 6, 9], id="ahead"),
        pytest.param(r"\Ba", [8], id="no border"),
        pytest.param(r"^a", [0], id="at the start of what is readable"),
    ],
)
def test_expressions_see_what_lies_around_a_hit(expression, expected, gap):
    target, hits = buffer_target([BufferArea(0x1000, b"abbc..bcabc.")]), HitList()
    hits.extend(Batch([0x1000 + n for n in (0, 1, 2, 6, 8, 9)], 1))
    check, scope = PatternCheck([Pattern.regex(expression)]), [Range(0x1000, 0x100C)]
    sizes = NarrowingSizes(apart=gap, far=gap)
    search = NarrowedSearch(Narrowing(target.readers[0], scope, hits, check, sizes=sizes))
    assert [hit.address - 0x1000 for hit in search] == expected


def test_what_lies_outside_or_cannot_be_read_any_more_is_counted():
    target = buffer_target([BufferArea(0x1000, b"needle" * 1000)], unreadable=[(0x2000, 0x3000)])
    hits = HitList()
    hits.extend(Batch([0x800, 0x1000, 0x1FFE, 0x2002, 0x9000], 6))
    check = PatternCheck([Pattern.raw(b"needle")])
    search = NarrowedSearch(Narrowing(target.readers[0], [Range(0x1000, 0x1000 + 6000)], hits, check))
    assert [hit.address for hit in search] == [0x1000]
    assert (search.lost, search.outside) == (2, 2)


def scattered_always(at_once: int = 512) -> NarrowingSizes:
    """Sizes with which all hits are read by themselves, if the reader can."""
    return NarrowingSizes(scattered=ScatteredSizes(far_apart=-1, fewest=1, at_once=at_once))


@pytest.mark.parametrize("at_once", [1, 2, 512])
@pytest.mark.parametrize("reader_of", [Each, Reader], ids=["scattered", "together"])
def test_hits_of_several_patterns_at_one_address_are_compared_by_their_own_type_and_never_parted(
    at_once, reader_of
):
    target, hits = buffer_target([BufferArea(0x1000, words("<I", 5, 7, 5, 7))]), HitList()
    narrow, wide = (Number.of(Pattern.integer(t, 0), Arch()) for t in ("u32", "u64"))
    check, scope = ComparisonCheck("changed", [narrow, wide]), [Range(0x1000, 0x1010)]

    def search(**options) -> NarrowedSearch:
        reader, sizes = reader_of(target.readers[0]), scattered_always(at_once)
        return NarrowedSearch(Narrowing(reader, scope, hits, check, sizes=sizes), **options)

    hits.extend(Batch([0x1000, 0x1000], [4, 8], [0, 1], [5, 5]))
    assert list(search()) == [(0x1000, 8, 1)]
    hits.cut(0)
    hits.extend(Batch([0x1000, 0x1000, 0x1008, 0x1008], [4, 8, 4, 8], [0, 1, 0, 1], [4, 5, 4, 5]))
    limited = search(limit=1)
    assert [tuple(hit) for hit in limited] == [(0x1000, 4, 0), (0x1000, 8, 1)]
    assert limited.stopped.start <= 0x1008
    assert [hit.address for hit in search()] == [0x1000, 0x1000, 0x1008, 0x1008]


@pytest.mark.parametrize("reader_of", [Each, Reader], ids=["scattered", "together"])
def test_a_match_ends_within_the_scope(reader_of):
    target, hits = buffer_target([BufferArea(0x1000, b"abcd" * 8)]), HitList()
    hits.extend(Batch([0x1000, 0x1004, 0x1008], 1))
    check, scope = PatternCheck([Pattern.raw(b"abcd")]), [Range(0x1000, 0x100A)]
    reader, sizes = reader_of(target.readers[0]), scattered_always()
    search = NarrowedSearch(Narrowing(reader, scope, hits, check, sizes=sizes))
    assert [hit.address for hit in search] == [0x1000, 0x1004]
    assert search.lost == 1


def test_hits_far_apart_are_read_alone_and_never_touched_ones_not_at_all():
    size, apart = 1 << 20, 1 << 16
    pieces = [BufferArea(0, bytes(apart + 4096)), BufferArea(apart * 2, b"", size=size)]
    target, hits = buffer_target(pieces, untouched=[(apart * 2, apart * 2 + size)]), HitList()
    places = [0, 4096, apart, *range(apart * 2, apart * 2 + size, apart)]
    hits.extend(Batch(places, 4, 0, 0))

    class Both(Reader):
        def read_each(self, addresses, size, buffer):
            self.asked += [Range(address, address + size) for address in addresses]
            return Each.read_each(target.readers[0], addresses, size, buffer)

    reader, number = Both(target.readers[0]), Number.of(Pattern.integer("u32", 0), Arch())
    scope = [Range(0, apart + 4096), Range(apart * 2, apart * 2 + size)]
    check = ComparisonCheck("unchanged", [number])
    narrowing = Narrowing(reader, scope, hits, check, untouched=target.untouched, sizes=scattered_always())
    search = NarrowedSearch(narrowing)
    assert [hit.address for hit in search] == places
    assert reader.asked == [Range(place, place + 4) for place in places[:3]]
    assert (search.coverage.searched, search.lost) == (3 + size - apart + 1, 0)
