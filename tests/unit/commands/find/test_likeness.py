"""What text looks like besides text: said of numbers, expressions and bytes, and of nothing else."""

import pytest
from ptatlas.core.commands.find.likeness import hint, integer_type, is_like_expression, number_type


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("0xcafebabe", "u32"),
        ("0XCAFEBABE", "u32"),
        ("0x7ffff7dd1000", "u64"),
        ("1234", "u32"),
        ("0", "u32"),
        ("-1", "i32"),
        ("-0x80000001", "i64"),
        ("0b101", "u32"),
        ("0o17", "u32"),
        ("1_000", "u32"),
        ("0xffffffff", "u32"),
        ("0x100000000", "u64"),
        ("1000..2000", "u32"),
        ("-5..5", "i32"),
        ("0x1000,+16", "u32"),
        ("1.5", "f64"),
        (".5", "f64"),
        ("-2e10", "f64"),
        ("1.25..1.75", "f64"),
        ("0x10000000000000000", None),
        ("needle", None),
        ("inf", None),
        ("nan", None),
        ("infinity..nan", None),
        ("2024-01-01", None),
        ("12:30", None),
        ("1.2.3.4", None),
        ("0xcafebabe is it", None),
        ("cafebabe", None),
        ("GLIBC_2.2", None),
        ("/usr/lib/x", None),
        ("", None),
        ("-", None),
        ("...", None),
    ],
)
def test_numbers_are_told_from_text(text, type_):
    assert number_type(text) == type_


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("$sp", True),
        ("$rip+8", True),
        ("&table[3]", True),
        ("*pointer", True),
        ("&(a.b)", True),
        ("(long)buf + 16", True),
        ("(char *)p", True),
        ("(unsigned char)x", True),
        ("(struct node *)p", True),
        ("sizeof(x)", True),
        ("a->b", True),
        ("a.b->c", True),
        ("table[3]", True),
        ("table[i].name", False),
        ("0x1000+16", True),
        ("main", False),
        ("treasure map", False),
        ("hello (world)", False),
        ("(see below) x", False),
        ("a.b", False),
        ("libc.so.6", False),
        ("$", False),
        ("$ 5", False),
        ("AT&T", False),
        ("& so on", False),
        ("*", False),
        ("**bold**", True),
        ("12-25", False),
        ("%s: [%d]", False),
    ],
)
def test_expressions_are_told_from_text(text, is_one):
    assert is_like_expression(text) is is_one


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0xcafebabe", "-t auto looks for the number too, -t u32 for it alone"),
        ("1.5", "-t auto looks for the number too, -t f64 for it alone"),
        ("$sp", "-t auto looks for its value too, -P for pointers to it"),
        ("48 8b ?? 0? f0", "-x looks for these bytes"),
        ("be ef", None),
        ("48", "-t auto looks for the number too, -t u32 for it alone"),
        ("needle", None),
    ],
)
def test_the_hint_says_what_was_done_and_how_to_do_the_other(text, said):
    assert hint(text) == (said and f"{text} was looked for as text; {said}")


def test_a_long_text_is_cited_in_part():
    assert hint("1" * 15 + "." + "0" * 1000).startswith("1" * 15 + "." + "0" * 23 + "… was looked for")


@pytest.mark.parametrize(
    ("low", "high", "type_"),
    [
        (0, (1 << 32) - 1, "u32"),
        (0, 1 << 32, "u64"),
        (-1, (1 << 31) - 1, "i32"),
        (-1, 1 << 31, "i64"),
        (0, (1 << 64) - 1, "u64"),
        (0, 1 << 64, None),
        (-1, 1 << 63, None),
        (-(1 << 63), 0, "i64"),
    ],
)
def test_the_smallest_type_of_32_or_64_bits_is_taken(low, high, type_):
    assert integer_type(low, high) == type_
