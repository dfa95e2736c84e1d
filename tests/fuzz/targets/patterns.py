"""What pt-find looks for, as it is typed or stands in a file."""

from __future__ import annotations

from ptatlas.core.arch import Arch
from ptatlas.core.brackets import outside, parts, unquoted
from ptatlas.core.commands.find.patterns_file import read_patterns
from ptatlas.core.numbers import literal, size_literal
from ptatlas.core.search.patterns.literals import (
    read_hex,
    read_integer,
    read_integers,
    read_real,
    split_length,
    split_mask,
    split_range,
)
from ptatlas.core.search.patterns.pattern import TYPES, Pattern

from fuzz.target import Choices, ReusedFile, Target

_FILE = ReusedFile()


def text_of(data: bytes) -> str:
    """Return the text that a command line with these bytes gives (PEP 383)."""
    return data.decode("utf-8", "surrogateescape")


def use_numbers(data: bytes) -> None:
    """Read a number in all forms."""
    choices = Choices(data)
    read = choices.one_of(
        literal,
        size_literal,
        read_integer,
        read_integers,
        read_real,
        read_hex,
        split_length,
        split_mask,
        split_range,
        outside,
        unquoted,
        lambda text: list(parts(text)),
    )
    read(text_of(choices.rest))


def use_pattern(data: bytes) -> None:
    """Read a pattern of any type; what it is of fixed bytes matches itself."""
    choices = Choices(data)
    arch = Arch(choices.one_of(8, 4), choices.one_of("little", "big"))
    kind, ignore_case = choices.one_of(*(one for one in TYPES if one != "re")), choices.one_of(False, True)
    pattern = Pattern.parse(kind, text_of(choices.rest), arch=arch, ignore_case=ignore_case)
    assert 0 < (pattern.size or 1) <= pattern.max_size
    pattern.describe()
    pattern.match(bytes(range(256)) * 2, 7)


def use_expression(data: bytes) -> None:
    """Read a regular expression; whether one may be slow to match is not the parser's affair."""
    choices = Choices(data)
    pattern = Pattern.regex(choices.rest, ignore_case=choices.one_of(False, True))
    assert pattern.shape.max_size > 0


def use_list(data: bytes) -> None:
    """Read a file of patterns."""
    list(read_patterns(_FILE.holding(data), lambda kind, text: Pattern.parse(kind, text, arch=Arch())))


_NUMBERS = (
    b"0x2a",
    b"12K",
    b"-1",
    b"1..0x10",
    b"1.5e3",
    b"48 8b ?? 0?",
    b"a[1],+4",
    b"0xff/0xf0",
    b"1..2",
    b"'a(' + b(",
    b'"',
    b"f(a, b)",
)
_TEXTS = {
    "str": rb"a\n\x00\u00e9",
    "cstr": b"abc",
    "hex": b"48 8b ??",
    "i32": b"-5..7",
    "u64": b"0x10/0xf0",
    "f64": b"1.5..2",
    "ptr": b"0x1000,+16",
}

TARGETS = (
    Target(
        "numbers",
        use_numbers,
        tuple(bytes([n]) + text for n, text in enumerate(_NUMBERS)),
        (b"..", b",+", b"0x", b"nan", b"inf"),
        400,
    ),
    Target(
        "patterns",
        use_pattern,
        tuple(
            bytes([0, 0, [t for t in TYPES if t != "re"].index(kind), 0]) + text
            for kind, text in _TEXTS.items()
        ),
        (b"..", b"\\x", b"\\U", b"0x", b"??", b"nan", b"inf"),
        400,
    ),
    Target(
        "expressions",
        use_expression,
        (b"\0ab+[^c]?(?=d)", b"\1(?i:a)|\\xff{2,5}", b"\0(?P<n>a)(?P=n)"),
        (b"(?", b"{9999", b"(?<=", b"\\b"),
        200,
    ),
    Target(
        "pattern-list",
        use_list,
        (b"# list\nstr abc\nhex 48 8b ??\ni32 7\n\nre a+b\n",),
        (b"\ncstr ", b"\nptr ", b"\nf32 "),
        1000,
    ),
)
