"""Running a command in GDB: on which inferior, and where its output goes."""

from __future__ import annotations

from collections.abc import Sequence

import gdb
from ptatlas.core.collector import no_full_collection
from ptatlas.core.commands.completions import names
from ptatlas.core.commands.shell.complete import complete
from ptatlas.core.commands.shell.context import Context
from ptatlas.core.commands.shell.dispatch import CommandFailed, execute, message
from ptatlas.core.commands.shell.parse import words_before
from ptatlas.core.commands.shell.spec import Command
from ptatlas.core.commands.shell.terminal import Terminal
from ptatlas.core.errors import AtlasError

from .debugger import DEBUGGER
from .hits import publish


def run(command: Command, given: str | Sequence[str], terminal: Terminal) -> None:
    """Run the command with a line or with words; raise failures as GDB's own error, so that scripts stop."""
    try:
        with no_full_collection():
            _run(command, given, terminal)
    except CommandFailed as error:
        raise gdb.GdbError(str(error)) from None
    except AtlasError as error:
        raise gdb.GdbError(message(command.name, error)) from None
    except KeyboardInterrupt:
        raise gdb.GdbError(f"{command.name}: interrupted") from None
    except gdb.error as error:  # GDB's own, which may come from any request to a connection that is lost
        raise gdb.GdbError(f"{command.name}: {error}") from None


def _run(command: Command, given: str | Sequence[str], terminal: Terminal) -> None:
    inferior = DEBUGGER.selected()
    before = DEBUGGER.session.history.of(inferior).last_search if inferior else None
    try:
        execute(command, given, Context(DEBUGGER.session, inferior), terminal)
    finally:
        last = DEBUGGER.session.history.of(inferior).last_search if inferior else None
        if last is not None and last is not before:
            publish(last.hits)


def completions(command: Command, text: str, word: str) -> list[str]:
    """Return the completions of `word`, which is the end of `text` by GDB's own way to break words."""
    before, last = words_before(text)
    try:
        inferior = DEBUGGER.selected()
    except AtlasError:
        inferior = None
    found = complete(command, before, last, names(DEBUGGER.session, inferior))
    return [candidate[len(last) - len(word) :] for candidate in found]
