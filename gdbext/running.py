"""Running a command in GDB: on which inferior, and where its output goes."""

from __future__ import annotations

import gdb
from ptatlas.core.commands.completions import names
from ptatlas.core.commands.shell.complete import complete
from ptatlas.core.commands.shell.context import Context
from ptatlas.core.commands.shell.dispatch import CommandFailed, execute
from ptatlas.core.commands.shell.parse import words_before
from ptatlas.core.commands.shell.spec import Command
from ptatlas.core.errors import AtlasError

from .debugger import DEBUGGER
from .hits import publish
from .terminal import GdbTerminal


def run(command: Command, argument: str, from_tty: bool) -> None:
    """Run the command; raise failures as GDB's own error, so that scripts stop."""
    try:
        inferior = DEBUGGER.selected()
        before = DEBUGGER.session.history.of(inferior).last_search if inferior else None
        try:
            execute(command, argument, Context(DEBUGGER.session, inferior), GdbTerminal(from_tty))
        finally:
            last = DEBUGGER.session.history.of(inferior).last_search if inferior else None
            if last is not None and last is not before:
                publish(last.hits)
    except CommandFailed as error:
        raise gdb.GdbError(str(error)) from None


def completions(command: Command, text: str, word: str) -> list[str]:
    """Return the completions of `word`, which is the end of `text` by GDB's own way to break words."""
    before, last = words_before(text)
    try:
        inferior = DEBUGGER.selected()
    except AtlasError:
        inferior = None
    found = complete(command, before, last, names(DEBUGGER.session, inferior))
    return [candidate[len(last) - len(word) :] for candidate in found]
