"""Very many literals in one pass: the same hits as by looking for each of them."""

from __future__ import annotations

import struct

import numpy
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.search.engine.chunk_searcher import Aligned, Searcher
from ptatlas.core.search.engine.planner import Job
from ptatlas.core.search.finders.fixed_finder import Tools
from ptatlas.core.search.finders.haystack import Haystack, MatchSpan
from ptatlas.core.search.finders.libc import load_libc
from ptatlas.core.search.finders.literal_set_finder import Literal, LiteralSetFinder, plan_for, split_off
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.patterns.pattern_set import PatternSet
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources.buffer import BufferArea, buffer_target
from support.targets import Reader

BASE, PAGE = 0x10000, 0x1000
ways = pytest.mark.parametrize("module", [pytest.param(None, id="plain"), pytest.param(numpy, id="numpy")])


def oracle(content: bytes, origin: int, span: MatchSpan, literals: list[Literal]):
    return sorted(
        (at + origin, one.number, len(one.content))
        for one in literals
        for at in range(span.low, min(span.high, span.end - len(one.content) + 1))
        if (at + origin) % one.align == 0 and content.startswith(one.content, at)
    )


def found_by(module, content: bytes, origin: int, span: MatchSpan, literals: list[Literal]):
    planned = [(one, plan) for one in literals for plan in [plan_for(one)] if plan]
    batches = LiteralSetFinder(planned, module).find(Haystack(content, 0, origin), span)
    return [(hit.address, hit.pattern, hit.size) for batch in batches for hit in batch.hits()]


@pytest.mark.slow
@ways
@settings(max_examples=300, deadline=None)
@given(data=st.data(), origin=st.sampled_from([0, 1, 5, 0x7FFF0002, TOP - 512]))
def test_every_literal_is_found_wherever_it_lies(module, data, origin):
    letters = st.sampled_from(b"\x00\x00ab\xff")
    text = st.lists(letters, min_size=1, max_size=512).map(bytes)
    content = data.draw(text)
    length = st.integers(4, 40)
    literals = []
    for number in range(data.draw(st.integers(1, 6))):
        at, size = data.draw(st.integers(0, len(content))), data.draw(length)
        literal = Literal(number, content[at : at + size], data.draw(st.sampled_from([1, 1, 2, 3, 4, 8])))
        if plan_for(literal):
            literals.append(literal)
    assume(literals)
    low = data.draw(st.integers(0, len(content)))
    high = data.draw(st.integers(low, len(content)))
    span = MatchSpan(low, high, data.draw(st.integers(0, low)), data.draw(st.integers(high, len(content))))
    assert found_by(module, content, origin, span, literals) == oracle(content, origin, span, literals)


@pytest.mark.parametrize(
    ("content", "align", "lanes", "offsets"),
    [
        pytest.param(b"a literal of many bytes", 1, [(8, 0)], range(8), id="long: one pass over large words"),
        pytest.param(b"of ten byt", 1, [(4, 0)], range(4), id="shorter: one pass over small ones"),
        pytest.param(
            b"five!", 1, [(4, 0), (4, 1), (4, 2), (4, 3)], [0], id="short: a pass for each remainder"
        ),
        pytest.param(struct.pack("<Q", 0x7F1234567890), 8, [(8, 0)], [0], id="an aligned pointer"),
        pytest.param(
            struct.pack("<Q", 1000),
            1,
            [(4, 0), (4, 1), (4, 2), (4, 3)],
            [0],
            id="no words that are everywhere",
        ),
    ],
)
def test_a_literal_is_known_by_words_of_its_own(content, align, lanes, offsets):
    plan = plan_for(Literal(0, content, align))
    assert sorted(plan.lanes) == sorted(lanes)
    assert list(plan.offsets) == list(offsets)


@pytest.mark.parametrize("content", [b"abc", bytes(64), b"\xff" * 64, b"    " * 4], ids=repr)
def test_what_is_too_short_or_everywhere_is_left_to_its_own_search(content):
    assert plan_for(Literal(0, content, 1)) is None


def test_few_literals_are_left_to_their_own_searches():
    few = [Literal(number, b"a literal of its own, %d" % number, 1) for number in range(5)]
    assert split_off(few) == ([], set())


@ways
def test_thousands_of_patterns_of_all_lengths_are_found_in_one_pass(module):
    texts = [b"%d" % number * (1 + number % 5) for number in range(3000)]
    wanted = [2999, 17, 1234, 5, 2000]
    content = b"-".join(texts[number] for number in wanted)
    end = BASE + len(content)
    target = buffer_target([BufferArea(BASE, content)])
    every = Aligned(PatternSet(Pattern.raw(text) for text in texts), (1,) * len(texts))
    searcher = Searcher(target.readers[0], every, Tools(load_libc(), module), len(content))
    outcome = searcher.run(Job(BASE, end, BASE, end))
    found = {(hit.address - BASE, hit.pattern) for batch in outcome.batches for hit in batch.hits()}
    expected = {
        (at, number)
        for number, text in enumerate(texts)
        for at in range(len(content))
        if content.startswith(text, at)
    }
    assert found == expected
    assert {number for _, number in found} >= set(wanted)


def test_many_patterns_are_looked_for_in_small_chunks_for_which_an_interrupt_waits():
    area = [Range(BASE, BASE + (4 << 20))]
    masks = [Pattern.hex(f"48 8b ?? {number:02x}") for number in range(128)]
    largest = []
    for patterns in (masks[:1], [Pattern.raw(b"literal %d" % number) for number in range(128)], masks):
        reader = Reader()
        Scanner(reader, area, threads=1).find(patterns).count()
        largest.append(max(asked.size for asked in reader.asked))
    assert largest[0] > 1 << 20
    assert largest[1] < 1 << 18
    assert largest[2] < largest[1]
