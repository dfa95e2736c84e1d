"""What each type of pattern matches, byte by byte, and what it refuses."""

from __future__ import annotations

import math
import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.arch import AARCH64_IGNORED, Arch
from ptatlas.core.errors import InvalidArgument, PatternError
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.patterns.pattern_set import PatternSet

LITTLE, BIG = Arch(8, "little"), Arch(8, "big")


def parse(type_, text, arch=LITTLE, **options):
    return Pattern.parse(type_, text, arch=arch, **options)


def ends(pattern, data):
    """Whether the pattern matches all of the data, from its start."""
    return pattern.match(data) == len(data)


@pytest.mark.parametrize(
    ("type_", "text", "arch", "data"),
    [
        pytest.param("str", "NEEDLE", LITTLE, b"NEEDLE", id="text"),
        pytest.param("str", "naïve", LITTLE, "naïve".encode(), id="text beyond ASCII is UTF-8"),
        pytest.param("str", r"a\n\t\\\x00\x7f", LITTLE, b"a\n\t\\\0\x7f", id="escapes"),
        pytest.param("str", r"\xff\376", LITTLE, b"\xff\xfe", id="byte escapes are that byte"),
        pytest.param("str", r"\u00e9\U0001f600", LITTLE, "é😀".encode(), id="character escapes are encoded"),
        pytest.param("str", r"\0", LITTLE, b"\0", id="a NUL by octal"),
        pytest.param("str", "a\udcffb", LITTLE, b"a\xffb", id="a word of the command line that is no UTF-8"),
        pytest.param("cstr", "ab", LITTLE, b"ab\0", id="text with its NUL"),
        pytest.param("utf16", "aé", LITTLE, b"a\0\xe9\0", id="utf16 little"),
        pytest.param("utf16", "aé", BIG, b"\0a\0\xe9", id="utf16 big"),
        pytest.param("utf16", r"\xe9", BIG, b"\0\xe9", id="utf16 byte escape is a code unit"),
        pytest.param("utf16", "😀", LITTLE, b"\x3d\xd8\x00\xde", id="utf16 surrogate pair"),
        pytest.param("utf32", "a", LITTLE, b"a\0\0\0", id="utf32 little"),
        pytest.param("utf32", "a", BIG, b"\0\0\0a", id="utf32 big"),
        pytest.param("hex", "48 8b", LITTLE, b"\x48\x8b", id="hex"),
        pytest.param("hex", "488B f0", BIG, b"\x48\x8b\xf0", id="hex has no byte order, nor needs blanks"),
        pytest.param("hex", "48 ?? 0? ?f", LITTLE, b"\x48\x99\x07\x9f", id="open nibbles"),
        pytest.param("u8", "255", LITTLE, b"\xff", id="u8"),
        pytest.param("u16", "0x1234", LITTLE, b"\x34\x12", id="u16 little"),
        pytest.param("u16", "0x1234", BIG, b"\x12\x34", id="u16 big"),
        pytest.param("u32", "0b101", LITTLE, b"\5\0\0\0", id="binary"),
        pytest.param("u64", "0o17", BIG, b"\0" * 7 + b"\x0f", id="octal"),
        pytest.param("i8", "-1", LITTLE, b"\xff", id="i8"),
        pytest.param("i16", "-2", BIG, b"\xff\xfe", id="i16 big"),
        pytest.param("i32", "-2147483648", LITTLE, b"\0\0\0\x80", id="i32 least"),
        pytest.param("i64", "-1", LITTLE, b"\xff" * 8, id="i64"),
        pytest.param("u64", "0xffffffffffffffff", LITTLE, b"\xff" * 8, id="u64 most"),
        pytest.param("f32", "1.5", LITTLE, struct.pack("<f", 1.5), id="f32 little"),
        pytest.param("f64", "-0.1", BIG, struct.pack(">d", -0.1), id="f64 big"),
        pytest.param("f32", "-inf", LITTLE, struct.pack("<f", -math.inf), id="infinity"),
        pytest.param("f64", "0x10", LITTLE, struct.pack("<d", 16.0), id="an integer for a float"),
        pytest.param("ptr", "0x7f0012345678", LITTLE, bytes.fromhex("78563412007f0000"), id="ptr little"),
        pytest.param("ptr", "0x7f0012345678", BIG, bytes.fromhex("00007f0012345678"), id="ptr big"),
        pytest.param("ptr", "0x12345678", Arch(4, "little"), bytes.fromhex("78563412"), id="ptr of 32 bits"),
        pytest.param("re", "ab+c", LITTLE, b"abbbc", id="re"),
    ],
)
def test_a_value_matches_its_bytes_in_memory(type_, text, arch, data):
    assert ends(parse(type_, text, arch), data)


