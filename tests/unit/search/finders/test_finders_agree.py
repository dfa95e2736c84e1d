"""Every way of looking for matches finds the same: in crowded memory, in empty memory, with bare tools."""

from __future__ import annotations

import random
from bisect import bisect_right
from itertools import product

import pytest
from ptatlas.core.ranges import Range
from ptatlas.core.search.finders.fixed_finder import Tools, finder_for
from ptatlas.core.search.finders.haystack import Haystack, MatchSpan
from ptatlas.core.search.finders.libc import Libc, address_of, load_libc
from ptatlas.core.search.finders.numpy_finder import load_numpy
from ptatlas.core.search.patterns.pattern import Pattern
from support.search_oracle import Wanted, literal

pytestmark = pytest.mark.slow

ORIGIN = 0x7F00_0000_1000
SIZE = 24 * 1024
PLANTED = b"Q7hzWx!k09Z"
HALVES = b"\x01\x02\x03\x04\x04\x03\x02\x01"


def random_bytes():
    return random.Random(1).randbytes(SIZE)


def crowded():
    """The same few bytes over and over, so that everything is found often and overlaps itself."""
    return bytes(random.Random(2).choices(b"aab\0\1", k=SIZE))


def small_integers():
    """Zeros with a small integer in every line of 64 bytes, and pages of nothing but zeros."""
    content = bytearray(SIZE)
    for at in range(0, SIZE, 64):
        if at // 4096 % 3:
            content[at : at + 2] = random.Random(at).randrange(3000).to_bytes(2, "little")
    return bytes(content)


