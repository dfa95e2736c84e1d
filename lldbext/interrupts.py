"""Ctrl-C in LLDB: the first one sets a flag, and only the second raises KeyboardInterrupt."""

from __future__ import annotations

import time

import lldb

# How long a command that was interrupted may go on without asking before it is ended, in seconds.
_PATIENCE = 0.015


class Interrupts:
    """Asks LLDB whether the user wants the running command to end.

    LLDB raises nothing at the first Ctrl-C. So a command's own questions come first: it ends best where it
    asks; one that doesn't ask gets the KeyboardInterrupt that any line gets in GDB.
    """

    def __init__(self, debugger: lldb.SBDebugger) -> None:
        # InterruptRequested came with LLDB 17; it also covers nested commands.
        known = getattr(debugger, "InterruptRequested", None)
        self._is_requested = known or debugger.GetCommandInterpreter().WasInterrupted
        self._is_told = False
        self._since: float | None = None

    def __call__(self) -> bool:
        """Return whether the user interrupts; the command then ends by itself with what it has found."""
        if self._is_requested():
            self._is_told = True
            return True
        return False

    def end_deaf_command(self) -> None:
        """Raise KeyboardInterrupt, once, if the user has asked for a while and the command never did."""
        if self._is_told or not self._is_requested():
            return
        if self._since is None:
            self._since = time.monotonic()
        elif time.monotonic() - self._since > _PATIENCE:
            self._is_told = True
            raise KeyboardInterrupt