@pytest.mark.parametrize(
    ("type_", "text", "data"),
    [
        pytest.param("str", "NEEDLE", b"NEEDLf", id="text"),
        pytest.param("cstr", "ab", b"abc", id="text without its NUL"),
        pytest.param("hex", "48 0?", b"\x48\x10", id="a fixed nibble"),
        pytest.param("u32", "1..5", b"\6\0\0\0", id="above a range"),
        pytest.param("f64", "0", struct.pack("<d", -0.0), id="exact bits tell the zeros apart"),
        pytest.param("ptr", "0x1000..0x1fff", b"\x00\x20" + bytes(6), id="behind a range of pointers"),
    ],
)
def test_other_bytes_do_not_match(type_, text, data):
    assert parse(type_, text).match(data) is None


@pytest.mark.parametrize(
    ("type_", "text", "low", "high"),
    [
        pytest.param("u8", "3..250", 3, 250, id="u8"),
        pytest.param("u16", "0x00ff..0x0100", 0xFF, 0x100, id="u16 across a byte"),
        pytest.param("i16", "-300..300", -300, 300, id="i16 across zero"),
        pytest.param("i16", "-300..-299", -300, -299, id="i16 below zero"),
        pytest.param("i8", "-128..127", -128, 127, id="all of i8"),
        pytest.param("u16", "4660", 4660, 4660, id="one value"),
    ],
)
@pytest.mark.parametrize("arch", [LITTLE, BIG], ids=["little", "big"])
def test_a_range_of_integers_holds_both_bounds_and_nothing_outside(type_, text, low, high, arch):
    pattern = parse(type_, text, arch)
    size = pattern.size
    found = {
        value
        for word in range(1 << (8 * size))
        for data in [word.to_bytes(size, arch.endian)]
        for value in [int.from_bytes(data, arch.endian, signed=type_[0] == "i")]
        if ends(pattern, data)
    }
    assert found == set(range(low, high + 1))


