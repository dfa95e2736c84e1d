"""Core's commands as GDB's: `help`, TAB, the pager and errors are GDB's own."""

from __future__ import annotations

import os
from typing import Optional

import gdb
from ptatlas.core.commands.complete import complete
from ptatlas.core.commands.context import Context
from ptatlas.core.commands.dispatch import CommandFailed, execute
from ptatlas.core.commands.helptext import help_text
from ptatlas.core.commands.names import names
from ptatlas.core.commands.parse import words_before
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.spec import Command
from ptatlas.core.errors import AtlasError

from .debugger import DEBUGGER


class GdbTerminal:
    """GDB's output stream, with its pager, its width and its colours."""

    def __init__(self, from_tty: bool) -> None:
        width: Optional[int] = gdb.parameter("width")
        self.width = width or None
        self.color = from_tty and _shows_colour()

    def write(self, text: str) -> None:
        """Print the text through GDB's pager."""
        gdb.write(text)


def _shows_colour() -> bool:
    is_terminal = os.isatty(1) and os.environ.get("TERM", "dumb") != "dumb"
    return is_terminal and bool(gdb.parameter("style enabled"))


class AtlasCommand(gdb.Command):
    """One of core's commands in GDB."""

    def __init__(self, command: Command) -> None:
        self.__doc__ = help_text(command)
        self._command = command
        super().__init__(command.name, gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Run the command; what fails is raised as GDB's own error, so that scripts stop."""
        try:
            context = Context(DEBUGGER.session, DEBUGGER.selected())
            execute(self._command, argument, context, GdbTerminal(from_tty))
        except CommandFailed as error:
            raise gdb.GdbError(str(error)) from None

    def complete(self, text: str, word: Optional[str]) -> list[str]:
        """Return what the word under the cursor can become; GDB asks with None to learn where words break."""
        if word is None:
            return []
        before, last = words_before(text)
        try:
            inferior = DEBUGGER.selected()
        except AtlasError:
            inferior = None
        found = complete(self._command, before, last, names(DEBUGGER.session, inferior))
        return [candidate[len(last) - len(word) :] for candidate in found]


def register() -> None:
    """Make the commands known to GDB; once more replaces them."""
    for command in COMMANDS:
        AtlasCommand(command)
