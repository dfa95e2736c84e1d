"""Ctrl-C in LLDB: the first one sets a flag, which a command asks for; one that doesn't ask is ended."""

from __future__ import annotations

import time

import lldb

# How long ago a command may have asked last when it is ended for not asking, in seconds.
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
        self._asked = time.monotonic()

    def __call__(self) -> bool:
        """Return whether the user interrupts; the command then ends by itself with what it has found."""
        self._asked = time.monotonic()
        self._is_told = self._is_requested()
        return self._is_told

    def end_deaf_command(self) -> None:
        """Raise KeyboardInterrupt, once, if the user interrupts and the command hasn't asked for a while."""
        if self._is_told or time.monotonic() - self._asked < _PATIENCE or not self._is_requested():
            return
        self._is_told = True
        raise KeyboardInterrupt