@given(st.data())
def test_a_range_of_long_words_is_exact_at_its_bounds(data):
    size, endian = data.draw(st.sampled_from([(4, "little"), (8, "little"), (4, "big"), (8, "big")]))
    top = (1 << (8 * size)) - 1
    low = data.draw(st.integers(0, top))
    high = data.draw(st.integers(low, top))
    pattern = Pattern.integer(f"u{8 * size}", low, high, endian=endian)
    near = {low - 1, low, low + 1, high - 1, high, high + 1, (low + high) // 2, 0, top}
    near |= {data.draw(st.integers(0, top)) for _ in range(5)}
    for value in near:
        if 0 <= value <= top:
            assert ends(pattern, value.to_bytes(size, endian)) == (low <= value <= high)


@given(
    st.sampled_from([("f32", "<f"), ("f64", ">d")]),
    st.floats(allow_nan=False),
    st.floats(allow_nan=False),
    st.binary(min_size=8, max_size=8),
)
def test_a_range_of_floats_holds_what_compares_within_it(kind, first, second, word):
    type_, form = kind
    low, high = min(first, second), max(first, second)
    try:
        pattern = Pattern.real(type_, low, high, endian="little" if form[0] == "<" else "big")
    except PatternError:
        # Both may lie beyond what a single holds.
        assert type_ == "f32"
        return
    low, high = _rounded(form, low), _rounded(form, high)
    words = [word[: pattern.size], *(_pack(form, value) for value in (low, high, 0.0, -0.0))]
    for data in words:
        (value,) = struct.unpack(form, data)
        assert ends(pattern, data) == (low <= value <= high)


def test_the_ends_of_a_range_are_rounded_to_the_type():
    pattern = Pattern.real("f32", 0.1, 0.1)
    assert ends(pattern, struct.pack("<f", 0.1))
    assert not ends(pattern, struct.pack("<f", 0.1000001))


def _rounded(form, value):
    """Return the value as the type holds it; what is too large for it stays as it is."""
    try:
        return struct.unpack(form, struct.pack(form, value))[0]
    except OverflowError:
        return value


def _pack(form, value):
    try:
        return struct.pack(form, value)
    except OverflowError:
        return struct.pack(form, math.copysign(math.inf, value))


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        pytest.param("1..5", 1, 5, id="integers"),
        pytest.param("1.5..2.5", 1.5, 2.5, id="decimals"),
        pytest.param("1...2.5", 1.0, 2.5, id="a decimal that ends in its point"),
        pytest.param("-1e-3..1e3", -1e-3, 1e3, id="exponents"),
        pytest.param(" 1 .. 2 ", 1, 2, id="blanks"),
        pytest.param("-inf..inf", -math.inf, math.inf, id="infinities"),
    ],
)
def test_a_range_of_floats_is_read_as_typed(text, low, high):
    pattern = parse("f64", text)
    assert ends(pattern, struct.pack("<d", low))
    assert ends(pattern, struct.pack("<d", high))
    assert not ends(pattern, struct.pack("<d", math.nan))


def test_a_pointer_into_ranges_is_one_into_any_of_them():
    ranges = [Range(0x7000, 0x8000), Range(0x1000, 0x2000), Range(TOP - 1, TOP)]
    pattern = Pattern.pointer(ranges=ranges)
    hits = [
        a for a in (0xFFF, 0x1000, 0x1FFF, 0x2000, 0x7000, TOP - 1) if ends(pattern, a.to_bytes(8, "little"))
    ]
    assert hits == [0x1000, 0x1FFF, 0x7000, TOP - 1]


def test_a_pointer_into_very_many_ranges_is_exact():
    ranges = [Range(page, page + 0x1000) for page in range(0x10_0000, 0x40_0000, 0x2000)]
    pattern = Pattern.pointer(ranges=ranges, arch=Arch(4, "big"))
    for address in (0x10_0000, 0x10_0FFF, 0x10_1000, 0x3F_E000, 0x3F_F000, 0xF_FFFF):
        inside = any(address in r for r in ranges)
        assert ends(pattern, address.to_bytes(4, "big")) == inside


TBI = AARCH64_IGNORED
NEAR = st.builds(
    int.__add__,
    st.sampled_from([0, 1 << 20, (1 << 47) - 64, TOP - (1 << 47), TOP - 64]),
    st.integers(0, 63),
)


@given(st.data())
def test_a_pointer_counts_by_where_it_points_whatever_its_tag(data):
    ignored = data.draw(st.sampled_from([TBI, TBI | 0x7F << 48, TBI | 0xFF << 47, 0x7E << 56]))
    arch = Arch(8, data.draw(st.sampled_from(["little", "big"])), ignored_bits=ignored)
    starts = sorted(map(arch.untagged, data.draw(st.lists(NEAR, min_size=1, max_size=4))))
    ranges = [Range(start, min(start + data.draw(st.integers(1, 300)), TOP)) for start in starts]
    pattern = Pattern.pointer(ranges=ranges, arch=arch)
    edges = st.sampled_from([edge for r in ranges for edge in (r.start, r.end - 1, r.end)])
    word = (data.draw(NEAR | edges) ^ data.draw(st.integers(0, TOP - 1)) & ignored) % TOP
    expected = any(arch.untagged(word) in r for r in ranges)
    assert (pattern.match(word.to_bytes(8, arch.endian)) == 8) == expected


