"""Rows on their way to a terminal or a file, where an interrupt may come at any time."""

from __future__ import annotations

from collections.abc import Iterator


class NotWritten(KeyboardInterrupt):
    """An interrupt that came before the last piece that the renderer handed on was written."""


class Telling:
    """Counts the rows that have been written: `told`."""

    def __init__(self) -> None:
        self.told = 0

    def tell(self, piece: str, count: int = 1) -> Iterator[str]:
        """Yield the text of the next `count` rows, which are told when it is written.

        Whoever asks for the piece after this one has written it, even if an interrupt meets the question.
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
