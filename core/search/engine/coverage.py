"""What a search has looked at, and what it has not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...ranges import Range, marked

SEARCHED, NEVER_TOUCHED, UNREADABLE, ABSENT = "searched", "never_touched", "unreadable", "absent"


class CoveredPart(NamedTuple):
    """Addresses `start`..`end` and what became of them: one of the words above."""

    start: int
    end: int
    state: str


def covered(start: int, end: int, known: Iterable[tuple[Range, str]]) -> list[CoveredPart]:
    """Return what became of `start`..`end`: the known ranges, which come in order, and the rest searched."""
    return [CoveredPart(*part, state) for part, state in marked(Range(start, end), known, SEARCHED)]


class Unreadable(NamedTuple):
    """A range that couldn't be searched, and why: `unreadable` or `absent`."""

    range: Range
    why: str


class Coverage:
    """How many bytes of the scope were searched, never touched, unreadable, and left out.

    A byte counts by whether matches that begin there were looked for. The four always add up to
    `total`, the size of the scope; what hasn't been reached counts as left out.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.searched = 0
        self.never_touched = 0
        self.unreadable: list[Unreadable] = []
        self._unreadable_size = 0

    @property
    def unreadable_size(self) -> int:
        """How many bytes are in the unreadable ranges."""
        return self._unreadable_size

    @property
    def left_out(self) -> int:
        """How many bytes weren't reached: before the start, or after a stop."""
        return self.total - self.searched - self.never_touched - self._unreadable_size

    def __repr__(self) -> str:
        parts = f"searched={self.searched:#x}, never_touched={self.never_touched:#x}"
        return f"Coverage({parts}, unreadable={self.unreadable}, left_out={self.left_out:#x})"

    def add(self, pieces: Iterable[CoveredPart], end: int) -> None:
        """Count pieces, as far as they lie below `end`; they come in order and only once."""
        for piece in pieces:
            size = min(piece.end, end) - piece.start
            if size <= 0:
                return
            if piece.state == SEARCHED:
                self.searched += size
            elif piece.state == NEVER_TOUCHED:
                self.never_touched += size
            else:
                self._add_unreadable(Range(piece.start, piece.start + size), piece.state)

    def _add_unreadable(self, found: Range, why: str) -> None:
        self._unreadable_size += found.size
        last = self.unreadable[-1] if self.unreadable else None
        if last is not None and last.range.end == found.start and last.why == why:
            self.unreadable[-1] = Unreadable(Range(last.range.start, found.end), why)
        else:
            self.unreadable.append(Unreadable(found, why))