def test_a_tag_in_the_pattern_does_not_count():
    arch = Arch(ignored_bits=AARCH64_IGNORED)
    pattern = Pattern.pointer(0xAB00000000500000, arch=arch)
    for tag in (0, 0x0B, 0xAB, 0xFF):
        assert ends(pattern, (tag << 56 | 0x500000).to_bytes(8, "little"))
    assert not ends(pattern, (0xAB80000000500000).to_bytes(8, "little"))
    assert pattern.shown == "0x500000"


def test_pointers_align_to_words():
    assert parse("ptr", "1").default_align == 8
    assert Pattern.pointer(1, arch=Arch(4)).default_align == 4


@pytest.mark.parametrize(
    ("type_", "text", "data"),
    [
        pytest.param("str", "Needle", b"nEEDLE", id="ASCII"),
        pytest.param("str", "naïve", "NAÏVE".encode(), id="a letter of two bytes"),
        pytest.param("str", "λ", "Λ".encode(), id="Greek"),
        pytest.param("cstr", "Ab", b"aB\0", id="with a NUL"),
        pytest.param(
            "utf16", "Ÿ", "ÿ".encode("utf-16-le"), id="utf16: the same length where UTF-8's differs"
        ),
        pytest.param("utf32", "Needle", "nEEDLE".encode("utf-32-le"), id="utf32"),
        pytest.param("re", "needle[0-9]", b"NEEDLE7", id="re"),
    ],
)
def test_ignoring_case_matches_the_other_case(type_, text, data):
    assert ends(parse(type_, text, ignore_case=True), data)
    assert not ends(parse(type_, text), data)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("ß", b"SS", id="an upper case of two letters"),
        pytest.param("k", "\u212a".encode(), id="the Kelvin sign is longer than k"),
        pytest.param("_", b"\x7f", id="no letter at all"),
    ],
)
def test_ignoring_case_leaves_other_changes_alone(text, data):
    assert parse("str", text, ignore_case=True).match(data) is None


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        pytest.param("str", "", id="empty text"),
        pytest.param("str", r"\q", id="unknown escape"),
        pytest.param("str", "a\\", id="lone backslash"),
        pytest.param("str", r"\U00110000", id="beyond Unicode"),
        pytest.param("str", r"\ud800", id="a surrogate has no UTF-8"),
        pytest.param("utf32", "\ud800", id="a surrogate has no UTF-32"),
        pytest.param("str", r"\777", id="octal beyond a byte"),
        pytest.param("hex", "", id="no bytes"),
        pytest.param("hex", "4", id="half a byte"),
        pytest.param("hex", "0x48", id="a prefix"),
        pytest.param("hex", "48 8g", id="no digit"),
        pytest.param("hex", "?? ??", id="nothing fixed"),
        pytest.param("u8", "256", id="too large"),
        pytest.param("u64", "18446744073709551616", id="2**64"),
        pytest.param("u8", "-1", id="negative unsigned"),
        pytest.param("i8", "128", id="too large for signed"),
        pytest.param("u8", "5..3", id="reversed"),
        pytest.param("u8", "1..", id="half a range"),
        pytest.param("u32", "main", id="a name without a debugger"),
        pytest.param("u32", "", id="no value"),
        pytest.param("f32", "1e40", id="too large a float"),
        pytest.param("f32", "2..1", id="reversed floats"),
        pytest.param("f64", "nan..1", id="NaN bounds no range"),
        pytest.param("f64", "1e309", id="too large a float for Python, which makes it infinite"),
        pytest.param("f64", "-1e309..0", id="the same as the end of a range"),
        pytest.param("f64", hex(1 << 1024), id="too large an integer for a float"),
        pytest.param("f64", "1.2.3", id="no float"),
        pytest.param("ptr", "-1", id="negative pointer"),
        pytest.param("ptr", "0x10000000000000000", id="pointer beyond the top"),
        pytest.param("re", "(", id="broken expression"),
        pytest.param("re", "a*", id="expression that matches nothing at all"),
        pytest.param("re", "", id="empty expression"),
        pytest.param("u33", "1", id="unknown type"),
        pytest.param("expr", "x", id="expressions are the debugger's"),
    ],
)
def test_what_is_no_pattern_is_a_pattern_error_with_words_for_the_user(type_, text):
    with pytest.raises(PatternError) as caught:
        parse(type_, text)
    assert str(caught.value)


