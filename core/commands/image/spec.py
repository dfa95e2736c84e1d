"""pt-image as the user types it."""

from __future__ import annotations

from ..shell.options import FILTERS, IN, NO_ACCESS, OUTPUT, TRUST_FILES
from ..shell.spec import Call, Command, Option, Positional

NAME = Positional("NAME", "the name of an image", completes="image")
MAYBE_NAME = Positional("NAME", "the name of an image", 0, completes="image")
FILE = Positional("FILE", "a file", completes="file")
OFFSET = Positional("OFFSET", "where in the file")
SIZE = Positional("SIZE", "how many bytes; K, M, G, T behind a number multiply it")
ADDR = Positional("ADDR", "where in memory, a number or an expression")

SIDE = "an image, a snapshot, or live: the inferior as it is now"
A = Positional("A", SIDE, completes="side")
B = Positional("B", SIDE, completes="side")
STORE = Positional("FILE", "an attached store (default: the one that is set)", 0, completes="store")
STORE_FILE = Positional("FILE", "a store's file (default: the store that is set)", 0, completes="file")

# As in images.check.difference, which the loaded plugin has no need of yet.
CAUSES = ("breakpoint", "relocation", "unknown")

FROM = Option("from", "start at this address, as what was interrupted says", "ADDR")
ASID = (
    Option("cr3", "in the address space with this value of CR3 (default: any)", "N"),
    Option("vmcs", "in the address space with this VMCS base (default: any)", "N"),
)


def call(
    name: str,
    summary: str,
    run: str,
    *positionals: Positional,
    options: tuple[Option, ...] = (),
    needs_inferior: bool = False,
) -> Call:
    """Return a call of pt-image, most of which need no inferior."""
    return Call(name, summary, run, positionals, options, needs_inferior)


COMMAND = Command(
    "pt-image",
    "Images of memory: what it should hold, and whether it does.",
    (
        call("list", "the images", "image.basics:list_images"),
        call("new", "make an empty image", "image.basics:new_image", NAME),
        call(
            "load",
            "an image of the files that are mapped (NAME: the program's)",
            "image.load:load_image",
            MAYBE_NAME,
            options=(IN, *FILTERS, *ASID, TRUST_FILES),
            needs_inferior=True,
        ),
        call("show", "the sections of an image", "image.basics:show_image", NAME),
        call(
            "add-file",
            "place part of a file",
            "image.basics:add_file",
            NAME,
            FILE,
            OFFSET,
            SIZE,
            ADDR,
            options=ASID,
        ),
        call("read", "bytes of an image", "image.basics:read_image", NAME, ADDR, SIZE, options=ASID),
        call(
            "check",
            "where memory differs from an image, and why (no NAME: from what load would make)",
            "image.check:check_image",
            MAYBE_NAME,
            options=(
                IN,
                *FILTERS,
                Option("cause", "list what differs for this cause", "CAUSE", choices=CAUSES, repeat=True),
                FROM,
                *ASID,
                TRUST_FILES,
            ),
            needs_inferior=True,
        ),
        call(
            "copy",
            "add the sections of SRC to DST (made if it isn't there), and say how many were ignored",
            "image.copy_remove:copy_image",
            Positional("DST", "the name of an image, new or not", completes="image"),
            Positional("SRC", "the name of an image", completes="image"),
        ),
        call(
            "remove",
            "take sections out, and say how many",
            "image.copy_remove:remove_sections",
            NAME,
            options=(
                Option("file", "those of this file, spelled as when it was added", "FILE", completes="file"),
                Option("all", "all of them"),
                *ASID,
            ),
        ),
        call(
            "cache add",
            "put part of a file into the section cache, and print its id",
            "image.cache:add_section",
            FILE,
            OFFSET,
            SIZE,
            ADDR,
        ),
        call("cache limit", "keep at most SIZE bytes of sections in memory", "image.cache:limit_cache", SIZE),
        call("cache list", "the sections in the section cache", "image.cache:list_cache"),
        call(
            "add-cached",
            "place a section of the section cache",
            "image.cache:add_cached",
            NAME,
            Positional("ISID", "a section's id, as `cache add` printed it"),
            options=ASID,
        ),
        call(
            "snapshot",
            "a copy of what memory holds now, with its map",
            "image.snapshot:snapshot",
            NAME,
            options=(
                IN,
                *FILTERS,
                *ASID,
                NO_ACCESS,
                TRUST_FILES,
                Option("store", "straight into this store (attached if it isn't)", "FILE", completes="store"),
            ),
            needs_inferior=True,
        ),
        call(
            "diff",
            "what is different in B from A",
            "image.diff:diff_images",
            A,
            B,
            options=(
                IN,
                *FILTERS,
                FROM,
                Option(
                    "by",
                    "match areas by address, or by file, wherever it is",
                    "HOW",
                    choices=("address", "file"),
                ),
                NO_ACCESS,
                Option("context", "both sides as a hexdump, N bytes around each change", "N", short="C"),
                *ASID,
                TRUST_FILES,
            ),
        ),
        call(
            "export",
            "an image for other programs",
            "image.exchange:export_image",
            NAME,
            options=(
                Option("core", "an ELF core file, which GDB and LLDB open", "FILE", completes="file"),
                Option("ptxed", "arguments for Intel's decoder tools, FILE:FROM-TO:BASE each"),
                Option(
                    "raw",
                    "one file for each section, and an index, in DIR, which is new",
                    "DIR",
                    completes="file",
                ),
                *ASID,
            ),
        ),
        call(
            "add-core",
            "an image of a core file",
            "image.exchange:add_core",
            NAME,
            FILE,
            options=(*ASID, TRUST_FILES),
        ),
        call("drop", "forget an image; one in a store is gone from it", "image.basics:drop_image", NAME),
        call(
            "attach",
            "have the images of a store, a file that outlives the debugger; a new one if it isn't there",
            "image.store:attach_store",
            STORE_FILE,
            options=(
                Option("prefix", "put TEXT before the names of its images", "TEXT"),
                Option("read-only", "change nothing in it; others may write to it meanwhile"),
                TRUST_FILES,
            ),
        ),
        call("detach", "let a store go; its images stay in it", "image.store:detach_store", STORE),
        call("save", "keep an image in an attached store", "image.store:save_image", NAME, STORE),
        call(
            "store check", "whether all of a store is as it was written", "image.store:check_file", STORE_FILE
        ),
        call("store keys", "the keys of a store that are set", "image.store:list_keys", STORE_FILE),
        call("store stats", "how much is in a store", "image.store:show_stats", STORE_FILE),
    ),
    OUTPUT,
    "Sections are placed at addresses; what is added later lies over what was there. `live` names the\n"
    "inferior itself. `check` looks at executable areas, unless the options say which.\n"
    "`pt-image check --help` shows what check takes, and so for every call.",
    (
        ("pt-image load", "an image of the program's files, as they are mapped"),
        ("pt-image check", "what in the code differs from these files"),
        ("pt-image check -n libc -p w", "what in libc's data does"),
        ("pt-image snapshot before -p w", "a copy of all that can be written"),
        ("pt-image diff before live -p w -C 8", "what has changed there since"),
        ("pt-image attach runs.store", "a store: what is kept in it is there in the next session"),
        ("pt-image save before runs.store", "keep a snapshot in it"),
        ("pt-image snapshot after --store runs.store", "take one straight into it"),
    ),
    {"cache": "the cache", "store": "a store"},
)
