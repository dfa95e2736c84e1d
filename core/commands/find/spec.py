"""pt-find as the user types it."""

from __future__ import annotations

from collections.abc import Iterator

from ...byte_order import BIG, LITTLE
from ...search.patterns.types import PATTERN_TYPES, TYPE_NAMES
from ..shell.options import FILTERS, IN, NO_ACCESS, OUTPUT, TRUST_FILES
from ..shell.spec import Call, Command, Option, Positional


def _type_flags() -> Iterator[Option]:
    for known in PATTERN_TYPES:
        if known.short:
            yield Option(known.name, known.meaning, short=known.short)


def _align_help() -> str:
    at_words = ", ".join(known.name for known in PATTERN_TYPES if known.at_words)
    return f"only at multiples of N ({at_words}: the word size; others: 1)"


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
                Option("type", "what PATTERN is (default: str)", "TYPE", short="t", choices=TYPE_NAMES),
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
                Option("align", _align_help(), "N", short="a"),
                Option("limit", "stop after N hits (tables: 100; 0: never)", "N", short="l"),
                Option("from", "start at this address", "ADDR"),
                Option(
                    "context",
                    "a hexdump of BYTES (at most 16K) around each hit",
                    "BYTES",
                    short="C",
                ),
                Option("blocks", "tell the allocator's block that each hit lies in, used or free"),
                Option("count", "only how many, and how many in each area"),
                Option("next", "only among the hits of the search before; its PATTERN may be given anew"),
                Option("changed", "with --next: values that are others than they were then"),
                Option("unchanged", "with --next: values that are what they were then"),
                Option("increased", "with --next: values that are larger than they were then"),
                Option("decreased", "with --next: values that are smaller than they were then"),
                Option("refs", "the words that point into the block, object or range at WHERE", "WHERE"),
                Option("targets", "what the words of the block, object or range at WHERE point to", "WHERE"),
                Option("leaks", "the blocks in use that no chain of pointers from a root reaches"),
                Option("break", "a breakpoint at every hit, at most 64; with more, none"),
                Option("all", "search devices and [vvar] too"),
                NO_ACCESS,
                TRUST_FILES,
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
