"""pt-maps as the user types it."""

from __future__ import annotations

from .common import FILTERS, OUTPUT
from .spec import Call, Command, Option, Positional

# What --columns and --sort take; commands/maps.py has the meaning of each.
COLUMNS = ("start", "end", "size", "perms", "offset", "kind", "path", "inode", "device", "source")
SORTS = ("start", "size", "path")

COMMAND = Command(
    "pt-maps",
    "List the areas of the inferior's memory: where, how large, what for.",
    (
        Call(
            "",
            "list the areas",
            "maps:maps",
            (Positional("WHERE", "the areas at ADDR, in A..B or A,+LEN, or of this name", 0, None, "area"),),
            (
                *FILTERS,
                Option("columns", "what to show, in this order", "LIST", choices=COLUMNS, listed=True),
                Option("sort", "the order of the rows", "ORDER", choices=SORTS),
                Option("gaps", "show the unmapped ranges between the areas too"),
                Option("summary", "one row a kind, and the largest free range"),
                Option("timestamp", "print the generation of the map and nothing else"),
            ),
        ),
    ),
    OUTPUT,
    examples=(
        ("pt-maps $sp", "the area of the stack pointer, and where in it that points"),
        ("pt-maps -n libc -p x", "the executable areas of libc"),
        ("pt-maps --summary", "how much there is of what"),
    ),
)
