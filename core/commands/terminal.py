"""Where a result goes: what every debugger's stream offers."""

from __future__ import annotations

from typing import Optional, Protocol


class Terminal(Protocol):
    """The debugger's output: `width` in columns or None for no limit, whether it shows colours."""

    width: Optional[int]
    color: bool

    def write(self, text: str) -> None:
        """Print the text, through the debugger's pager where it has one."""
