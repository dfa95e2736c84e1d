"""pt-maps as the user types it."""

from __future__ import annotations

from ..shell.options import FILTERS, OUTPUT, TRUST_FILES
from ..shell.spec import Call, Command, Option, Positional

# What --columns and --sort take; area_columns.py and listing.py have the meaning of each.
COLUMNS = (
    *("start", "end", "size", "perms", "offset", "kind", "path"),
    *("rss", "pss", "swap", "dirty", "inode", "device", "source", "vmflags", "owner"),
)
SORTS = ("start", "size", "rss", "path")

COMMAND = Command(
    "pt-maps",
    "List the areas of the inferior's memory: where, how large, what for.",
    (
        Call(
            "",
            "list the areas",
            "maps.command:maps",
            (Positional("WHERE", "the areas at ADDR, in A..B or A,+LEN, or of this name", 0, None, "area"),),
            (
                *FILTERS,
                Option("columns", "what to show, in this order", "LIST", choices=COLUMNS, listed=True),
                Option("sort", "the order of the rows", "ORDER", choices=SORTS),
                Option("rss", "show how much of each is in memory, shared out, swapped out, changed"),
                Option("all", "list each of equal neighbours, and each size of blocks"),
                Option("gaps", "show the unmapped ranges between the areas too"),
                Option("marks", "show which threads' stack pointers and program counters lie where"),
                Option("sections", "list the sections of the loaded objects instead, of these areas'"),
                Option("blocks", "sum up the allocators' blocks there instead: used and free, by size"),
                Option("summary", "one row a kind, and the largest free range"),
                Option("changed", "only what changed since the last pt-maps"),
                Option("since", "only what changed since the map of generation N", "N"),
                Option("follow", "print what changed at every stop", "WHEN", choices=("on", "off")),
                Option("html", "write a page that shows the areas to FILE", "FILE", completes="file"),
                TRUST_FILES,
                Option("timestamp", "print the generation of the map and nothing else"),
            ),
        ),
    ),
    OUTPUT,
    examples=(
        ("pt-maps $sp", "the area of the stack pointer, and where in it that points"),
        ("pt-maps -n libc -p x", "the executable areas of libc"),
        ("pt-maps --sections libc", "every section of libc, with its addresses"),
        ("pt-maps --marks -k stack", "the stacks, and how far each thread's stack pointer is into its own"),
        ("pt-maps --summary", "how much there is of what"),
        ("pt-maps --blocks", "malloc's blocks: how many of which size, used and free, in which arena"),
        ("pt-maps --html map.html", "a picture of the address space, for a browser"),
        ("pt-maps --changed", "what was mapped, unmapped or altered since the last time"),
    ),
)
