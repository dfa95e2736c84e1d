"""Counts the rows that are written to a terminal or a file, while an interrupt may come at any time."""

from __future__ import annotations

from collections.abc import Iterator


class NotWritten(KeyboardInterrupt):
    """An interrupt that came before the renderer's last piece was written."""


class Unwanted(NotWritten):
    """The user wants to see no more, as with `q` at a pager; what was asked for is done all the same."""


class Telling:
    """Counts the rows that have been written, in `told`."""

    def __init__(self) -> None:
        self.told = 0

    def tell(self, piece: str, count: int = 1) -> Iterator[str]:
        """Yield the text of the next `count` rows, and count them once it is written.

        A caller that asks for the next piece has written this one, even if an interrupt comes at that moment.
        """
        told = self.told + count
        try:
            yield piece
            self.told = told
        except NotWritten:
            raise
        except KeyboardInterrupt:
            self.told = told
            raise
