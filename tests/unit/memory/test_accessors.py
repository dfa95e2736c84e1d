"""Integers, strings and pointers in memory: both word sizes, both byte orders, and what is missing."""

from __future__ import annotations

import struct

import pytest
from ptatlas.core.errors import AlreadySet, InvalidArgument, MemoryFault
from ptatlas.core.memory.memory_map import MemoryMap
from ptatlas.core.ranges import TOP

BASE = 0x1000


def memory(data, word_size=8, endian="little", base=BASE):
    made = MemoryMap(word_size, endian)
    made.add_bytes(data, base)
    return made


@pytest.mark.parametrize(("endian", "order"), [("little", "<"), ("big", ">")])
@pytest.mark.parametrize(("word_size", "word"), [(4, "i"), (8, "q")])
@pytest.mark.parametrize("value", [0, 1, -1, 0x1234567, -0x1234567])
def test_integers_are_signed_and_as_wide_as_their_name_says(word_size, word, endian, order, value):
    narrow = memory(struct.pack(order + "i", value), word_size, endian)
    wide = memory(struct.pack(order + "q", value), word_size, endian)
    long = memory(struct.pack(order + word, value), word_size, endian)
    assert narrow.get_int32(BASE) == narrow.get_c_int(BASE) == value
    assert wide.get_int64(BASE) == value
    assert long.get_c_long(BASE) == value


@pytest.mark.parametrize(("endian", "order"), [("little", "<"), ("big", ">")])
@pytest.mark.parametrize(("word_size", "word"), [(4, "I"), (8, "Q")])
def test_a_pointer_is_an_unsigned_word(word_size, word, endian, order):
    highest = (1 << (8 * word_size)) - 1
    assert memory(struct.pack(order + word, highest), word_size, endian).follow_pointer(BASE) == highest


def test_bytes_are_what_was_placed():
    made = memory(b"\x80abc")
    assert made.get_byte(BASE) == 0x80
    assert made.get_bytes(BASE + 1, 3) == b"abc"
    assert made.get_bytes(BASE, 0) == made.get_bytes(0, 0) == b""


@pytest.mark.parametrize(
    ("read", "missing"),
    [
        pytest.param(lambda m: m.get_byte(BASE + 6), BASE + 6, id="byte"),
        pytest.param(lambda m: m.get_bytes(BASE - 2, 4), BASE - 2, id="bytes, from the start"),
        pytest.param(lambda m: m.get_bytes(BASE + 2, 1000), BASE + 6, id="bytes, from the end"),
        pytest.param(lambda m: m.get_bytes(BASE, 1 << 62), BASE + 6, id="bytes beyond all bounds"),
        pytest.param(lambda m: m.get_int32(BASE + 3), BASE + 6, id="int32"),
        pytest.param(lambda m: m.get_int64(BASE), BASE + 6, id="int64"),
        pytest.param(lambda m: m.get_c_long(BASE + 5), BASE + 6, id="C long"),
        pytest.param(lambda m: m.get_string(BASE), BASE + 6, id="string without its end"),
        pytest.param(lambda m: m.follow_pointer(BASE), BASE + 6, id="pointer"),
        pytest.param(lambda m: m.get_byte(TOP), TOP, id="beyond the top"),
    ],
)
def test_a_hole_is_a_fault_at_the_first_missing_address(read, missing):
    with pytest.raises(MemoryFault) as caught:
        read(memory(b"abcdef"))
    assert (caught.value.address, caught.value.reason) == (missing, "unmapped")


def test_the_last_bytes_of_the_address_space_can_be_read_and_none_behind_them():
    made = memory(bytes(range(1, 9)), base=TOP - 8)
    assert made.get_int64(TOP - 8) == 0x0807060504030201
    with pytest.raises(MemoryFault) as caught:
        made.get_int64(TOP - 7)
    assert (caught.value.address, caught.value.size) == (TOP, 1)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 5000, 300_000])
@pytest.mark.parametrize("shift", [0, 1, 255])
def test_a_string_ends_at_its_nul_however_long_it_is(size, shift):
    text = b"x" * size
    made = memory(text + b"\0tail", base=BASE + shift)
    assert made.get_string(BASE + shift) == text


def test_a_string_may_lie_across_touching_pieces():
    made = memory(b"abc")
    made.add_bytes(b"def\0", BASE + 3)
    assert made.get_string(BASE) == b"abcdef"


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        pytest.param(0, b"", id="nothing, and nothing is read"),
        pytest.param(3, b"abc", id="before the NUL"),
        pytest.param(6, b"abcdef", id="up to the NUL"),
        pytest.param(9, b"abcdef", id="more than there is"),
    ],
)
def test_a_string_may_be_cut(most, expected):
    made = MemoryMap()
    made.add_bytes(b"abcdef\0", BASE)
    assert made.get_string(BASE, most=most) == expected


