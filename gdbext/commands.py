"""Core's commands as GDB's: `help`, TAB, the pager and errors are GDB's own."""

from __future__ import annotations

import gdb
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.help import help_text
from ptatlas.core.commands.shell.spec import Command

from .functions import register_functions
from .hits import HitFunction


class AtlasCommand(gdb.Command):
    """One of core's commands in GDB. What it needs is imported when it is used: loading costs little."""

    def __init__(self, command: Command) -> None:
        self.__doc__ = help_text(command)
        self._command = command
        super().__init__(command.name, gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Run the command; what fails is raised as GDB's own error, so that scripts stop."""
        from .running import run

        run(self._command, argument, from_tty)

    def complete(self, text: str, word: str | None) -> list[str]:
        """Return what the word under the cursor can become; GDB asks with None to learn where words break."""
        if word is None:
            return []
        from .running import completions

        return completions(self._command, text, word)


def register() -> None:
    """Make the commands and functions known to GDB; once more replaces them."""
    for command in COMMANDS:
        AtlasCommand(command)
    register_functions()
    HitFunction()
