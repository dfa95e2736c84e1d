"""pt-find as the user types it."""

from __future__ import annotations

from collections.abc import Iterator

from ...arch import BIG, LITTLE
from ..shell.options import FILTERS, IN, OUTPUT
from ..shell.spec import Call, Command, Option, Positional

SHORT_TYPES = {"hex": "x", "ptr": "P", "re": "r", "expr": "e"}
# Those of search/pattern.py, which is too much to import just for its words, and `expr`.
TYPES = (
    *("str", "cstr", "utf16", "utf32", "hex"),
    *("u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64"),
    *("ptr", "re", "expr"),
)


def _type_flags() -> Iterator[Option]:
    meanings = {
        "hex": "bytes in hexadecimal, ? for a nibble that may be anything",
        "ptr": "a pointer: to ADDR, into LO..HI, or @WHERE: to anywhere in these areas",
        "re": "a Python bytes regular expression",
        "expr": "an expression of the debugger: the bytes of its value",
    }
    for name, meaning in meanings.items():
        yield Option(name, meaning, short=SHORT_TYPES[name])


COMMAND = Command(
    "pt-find",
    "Find text, values, pointers or patterns in the inferior's memory.",
    (
        Call(
            "",
            "find a pattern",
            "find.command:find",
            (
                Positional(
                    "PATTERN", "what to find, as its type says; several are found in one pass", 0, None
                ),
            ),
            (
                Option("type", "what PATTERN is (default: str)", "TYPE", short="t", choices=TYPES),
                *_type_flags(),
                Option(
                    "patterns",
                    "more patterns from a file, a TYPE PATTERN on each line",
                    "FILE",
                    completes="file",
                ),
                Option("yara", "the YARA rules of a file instead of a PATTERN", "FILE", completes="file"),
                IN,
                *FILTERS,
                Option("ignore-case", "for text and regular expressions", short="i"),
                Option("endian", "another byte order than the target's", "ORDER", choices=(LITTLE, BIG)),
                Option("align", "only at multiples of N (ptr: the word size; others: 1)", "N", short="a"),
                Option("limit", "stop after N hits (tables: 100; 0: never)", "N", short="l"),
                Option("from", "start at this address", "ADDR"),
                Option(
                    "context",
                    "a hexdump of BYTES (at most 16K) around each hit",
                    "BYTES",
                    short="C",
                ),
                Option("count", "only how many, and how many in each area"),
                Option("next", "only among the hits of the search before; its PATTERN may be given anew"),
                Option("changed", "with --next: values that are others than they were then"),
                Option("unchanged", "with --next: values that are what they were then"),
                Option("increased", "with --next: values that are larger than they were then"),
                Option("decreased", "with --next: values that are smaller than they were then"),
                Option("break", "a breakpoint at every hit, at most 64; with more, none"),
                Option("all", "search devices and [vvar] too"),
                Option("image", "search an image or a snapshot instead", "NAME", completes="side"),
            ),
            needs_inferior=False,
        ),
    ),
    OUTPUT,
    examples=(
        ("pt-find needle -C 16", "the text, with 16 bytes around each hit"),
        ("pt-find -P @libc --count", "how many pointers into libc, and where they are"),
        ('pt-find -x "48 8b ?? 0? f0" -p x', "an instruction in code"),
        ("pt-find -t u32 0xdeadbeef --in $sp", "a value in the area of the stack pointer"),
        ("pt-find --next --changed", "which of these values have changed since then"),
    ),
)
