"""Options that several commands share."""

from __future__ import annotations

from ...maps.kind_names import KINDS
from .spec import Option

HELP = Option("help", "show this help", short="h")
VERSION = Option("version", "which ptatlas this is, and where it was loaded from")
OUTPUT = (
    Option("format", "how to print the result", "FORMAT", choices=("table", "json", "jsonl", "csv")),
    Option("json", "the same as --format json"),
    Option("output", "write to FILE, whole or not at all", "FILE", short="o", completes="file"),
    Option("color", "colour the output", "WHEN", choices=("auto", "always", "never")),
    VERSION,
    HELP,
)

FILTERS = (
    Option("name", "areas of this name", "GLOB", short="n", repeat=True, completes="area"),
    Option(
        "perms", "areas with these of rwxsp set; ! before a letter: not set", "PERMS", short="p", repeat=True
    ),
    Option("kind", "areas of this kind", "KIND", short="k", choices=KINDS, repeat=True),
    Option("min-size", "areas of at least this size", "SIZE"),
    Option("max-size", "areas of at most this size", "SIZE"),
)
NO_ACCESS = Option("no-access", "also areas that the process itself may not read, as far as the debugger can")
TRUST_FILES = Option(
    "trust-files", "also read files that a dump, a stub or a store names, and nothing proves"
)
IN = Option("in", "areas at ADDR, in A..B or A,+LEN, or of this name", "WHERE", repeat=True, completes="area")
