"""A command on a process or a core file, without a debugger: the same arguments, output and errors."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..collector import no_full_collection
from ..commands.registry import COMMANDS
from ..commands.shell.context import Context, Session
from ..commands.shell.dispatch import CommandFailed, execute
from ..commands.shell.help import help_text
from ..errors import InvalidArgument
from ..inferior import Inferior
from ..opening import open_core, open_process
from .terminal import OutputStream

FOUND, NOTHING, FAILED = 0, 1, 2
COMMAND_OF = {command.name.partition("-")[2]: command for command in COMMANDS}
NO_TARGET = "-"


def run(name: str, words: Sequence[str]) -> int:
    """Run the command `pt-NAME` on the target that the first word names; return the exit status.

    Raise InvalidArgument if no target is named, SourceError if it can't be opened.
    """
    command = COMMAND_OF[name]
    if words and words[0] in ("--help", "-h"):
        sys.stdout.write(help_text(command, words[1:]) + "\n")
        return FOUND
    if not words or (words[0].startswith("-") and words[0] != NO_TARGET):
        raise InvalidArgument("TARGET is missing", hint=f"ptatlas {name} PID-or-CORE, then the arguments")
    try:
        with no_full_collection():  # a quarter of the time in which a core of many areas is opened
            context = Context(Session(), open_target(words[0]))
            found = execute(command, words[1:], context, OutputStream())
    except CommandFailed as failure:
        sys.stdout.flush()
        sys.stderr.write(f"{failure}\n")
        return FAILED
    # A check of which nothing could be compared is neither clean nor not.
    return FAILED if found is None else FOUND if found else NOTHING


def open_target(word: str) -> Inferior | None:
    """Return the process of this number, or the core file of this name; None for a dash.

    Raise SourceError if there is none.
    """
    if word == NO_TARGET:
        return None
    return open_process(int(word)) if word.isascii() and word.isdigit() else open_core(word)
