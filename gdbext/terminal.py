"""Where a command's output goes in GDB."""

from __future__ import annotations

import os
import re

import gdb


class GdbTerminal:
    """GDB's output stream, with its pager, its width and its colours.

    `is_direct` says that GDB itself called the command: otherwise Python did, which may read what is written,
    and gets it plain and unlimited.
    """

    def __init__(self, from_tty: bool, *, is_direct: bool = True) -> None:
        self.width = _room() if is_direct else None
        self.color = is_direct and from_tty and _shows_colour()
        self.status = TerminalStatus() if is_direct and from_tty and _is_watched() else None
        # Without a limit GDB's height is None, or 0 in some versions.
        self.is_paged = bool(gdb.parameter("pagination") and gdb.parameter("height"))
        # Prints through GDB's pager; GDB's own function, so that no interrupt comes within ours.
        self.write = gdb.write


class TerminalStatus:
    """The terminal that GDB writes to, past its pager and its log."""

    def columns(self) -> int:
        """Return how wide the terminal is."""
        return os.get_terminal_size(1).columns

    def is_free(self) -> bool:
        """Return whether the text user interface is off: it draws on the whole screen."""
        try:
            return "not active" in gdb.execute("info win", to_string=True)
        except gdb.error:  # this GDB has no text user interface
            return True

    def write(self, text: str) -> None:
        """Write at the cursor, after GDB's pending output."""
        gdb.flush()
        os.write(1, text.encode())


def _room() -> int | None:
    """Return how wide lines may be; None, no limit, where there is no terminal or GDB was told of none."""
    width: int | None = gdb.parameter("width")
    return width if width and os.isatty(1) else None


def _is_watched() -> bool:
    """Return whether output goes to a user, at a terminal on which a line can be overwritten."""
    is_terminal = os.isatty(0) and os.isatty(1) and os.environ.get("TERM", "dumb") != "dumb"
    return is_terminal and not _speaks_mi()


def _speaks_mi() -> bool:
    """Return whether GDB was started for a front end that speaks GDB/MI, which some do over a terminal.

    GDB's API doesn't show it, so GDB's arguments are read; if they can't be, it is assumed not to be.
    """
    try:
        with open("/proc/self/cmdline", "rb") as stream:
            arguments = stream.read()
    except OSError:
        return False
    return re.search(rb"(^|\0)--?i(nterpreter)?[=\0]mi", arguments) is not None


def _shows_colour() -> bool:
    is_terminal = os.isatty(1) and os.environ.get("TERM", "dumb") != "dumb"
    return is_terminal and bool(gdb.parameter("style enabled"))