def pointers():
    """Words that mostly point into the same four gigabytes."""
    rng = random.Random(4)
    words = ((0x7F12_0000_0000 + rng.randrange(1 << 27) for _ in range(SIZE // 8)), [0])
    return b"".join(word.to_bytes(8, "little") for part in words for word in part)[:SIZE]


def halves():
    """Words of which the first or the second half is the wanted one, and now and then both."""
    rng = random.Random(5)
    words = (rng.choice([HALVES[:4], b"....", HALVES[4:]]) for _ in range(SIZE // 4))
    return b"".join(words)


def then_sparse():
    """Crowded at first and empty after that, so that the way of searching changes twice."""
    return crowded()[: SIZE // 3] + bytes(SIZE // 3) + crowded()[: SIZE // 3]


def planted():
    """Random bytes with a text at every remainder that an address can leave."""
    content = bytearray(random_bytes())
    for number, at in enumerate(range(50, SIZE - 20, 1700)):
        content[at + number : at + number + len(PLANTED)] = PLANTED
    return bytes(content)


MEMORIES = [random_bytes, crowded, small_integers, pointers, halves, then_sparse, planted]


def word(type_, low, high, endian="little"):
    size, signed = int(type_[1:]) // 8, type_[0] == "i"

    def size_at(run, at):
        value = int.from_bytes(run[at : at + size], endian, signed=signed)
        return size if at + size <= len(run) and low <= value <= high else None

    return Wanted(Pattern.integer(type_, low, high, endian=endian), size_at)


def pointer(*ranges):
    starts = [item.start for item in ranges]

    def size_at(run, at):
        value = int.from_bytes(run[at : at + 8], "little")
        nearest = ranges[bisect_right(starts, value) - 1]
        return 8 if at + 8 <= len(run) and value in nearest else None

    return Wanted(Pattern.pointer(ranges=ranges), size_at)


def folded(text):
    data = text.encode()
    return Wanted(
        Pattern.text(text, ignore_case=True),
        lambda run, at: len(data) if run[at : at + len(data)].lower() == data.lower() else None,
    )


def masked(text, fits):
    size = len(text.split())

    def size_at(run, at):
        return size if at + size <= len(run) and fits(run[at : at + size]) else None

    return Wanted(Pattern.hex(text), size_at)


WANTED = [
    pytest.param(literal(Pattern.raw(b"aba"), b"aba"), id="a literal that overlaps itself"),
    pytest.param(literal(Pattern.raw(b"ab\0"), b"ab\0"), id="a literal"),
    pytest.param(literal(Pattern.raw(b"\0"), b"\0"), id="one zero"),
    pytest.param(literal(Pattern.raw(bytes(9)), bytes(9)), id="many zeros"),
    pytest.param(literal(Pattern.raw(crowded()[:100]), crowded()[:100]), id="a long literal"),
    pytest.param(literal(Pattern.raw(b"\x05" + bytes(7)), b"\x05" + bytes(7)), id="a small integer"),
    pytest.param(literal(Pattern.raw(HALVES), HALVES), id="a word of which the halves are common"),
    pytest.param(literal(Pattern.raw(PLANTED), PLANTED), id="a literal that is rare"),
    pytest.param(literal(Pattern.raw(PLANTED[:7]), PLANTED[:7]), id="a literal of just four words"),
    pytest.param(word("u8", 1, 200), id="a range of bytes"),
    pytest.param(word("u16", 1000, 2000), id="a range of u16"),
    pytest.param(word("u32", 1, 2000), id="a range of small u32"),
    pytest.param(word("u32", 0, 5), id="a range with zero"),
    pytest.param(word("u32", 1_000_000, 3_000_000_000), id="a wide range of u32"),
    pytest.param(word("u64", 0x6100, 1 << 60), id="a wide range of u64"),
    pytest.param(word("u32", 1000, 2000), id="a range of u32 of one high byte and zeros"),
    pytest.param(word("u32", 1, 2000, "big"), id="a range of small u32 in the other byte order"),
    pytest.param(word("i32", -2000, 1), id="a range of i32 around zero"),
    pytest.param(word("u64", 0x100, 0x61FF), id="a range of u64 of whole bytes"),
    pytest.param(word("u64", 5, 1_000_000), id="a range of u64 of three widths"),
    pytest.param(pointer(Range(0x7F12_0100_0000, 0x7F12_0120_0000)), id="a pointer to a library"),
    pytest.param(
        pointer(*(Range(a, a + 0x1000) for a in range(0x7F12_0000_0000, 0x7F12_0800_0000, 0x5000))),
        id="a pointer to very many areas",
    ),
    pytest.param(
        pointer(Range(0x10_0000, 0x20_0000), Range(0x7F12_0100_0000, 0x7F12_0100_1000)),
        id="a pointer to areas far apart",
    ),
    pytest.param(folded("AbA"), id="text of either case"),
    pytest.param(folded("a_"), id="text of either case, not there"),
    pytest.param(masked("6? ?1 00", lambda d: d[0] >> 4 == 6 and d[1] & 15 == 1 and not d[2]), id="a mask"),
    pytest.param(
        masked("0? ?0", lambda d: d[0] >> 4 == 0 and d[1] & 15 == 0), id="a mask without a fixed byte"
    ),
]


def numpy_tools():
    numpy = load_numpy(1 << 40)
    if numpy is None:
        pytest.skip("numpy is not installed; without it words are found by expressions alone")
    return Tools(load_libc(), numpy)


TOOLS = [
    pytest.param(lambda: Tools(load_libc()), id="libc"),
    pytest.param(lambda: Tools(Libc(None, None)), id="nothing"),
    pytest.param(numpy_tools, id="numpy"),
]


@pytest.mark.parametrize("wanted", WANTED)
@pytest.mark.parametrize("make_tools", TOOLS)
def test_every_way_of_searching_finds_the_same(make_tools, wanted):
    tools = make_tools()
    found, expected = {}, {}
    for memory, align in product(MEMORIES, (1, 4, 8, 3)):
        content = memory()
        finder = finder_for(wanted.pattern.shape, align, tools)
        found[memory.__name__, align] = found_in_parts(finder, content)
        expected[memory.__name__, align] = [
            address
            for address in range(ORIGIN + -ORIGIN % align, ORIGIN + SIZE, align)
            if wanted.size_at(content, address - ORIGIN) is not None
        ]
    assert found == expected


def found_in_parts(finder, content):
    """What one finder finds in one part after the other, as it does in chunk after chunk."""
    haystack = Haystack(content, address_of(content), ORIGIN)
    borders = [0, 5, 7000, 16384, 16385, SIZE]
    spans = [MatchSpan(low, high, 0, SIZE) for low, high in zip(borders, borders[1:])]
    return [address for span in spans for batch in finder.find(haystack, span) for address in batch.addresses]
