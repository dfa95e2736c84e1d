"""Where a command's output goes in GDB."""

from __future__ import annotations

import os
from typing import Optional

import gdb


class GdbTerminal:
    """GDB's output stream, with its pager, its width and its colours."""

    def __init__(self, from_tty: bool) -> None:
        width: Optional[int] = gdb.parameter("width")
        self.width = width or None
        self.color = from_tty and _shows_colour()
        # Prints through GDB's pager; GDB's own function, so that no interrupt comes within ours.
        self.write = gdb.write


def _shows_colour() -> bool:
    is_terminal = os.isatty(1) and os.environ.get("TERM", "dumb") != "dumb"
    return is_terminal and bool(gdb.parameter("style enabled"))
