"""Core's commands as GDB's: `help`, TAB, the pager and errors are GDB's own."""

from __future__ import annotations

import sys

import gdb
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.help import help_text
from ptatlas.core.commands.shell.spec import Command

from . import integers  # noqa: F401 - from then on, GDB's values are addresses
from .functions import register_functions
from .hits import HitFunction
from .settings import register_settings


class AtlasCommand(gdb.Command):
    """One of core's commands in GDB. Its imports are made at the first use, so that loading stays cheap."""

    def __init__(self, command: Command) -> None:
        self.__doc__ = help_text(command)
        self._command = command
        super().__init__(command.name, gdb.COMMAND_DATA)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Run the command; raise failures as GDB's own error, so that scripts stop."""
        from .running import run
        from .terminal import GdbTerminal

        # Where Python called GDB to run this, there is a frame below.
        run(self._command, argument, GdbTerminal(from_tty, is_direct=sys._getframe().f_back is None))

    def complete(self, text: str, word: str | None) -> list[str]:
        """Return the completions of the word under the cursor; for None, GDB's way to break words."""
        if word is None:
            return []
        from .running import completions

        return completions(self._command, text, word)


def register() -> None:
    """Register the commands, settings and functions with GDB; a second call replaces them."""
    if hasattr(gdb, "MICommand"):  # from GDB 12 on
        # First, for it imports: what fails must fail before there is any command, which GDB never takes back.
        from .mi import register_mi_commands

        register_mi_commands()
    for command in COMMANDS:
        AtlasCommand(command)
    register_settings()
    register_functions()
    HitFunction()
