"""pt-image as the user types it."""

from __future__ import annotations

from .common import FILTERS, IN, OUTPUT
from .spec import Call, Command, Option, Positional

NAME = Positional("NAME", "the name of an image", completes="image")
MAYBE_NAME = Positional("NAME", "the name of an image", 0, completes="image")
FILE = Positional("FILE", "a file", completes="file")
OFFSET = Positional("OFFSET", "where in the file")
SIZE = Positional("SIZE", "how many bytes; K, M, G, T behind a number multiply it")
ADDR = Positional("ADDR", "where in memory, a number or an expression")

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
        call("list", "the images", "image_calls:list_images"),
        call("new", "make an empty image", "image_calls:new_image", NAME),
        call(
            "load",
            "an image of the files that are mapped (NAME: the program's)",
            "image_check:load_image",
            MAYBE_NAME,
            options=(IN, *FILTERS, *ASID),
            needs_inferior=True,
        ),
        call("show", "the sections of an image", "image_calls:show_image", NAME),
        call(
            "add-file",
            "place part of a file",
            "image_calls:add_file",
            NAME,
            FILE,
            OFFSET,
            SIZE,
            ADDR,
            options=ASID,
        ),
        call("read", "bytes of an image", "image_calls:read_image", NAME, ADDR, SIZE, options=ASID),
        call(
            "check",
            "where memory differs from an image, and why (no NAME: from what load would make)",
            "image_check:check_image",
            MAYBE_NAME,
            options=(IN, *FILTERS, *ASID),
            needs_inferior=True,
        ),
        call("drop", "forget an image", "image_calls:drop_image", NAME),
    ),
    OUTPUT,
    "Sections are placed at addresses; what is added later lies over what was there. `live` names the\n"
    "inferior itself. `check` looks at executable areas, unless the options say which.",
    (
        ("pt-image load", "an image of the program's files, as they are mapped"),
        ("pt-image check", "what in the code differs from these files"),
        ("pt-image check -n libc -p w", "what in libc's data does"),
    ),
)
