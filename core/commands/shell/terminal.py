"""The output stream for a command's result: what every debugger offers."""

from __future__ import annotations

from typing import Protocol


class Status(Protocol):
    """The terminal itself, past the debugger's pager and its log: for the progress line."""

    def columns(self) -> int:
        """Return how wide the terminal is now."""

    def is_free(self) -> bool:
        """Return whether a line may be written now: whether nothing draws on the whole screen."""

    def write(self, text: str) -> None:
        """Write at the cursor, which is at the start of an empty line unless a status line is there."""


class Terminal(Protocol):
    """The debugger's output: `width` in columns or None for no limit, whether it shows colours.

    `is_paged` says that `write` may ask the user whether to go on, and raises KeyboardInterrupt for a no.
    `status` is there when a user watches: at a terminal that can go back in its line, not in a script.
    """

    width: int | None
    color: bool
    is_paged: bool
    status: Status | None

    def write(self, text: str) -> object:
        """Print the text, through the debugger's pager where it has one."""
