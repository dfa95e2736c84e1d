"""Heads: what every match of a pattern begins with, read from `re`'s own parser."""

from __future__ import annotations

import re
import sys
from itertools import product

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.ranges import Range
from ptatlas.core.search.matcher.head_plan import expression
from ptatlas.core.search.patterns.heads import Head, HeadReader
from ptatlas.core.search.patterns.pattern import Pattern


def head(pattern: Pattern) -> Head | None:
    return HeadReader().head_of(pattern.shape)


ALL, PART = True, False
NEW = pytest.mark.skipif(sys.version_info < (3, 11), reason="`re` has these from Python 3.11 on")


@pytest.mark.parametrize(
    ("source", "sets", "is_all"),
    [
        pytest.param(rb"abc", rb"abc", ALL, id="text"),
        pytest.param(rb"ab+c", rb"ab", PART, id="a repeat ends it, with what is there at least"),
        pytest.param(rb"ab{2}c", rb"abbc", ALL, id="a repeat of one number doesn't"),
        pytest.param(rb"ab{2,}?c", rb"abb", PART, id="a lazy repeat"),
        pytest.param(rb"ab*c", rb"", PART, id="what may be missing"),
        pytest.param(rb"(?:ab){0,2}cde", rb"", PART, id="a group that may be missing"),
        pytest.param(rb"a.b", rb"a[^\n]b", ALL, id="a dot is no newline"),
        pytest.param(rb"(?s)a.b", rb"a[\s\S]b", ALL, id="unless DOTALL says so"),
        pytest.param(rb"(?s:a.)b.", rb"a[\s\S]b[^\n]", ALL, id="DOTALL in a group"),
        pytest.param(rb"(?-s:a.b)", rb"a[^\n]b", ALL, id="no DOTALL in a group"),
        pytest.param(rb"(?i)k\xe4_", rb"[kK]\xe4_", ALL, id="case is ASCII's"),
        pytest.param(rb"(?i:a)bc", rb"[aA]bc", ALL, id="case in a group"),
        pytest.param(rb"(?i)[^a]bc", rb"[^aA][bB][cC]", ALL, id="case in a class"),
        pytest.param(rb"a\d\w\S[^\x00-\x7f]", rb"a\d\w\S[^\x00-\x7f]", ALL, id="classes"),
        pytest.param(rb"ab$", rb"ab", PART, id="the end of a line"),
        pytest.param(rb"ab\Z", rb"ab", PART, id="the end"),
        pytest.param(rb"^ab", rb"ab", PART, id="the beginning"),
        pytest.param(rb"\bab\B", rb"ab", PART, id="the border of a word"),
        pytest.param(rb"ab(?=c)", rb"ab", PART, id="a look ahead"),
        pytest.param(rb"ab(?!c)d", rb"abd", PART, id="a look ahead that must not fit"),
        pytest.param(rb"(?<=x)ab", rb"ab", PART, id="a look behind"),
        pytest.param(rb"(?<!x)ab", rb"ab", PART, id="a look behind that must not fit"),
        pytest.param(rb"(ab)\1", rb"ab", PART, id="a reference to a group"),
        pytest.param(rb"(ab)(?(1)c|d)", rb"ab", PART, id="a condition"),
        pytest.param(rb"abc|abd", rb"ab[cd]", ALL, id="alternatives with one byte that differs"),
        pytest.param(rb"xac|xbd", rb"x[ab][cd]", PART, id="alternatives with two hold what mixes them"),
        pytest.param(rb"abc|xy", rb"[ax][by]", PART, id="alternatives of two lengths"),
        pytest.param(rb"(?:ab|)cd", rb"", PART, id="an alternative without bytes"),
        pytest.param(rb"(?x) a b # c", rb"ab", ALL, id="spaces that don't count"),
        pytest.param(rb"(?P<n>ab)c", rb"abc", ALL, id="a group with a name"),
        pytest.param(rb"x(?>ab|a)c", rb"xa", PART, id="a group without a way back", marks=NEW),
        pytest.param(rb"(?>ab)c", rb"abc", ALL, id="a group with one way", marks=NEW),
        pytest.param(rb"ab{2,3}+c", rb"abb", PART, id="a possessive repeat", marks=NEW),
        pytest.param(rb"(?:a{2}){3}", rb"aaaaaa", ALL, id="repeats of repeats"),
        pytest.param(rb"(?:ab|cd){2}", rb"[ac][bd][ac][bd]", PART, id="repeated alternatives"),
        pytest.param(rb"a{30000}", rb"a" * 32, PART, id="many repeats"),
        pytest.param(rb"(?:(?:a{30000}){300}){3}", rb"a" * 32, PART, id="very many repeats"),
        pytest.param(rb"[ab]{40}", rb"[ab]" * 16, PART, id="many sets"),
        pytest.param(rb"ab...", rb"ab[^\n][^\n][^\n]", ALL, id="a dot at the end"),
        pytest.param(rb"(?s)ab...+", rb"ab", PART, id="any byte at the end says nothing"),
        pytest.param(rb"a[^\x00-\xff]b", rb"", PART, id="a class of nothing"),
        pytest.param(rb"a", rb"", PART, id="one byte is not rare"),
        pytest.param(rb"(?L)ab", rb"", PART, id="case of a locale"),
        pytest.param(rb"(?L:ab)c", rb"", PART, id="case of a locale in a group"),
    ],
)
def test_a_head_has_the_sets_that_matches_begin_with(source, sets, is_all):
    found = head(Pattern.regex(source))
    wanted = [bytes(b for b in range(256) if re.match(one, bytes([b]))) for one in one_byte_each(sets)]
    assert (found or Head(())).sets == tuple(wanted)
    assert (found is not None and found.is_all) == is_all


