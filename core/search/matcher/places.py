"""What a matching library is to the search, whichever it is and however it is reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ..finders.haystack import Haystack


class Places(NamedTuple):
    """Pairs of the offset at which an expression ends and its number; `complete` unless there are more."""

    ends: list[tuple[int, int]]
    complete: bool


class Scanning(Protocol):
    """Scans for the expressions of a database, in one thread."""

    def scan(self, haystack: Haystack, low: int, end: int, most: int) -> Places:
        """Return where in low..end expressions end, counted from `low`: all, or the first `most` at least."""

    def close(self) -> None:
        """Give its memory back."""


class Database(Protocol):
    """Expressions made ready, for any number of threads."""

    def scanning(self) -> Scanning | None:
        """Return what scans, for one thread; None if there is no memory for it."""

    def close(self) -> None:
        """Give its memory back, once nothing scans any more."""


class Matcher(Protocol):
    """A library that finds each place where one of many expressions ends."""

    @property
    def version(self) -> str:
        """What it calls itself."""

    def database(self, expressions: Sequence[bytes]) -> Database | None:
        """Return the expressions made ready, known by their numbers; None if the library can't have them.

        They consist of bytes as `\\xNN`, sets of them in brackets, and `.` for any byte.
        """
