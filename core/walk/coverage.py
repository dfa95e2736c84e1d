"""What a walk over memory took in, and what it couldn't."""

from __future__ import annotations

from typing import NamedTuple

from ..ports import AbsentRanges


class Unreadable(NamedTuple):
    """A range that couldn't be read, and why: `absent` or `unreadable`, as in MemoryFault."""

    start: int
    end: int
    why: str


class Coverage(NamedTuple):
    """How the bytes of a scope fared; the sum of all is its size.

    `searched` bytes were taken in; `never_touched` are zeros that nobody has written; `left_out` had
    nothing to be held against.
    """

    searched: int
    never_touched: int
    unreadable: tuple[Unreadable, ...]
    left_out: int

    @property
    def size(self) -> int:
        """Bytes in the scope."""
        refused = sum(end - start for start, end, _ in self.unreadable)
        return self.searched + self.never_touched + refused + self.left_out


class Tally:
    """A coverage in the making."""

    def __init__(self, absent: AbsentRanges | None = None) -> None:
        self.searched = self.never_touched = self.left_out = 0
        self._unreadable: list[Unreadable] = []
        self._absent = absent

    def refuse(self, start: int, end: int) -> None:
        """Note a range that can't be read; calls come in address order."""
        known = self._absent.absent(start, end) if self._absent else ()
        for part in known:
            if part.start > start:
                self._note(start, part.start, "unreadable")
            self._note(part.start, part.end, "absent")
            start = part.end
        if start < end:
            self._note(start, end, "unreadable")

    def _note(self, start: int, end: int, why: str) -> None:
        last = self._unreadable[-1] if self._unreadable else None
        if last is not None and (last.end, last.why) == (start, why):
            self._unreadable[-1] = last._replace(end=end)
        else:
            self._unreadable.append(Unreadable(start, end, why))

    @property
    def result(self) -> Coverage:
        """The coverage so far."""
        return Coverage(self.searched, self.never_touched, tuple(self._unreadable), self.left_out)