def one_byte_each(source):
    return re.findall(rb"\[[^]]*\]|\\x[0-9a-f]{2}|\\.|.", source)


def word(type_, text):
    return Pattern.parse(type_, text, arch=Arch())


@pytest.mark.parametrize(
    ("pattern", "size", "is_all"),
    [
        pytest.param(Pattern.raw(b"ab\0"), 3, ALL, id="a literal"),
        pytest.param(Pattern.raw(bytes(100)), 32, PART, id="a long literal"),
        pytest.param(Pattern.hex("48 8b ?? 0? f0 11"), 6, ALL, id="a mask"),
        pytest.param(Pattern.hex("48 8b ?? ??"), 4, ALL, id="a mask that ends in any bytes"),
        pytest.param(Pattern.text("kä", ignore_case=True), 3, ALL, id="text of either case, beyond ASCII"),
        pytest.param(Pattern.text("kab", ignore_case=True), 3, ALL, id="text of either case"),
        pytest.param(word("u32", "0x12340000..0x1234ffff"), 4, ALL, id="words in a range of whole bytes"),
        pytest.param(word("u32", "0x12340000..0x12345678"), 4, PART, id="words in a range"),
        pytest.param(
            Pattern.pointer(
                ranges=[Range(a, a + 0x1000) for a in range(0x7F12_0000_0000, 0x7F12_0800_0000, 0x5000)]
            ),
            8,
            PART,
            id="words in many ranges, to which the expression only comes close",
        ),
    ],
)
def test_other_patterns_have_heads_too(pattern, size, is_all):
    found = head(pattern)
    assert found is not None
    assert (len(found.sets), found.is_all) == (size, is_all)


SMALL = [bytes(each) for size in range(1, 6) for each in product(b"ab\n", repeat=size)]
SMALL_SOURCES = [
    rb"a[ab]b?", rb"(?:ab|ba)+", rb"ab(?:a|bb)b", rb"(?i)AB", rb"a.b", rb"(?:aa|b\n){2}", rb"ab(?=a)",
    rb"(ab)\1?",
    rb"(?:a{2}|ab)b", rb"(?s)ab.", rb"a(?!b)[ab]", rb"ab(?:ab?a|bbb)",
]  # fmt: skip


@pytest.mark.parametrize("source", SMALL_SOURCES)
def test_whatever_matches_has_the_head_and_what_is_all_head_matches(source):
    found, compiled = head(Pattern.regex(source)), re.compile(source)
    assert found is not None
    begins = re.compile(expression(found), re.DOTALL).match
    assert all(begins(text) for text in SMALL if compiled.match(text))
    assert not found.is_all or all(compiled.match(text) for text in SMALL if begins(text))
