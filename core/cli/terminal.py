"""Where the answer of a command goes without a debugger: to standard output."""

from __future__ import annotations

import os
import shutil
import sys

from ..commands.shell.terminal import Status


class OutputStream:
    """Standard output: at a terminal with a width, colours, and a progress line."""

    def __init__(self) -> None:
        is_terminal = sys.stdout.isatty()
        can_draw = os.environ.get("TERM", "dumb") != "dumb"
        self.width = shutil.get_terminal_size().columns if is_terminal else None
        self.color = is_terminal and can_draw
        self.is_paged = False
        self.status: Status | None = ErrorLine() if can_draw and sys.stderr.isatty() else None
        # A function in C, so that no interrupt comes within it.
        self.write = sys.stdout.write


class ErrorLine:
    """The terminal that standard error goes to: what is piped on has nothing of the progress line."""

    def columns(self) -> int:
        """Return how wide the terminal is."""
        return os.get_terminal_size(sys.stderr.fileno()).columns

    def is_free(self) -> bool:
        """Return True: nothing else draws on it."""
        return True

    def write(self, text: str) -> None:
        """Write at the cursor, after what was written to standard output."""
        sys.stdout.flush()
        sys.stderr.write(text)
        sys.stderr.flush()