def test_an_unknown_type_suggests_the_nearest():
    with pytest.raises(PatternError) as caught:
        parse("utf_16", "a")
    assert caught.value.hint == "did you mean utf16?"


def test_a_value_that_does_not_fit_says_what_does():
    with pytest.raises(PatternError, match="300 doesn't fit u8") as caught:
        parse("u8", "300")
    assert caught.value.hint == "it holds 0 to 255"


def test_case_cannot_be_ignored_where_there_is_none():
    with pytest.raises(PatternError, match="no case"):
        parse("u32", "1", ignore_case=True)


def test_values_may_be_expressions_of_the_debugger():
    names = {"&table[3]": 0x4000, "-n": -7}
    assert ends(parse("ptr", "&table[3]..0x5000", evaluate=names.__getitem__), (0x5000).to_bytes(8, "little"))
    assert ends(parse("i8", "-n", evaluate=names.__getitem__), b"\xf9")
    assert ends(parse("f64", "-n", evaluate=names.__getitem__), struct.pack("<d", -7.0))
    half = {"1.5*x": 0.75, "y": 2.5}.__getitem__
    assert ends(parse("f64", "1.5*x", evaluate_real=half), struct.pack("<d", 0.75))
    within = parse("f32", "1.5*x..y", evaluate_real=half)
    assert all(ends(within, struct.pack("<f", value)) for value in (0.75, 1.0, 2.5))
    assert within.match(struct.pack("<f", 0.5)) is None


def test_an_expression_that_fails_says_why_itself():
    def evaluate(text):
        raise InvalidArgument(f"no symbol {text}")

    with pytest.raises(InvalidArgument, match="no symbol foo"):
        parse("u32", "foo", evaluate=evaluate)


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        pytest.param("u32", "0", True, id="zero"),
        pytest.param("u32", "0..9", True, id="a range with zero"),
        pytest.param("i8", "-1..1", True, id="a signed range around zero"),
        pytest.param("u32", "1..9", False, id="a range without zero"),
        pytest.param("f32", "-1..1", True, id="floats around zero"),
        pytest.param("hex", "0? ??", True, id="open nibbles"),
        pytest.param("hex", "?? 01", False, id="a fixed byte"),
        pytest.param("str", "a", False, id="text"),
        pytest.param("str", r"\0\0", True, id="NULs"),
        pytest.param("ptr", "0..0xfff", True, id="a null pointer"),
        pytest.param("re", r"\x00{3}", True, id="re of NULs"),
        pytest.param("re", r"(?<=a)\x00", False, id="re that wants something before"),
        pytest.param("re", r"[^a]", True, id="re of nearly anything"),
    ],
)
def test_a_pattern_knows_whether_it_matches_zeros(type_, text, expected):
    assert (parse(type_, text).shape.zero_match() is not None) is expected


def test_a_pattern_describes_itself_as_it_was_typed():
    assert parse("u32", "0x10..0x20").describe() == {"type": "u32", "text": "0x10..0x20"}
    assert parse("str", "NEEDLE").describe() == {"type": "str", "text": "NEEDLE"}


def test_a_pattern_from_values_describes_itself_too():
    assert Pattern.integer("i16", -3, 4).describe() == {"type": "i16", "text": "-3..4"}
    assert Pattern.pointer(0x10, 0x20).describe() == {"type": "ptr", "text": "0x10..0x20"}
    assert Pattern.raw(b"\1\2").describe() == {"type": "hex", "text": "01 02"}
    assert Pattern.raw(b"\1", type="expr", shown="x").describe() == {"type": "expr", "text": "x"}
    assert Pattern.text("ab", "utf-16").describe() == {"type": "utf16", "text": "ab"}


