"""Where a command's output goes: to LLDB's terminal as it comes, or into the result for the caller."""

from __future__ import annotations

import os
from typing import Union

import lldb

from .interrupts import Interrupts


class LiveTerminal:
    """LLDB's own output, for a command that was typed at its prompt: nothing is held back or kept."""

    def __init__(self, debugger: lldb.SBDebugger, interrupts: Interrupts) -> None:
        self._file, self._interrupts = debugger.GetOutputFile(), interrupts
        descriptor = self._file.GetFile().fileno()
        is_terminal = os.isatty(descriptor)
        self.width: int | None = debugger.GetTerminalWidth() or None if is_terminal else None
        self.color = is_terminal and bool(debugger.GetUseColor())
        self.is_paged = False  # LLDB has a pager for its help alone
        can_go_back = is_terminal and os.environ.get("TERM", "dumb") != "dumb"
        self.status: TerminalStatus | None = TerminalStatus(descriptor) if can_go_back else None

    def write(self, text: str) -> None:
        """Print the text."""
        rest = memoryview(text.encode("utf-8", "backslashreplace"))
        while rest:
            self._interrupts.end_deaf_command()
            error, written = self._file.Write(bytes(rest[: 1 << 16]))
            if error.Fail() or not written:
                raise BrokenPipeError(error.GetCString())
            rest = rest[written:]
        self._file.Flush()


class TerminalStatus:
    """The terminal that LLDB writes to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def columns(self) -> int:
        """Return how wide the terminal is."""
        return os.get_terminal_size(self._descriptor).columns

    def is_free(self) -> bool:
        """Return True: LLDB's own full-screen interface runs no commands."""
        return True

    def write(self, text: str) -> None:
        """Write at the cursor."""
        os.write(self._descriptor, text.encode())


class ResultTerminal:
    """A command's result object: LLDB prints it afterwards, or a script reads it."""

    width: int | None = None
    color = False
    is_paged = False
    status = None

    def __init__(self, result: lldb.SBCommandReturnObject, interrupts: Interrupts) -> None:
        self._result, self._interrupts = result, interrupts

    def write(self, text: str) -> None:
        """Add the text to the result."""
        self._interrupts.end_deaf_command()
        self._result.PutCString(text)


Terminal = Union[LiveTerminal, ResultTerminal]


def terminal_of(
    debugger: lldb.SBDebugger, result: lldb.SBCommandReturnObject, interrupts: Interrupts, is_direct: bool
) -> Terminal:
    """Return where the command's output goes.

    `is_direct` says that LLDB itself called the command: otherwise a script did, which may read the result.
    Without an active and interactive prompt the command belongs to a stop hook, a breakpoint, a file, or a
    program around LLDB.
    """
    interpreter = debugger.GetCommandInterpreter()
    is_typed = is_direct and _is_interactive(interpreter) and interpreter.IsActive()
    return LiveTerminal(debugger, interrupts) if is_typed else ResultTerminal(result, interrupts)


def _is_interactive(interpreter: lldb.SBCommandInterpreter) -> bool:
    """Return whether a user types the commands; for LLDB 14, whose API can't say, by the standard input."""
    tells = getattr(interpreter, "IsInteractive", None)
    return bool(tells()) if tells else os.isatty(0)
