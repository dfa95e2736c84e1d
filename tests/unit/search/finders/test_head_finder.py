"""A matching library finds what is found without it: in empty memory, in crowded memory, and in between."""

from __future__ import annotations

import random
import re

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.errors import Interrupted
from ptatlas.core.ranges import Range
from ptatlas.core.search.finders import head_finder as module
from ptatlas.core.search.finders.fixed_finder import Tools
from ptatlas.core.search.finders.haystack import Haystack, MatchSpan
from ptatlas.core.search.finders.head_finder import head_finder
from ptatlas.core.search.finders.libc import address_of, load_libc
from ptatlas.core.search.finders.pattern_finders import Numbered, PatternFinders
from ptatlas.core.search.matcher.head_plan import plan_heads
from ptatlas.core.search.patterns.pattern import Pattern
from support.matching import by_library

ORIGIN = 0x7F00_0000_1000
SIZE = 1 << 15
BORDERS = [0, 5, 3500, 8192, 8193, 25_000, SIZE]


def sparse():
    """Random bytes with all that is looked for at every remainder of an address, and across borders."""
    content = bytearray(random.Random(1).randbytes(SIZE))
    for number, at in enumerate([*range(50, SIZE - 1000, 1111), *(border - 3 for border in BORDERS[2:])]):
        sample = SAMPLES[number % len(SAMPLES)]
        content[at + number % 8 : at + number % 8 + len(sample)] = sample
    return bytes(content[:SIZE])


def crowded():
    """All that is looked for, over and over."""
    return b"".join(random.Random(2).choices(SAMPLES, k=SIZE // 4))[:SIZE]


def then_sparse():
    """Crowded at first, and hardly after that, so that the way of searching changes twice."""
    return crowded()[:10_000] + sparse()[:20_000] + crowded()[: SIZE - 30_000]


def zeros():
    return bytes(SIZE)


SAMPLES = [
    b"Needle",
    b"nEEDLE42",
    b"\x48\x8b\x11\x02\xf0\x11",
    b"ABCD-123456",
    b"aabab\n",
    b"\0\0\0\1",
    b"Nee\n",
]
WANTED = {
    "text of either case": Pattern.text("needle", ignore_case=True),
    "a mask": Pattern.hex("48 8b ?? 0? f0 11"),
    "zeros in a mask": Pattern.hex("00 0? 00 01"),
    "all but zeros": Pattern.hex("00 00 0? 0?"),
    "an expression of sets": Pattern.regex(rb"[A-Z]{4}-[0-9]{6}"),
    "one with an end that varies": Pattern.regex(rb"(?i)needle[0-9]*?2|aab+?"),
    "one that looks around": Pattern.regex(rb"(?<=a)aba?(?!x)b?$"),
    "one that matches zeros": Pattern.regex(rb"\x00\x00+"),
    "one that overlaps itself": Pattern.regex(rb"aba|bab|\x00{4}"),
    "borders": Pattern.regex(rb"\bNee.?d?|Nee\Z"),
    "a range of words": Pattern.parse("u32", "0x12340000..0x12345678", arch=Arch()),
    "many ranges of words": Pattern.pointer(
        ranges=[Range(a, a + 0x1000) for a in range(0x100_0000, 0x900_0000, 0x5000)]
    ),
    "a literal": Pattern.raw(b"Need"),
}


def found_in_parts(finder, content):
    """All hits in one part after the other, as in chunk after chunk; what is last is another area's."""
    haystack = Haystack(content, address_of(content), ORIGIN)
    spans = [MatchSpan(low, high, 0, SIZE - 2) for low, high in zip(BORDERS, [*BORDERS[1:-1], SIZE - 2])]
    batches = [batch for span in spans for batch in finder.find(haystack, span)]
    return sorted(hit for batch in batches for hit in batch.hits())


def finders(patterns, align, look=lambda: None):
    """A finder that uses the library, and its counterpart."""
    tools = Tools(load_libc(), None, look)
    numbered = [Numbered(number, pattern, align) for number, pattern in enumerate(patterns)]
    with by_library():
        plan = plan_heads(patterns, [align] * len(patterns), SIZE)
    assert plan is not None
    others = [each for each in numbered if each.number in plan.numbers]
    return head_finder(plan, numbered, tools), PatternFinders(others, tools)


ALONE = [pytest.param([one], 1, id=name) for name, one in WANTED.items() if one.shape.literal is None]
TOGETHER = [pytest.param(list(WANTED.values()), align, id=f"all at multiples of {align}") for align in (1, 4)]


@pytest.mark.parametrize(("patterns", "align"), [*ALONE, *TOGETHER])
def test_it_finds_the_same(patterns, align):
    by_heads, without = finders(patterns, align)
    for memory in (sparse, crowded, then_sparse, zeros):
        content = memory()
        assert found_in_parts(by_heads, content) == found_in_parts(without, content), memory.__name__
    by_heads.close()


def test_the_values_of_words_are_known():
    by_heads, _ = finders([WANTED["a range of words"]], 4)
    content = b"\x01\x00\x34\x12".rjust(SIZE, b"x")
    (batch,) = by_heads.find(Haystack(content, address_of(content), ORIGIN), MatchSpan(0, SIZE, 0, SIZE))
    assert (batch.addresses, batch.values) == ([ORIGIN + SIZE - 4], [0x1234_0001])


def test_where_everything_matches_little_is_asked_of_the_library(monkeypatch):
    by_heads, _ = finders([WANTED["all but zeros"]], 1)
    asked = []

    def scan(*arguments, scan=by_heads._scanning.scan):
        asked.append(scan(*arguments))
        return asked[-1]

    monkeypatch.setattr(by_heads._scanning, "scan", scan)
    content = zeros()
    haystack = Haystack(content, address_of(content), ORIGIN)
    for _ in range(40):
        by_heads.find(haystack, MatchSpan(0, SIZE, 0, SIZE))
    assert len(asked) < 10
    assert max(len(endings.ends) for endings in asked) <= module._SAMPLE + SIZE // module._CROWDED


def test_a_search_that_is_closing_waits_for_no_more_than_one_place():
    looks = []

    def look():
        looks.append(None)
        raise Interrupted("closing")

    by_heads, _ = finders([Pattern.regex(rb"Needle.*x")], 1, look)
    content = b"Needle".ljust(4096, b".") * 8
    with pytest.raises(Interrupted):
        by_heads.find(Haystack(content, address_of(content), ORIGIN), MatchSpan(0, SIZE, 0, SIZE))
    assert len(looks) == 1


def test_an_expression_that_says_nothing_of_its_size_finds_what_re_says():
    content = sparse()
    by_heads, _ = finders([WANTED["one with an end that varies"]], 1)
    wanted = re.compile(WANTED["one with an end that varies"].shape.regex)
    sizes = {at: wanted.match(content, at, SIZE - 2) for at in range(SIZE - 2)}
    expected = [(ORIGIN + at, found.end() - at, 0) for at, found in sizes.items() if found]
    assert found_in_parts(by_heads, content) == expected