def test_what_is_asked_for_of_a_string_may_end_where_memory_does():
    made = MemoryMap()
    made.add_bytes(b"abc", BASE)
    assert made.get_string(BASE, most=3) == b"abc"
    with pytest.raises(MemoryFault):
        made.get_string(BASE, most=4)
    with pytest.raises(InvalidArgument):
        made.get_string(BASE, most=-1)


@pytest.mark.parametrize(
    ("data", "is_string", "is_identifier"),
    [
        pytest.param(b"name_2\0", True, True, id="identifier"),
        pytest.param(b"_\0", True, True, id="underscore"),
        pytest.param(b"2nd\0", True, False, id="digit first"),
        pytest.param(b"a b\t\n\0", True, False, id="text with blanks"),
        pytest.param(b"\0", True, False, id="empty"),
        pytest.param(b"a\x07\0", False, False, id="control character"),
        pytest.param("é\0".encode(), False, False, id="not ASCII"),
        pytest.param(b"abc", False, False, id="no end"),
        pytest.param(b"a" * 1000 + b"\0", True, True, id="long identifier"),
        pytest.param(b"a" * 1000 + b"-\0", True, False, id="long text"),
        pytest.param(b"a" * 255 + b"2" + b"2" * 300 + b"\0", True, True, id="digits where a piece begins"),
    ],
)
def test_strings_and_identifiers_are_told_from_other_bytes(data, is_string, is_identifier):
    made = memory(data)
    assert (made.is_string(BASE), made.is_c_identifier(BASE)) == (is_string, is_identifier)


@pytest.mark.parametrize("address", [0, BASE - 1, BASE + 3, TOP - 1, TOP, 1 << 70, -1])
def test_questions_about_missing_addresses_are_answered_no(address):
    made = memory(b"ab\0")
    assert [made.is_mapped(address), made.is_string(address), made.is_c_identifier(address)] == [False] * 3


def test_a_mapped_address_is_mapped():
    assert all(memory(b"ab\0").is_mapped(BASE + at) for at in range(3))


@pytest.mark.parametrize("word_size", [4, 8])
def test_words_follow_each_other(word_size):
    made = MemoryMap(word_size)
    assert made.next_word(BASE) == BASE + word_size
    assert made.previous_word(BASE) == BASE - word_size
    assert [made.align(a) for a in (0, 1, word_size, word_size + 1)] == [
        0,
        word_size,
        word_size,
        2 * word_size,
    ]
    assert made.align(TOP - 1) == made.next_word(TOP - word_size) == TOP


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda m: m.previous_word(0), id="below zero"),
        pytest.param(lambda m: m.next_word(TOP), id="above the top"),
        pytest.param(lambda m: m.align(TOP + 1), id="aligned above the top"),
        pytest.param(lambda m: m.get_byte(-1), id="negative address"),
        pytest.param(lambda m: m.get_bytes(0, -1), id="negative size"),
    ],
)
def test_addresses_that_do_not_exist_are_invalid(call):
    with pytest.raises(InvalidArgument):
        call(MemoryMap(8, "little"))


def test_word_size_and_byte_order_are_set_once():
    made = MemoryMap()
    made.set_word_size(4)
    made.set_endian("big")
    for change in (lambda: made.set_word_size(8), lambda: made.set_endian("big")):
        with pytest.raises(AlreadySet):
            change()
    assert (made.word_size, made.endian) == (4, "big")


def test_what_was_given_at_first_counts_as_set():
    for change in (lambda m: m.set_word_size(8), lambda m: m.set_endian("little")):
        with pytest.raises(AlreadySet):
            change(MemoryMap(8, "little"))


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda m: m.set_word_size(2), id="word size"),
        pytest.param(lambda m: m.set_endian("middle"), id="byte order"),
        pytest.param(lambda m: m.get_int32(BASE), id="int without a byte order"),
        pytest.param(lambda m: m.get_c_long(BASE), id="long without a word size"),
        pytest.param(lambda m: m.follow_pointer(BASE), id="pointer"),
        pytest.param(lambda m: m.next_word(BASE), id="next word"),
        pytest.param(lambda m: m.align(BASE), id="align"),
        pytest.param(lambda m: m.find_aligned(b"a"), id="aligned search"),
        pytest.param(lambda m: m.find_all_aligned(b"a"), id="aligned search for all"),
        pytest.param(lambda m: m.find_pointer(1), id="search for a pointer"),
        pytest.param(lambda m: m.find_all_pointers(1), id="search for all pointers"),
    ],
)
def test_what_needs_a_word_size_or_byte_order_and_lacks_it_is_invalid(call):
    made = MemoryMap()
    made.add_bytes(bytes(16), BASE)
    with pytest.raises(InvalidArgument):
        call(made)


def test_bytes_and_strings_need_neither():
    made = MemoryMap()
    made.add_bytes(b"ab\0", BASE)
    assert (made.get_byte(BASE), made.get_string(BASE), made.is_string(BASE)) == (0x61, b"ab", True)