def test_only_expressions_match_in_several_sizes():
    assert (parse("re", "a+").size, parse("re", "a+").max_size) == (None, 4096)
    assert (parse("utf32", "ab").size, parse("utf32", "ab").max_size) == (8, 8)


def test_a_match_of_an_expression_ends_at_four_kibibytes():
    assert parse("re", "a+").match(b"a" * 5000) == 4096
    assert parse("re", "a+b").match(b"a" * 5000 + b"b") is None


def test_a_pattern_may_contain_itself_shifted():
    assert parse("str", "aXaXa").match(b"aXaXaXa", 2) == 5


@given(st.binary(min_size=1, max_size=40))
def test_raw_bytes_match_themselves(data):
    assert ends(Pattern.raw(data), data)
    assert ends(Pattern.regex(re.escape(data)), data)


def test_a_set_needs_a_pattern():
    with pytest.raises(PatternError):
        PatternSet([])


@pytest.mark.parametrize(
    ("type_", "text", "arch", "holds", "refuses"),
    [
        pytest.param(
            "u64", "0x40/0xff0", LITTLE, (0x40, 0x5004F, 2**64 - 0xFC0), (0x50, 0x140, 0), id="bits"
        ),
        pytest.param("u16", "0x40/0xff0", BIG, (0x40, 0xF047), (0x4000, 0x140), id="big-endian"),
        pytest.param("u8", "0/7", LITTLE, (0, 8, 248), (1, 9, 255), id="multiples"),
        pytest.param("u32", "1/1", LITTLE, (1, 3, 2**32 - 1), (0, 2), id="a single bit"),
        pytest.param("u32", "7/0xffffffff", LITTLE, (7,), (8, 0x70000), id="all bits"),
        pytest.param("i8", "-16/0xf0", LITTLE, (0xF0, 0xFF), (0x0F, 0xE0), id="a negative value"),
        pytest.param("i32", "0xf0/-16", LITTLE, (0xF0, 0xFF), (0x1F0,), id="a negative mask"),
        pytest.param("i16", "0x8000/0x8000", LITTLE, (0x8000, 0xFFFF), (0x7FFF,), id="the sign alone"),
        pytest.param("u32", "n / (1 << 4)", LITTLE, (0x10, 0xFF), (0xF, 0), id="expressions"),
        pytest.param("ptr", "0x40/0xfff", LITTLE, (0x40, 0x7FFFF7FC3040), (0x140,), id="a pointer"),
    ],
)
def test_an_integer_under_a_mask(type_, text, arch, holds, refuses):
    known = {"n": 16, "(1 << 4)": 16}
    pattern = parse(type_, text, arch, evaluate=known.__getitem__)
    assert pattern.describe() == {"type": type_, "text": text}
    in_memory = [value.to_bytes(pattern.size, arch.endian) for value in (*holds, *refuses)]
    found = [pattern.match(content) for content in in_memory]
    assert found == [pattern.size] * len(holds) + [None] * len(refuses)


@pytest.mark.parametrize(
    ("type_", "text", "message"),
    [
        pytest.param(
            "u32", "0x41/0xf0", "0x41 has bits that its mask 0xf0 hasn't", id="bits beside the mask"
        ),
        pytest.param("u32", "4096/8", "has bits that its mask", id="a division"),
        pytest.param("u32", "0/0", "a mask of 0 holds everywhere", id="no bit"),
        pytest.param("u8", "0/0x100", "0x100 doesn't fit u8", id="a mask that is too wide"),
        pytest.param("u8", "-129/0xff", "-0x81 doesn't fit u8", id="a value that is too low"),
        pytest.param("u32", "1/2/3", "has several /", id="two masks"),
        pytest.param("u32", "1..2/3", "has a range and /", id="a range"),
        pytest.param("u32", "/3", "'' is no integer", id="no value"),
        pytest.param("u32", "3/", "'' is no integer", id="no mask"),
    ],
)
def test_what_is_no_integer_under_a_mask(type_, text, message):
    with pytest.raises(PatternError, match=message):
        parse(type_, text)
