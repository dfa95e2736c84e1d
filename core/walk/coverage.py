"""What a walk over memory covered and what it did not: every byte of its scope is in one of four counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..ports.memory import AbsentRanges, UnreadableReasons, UntouchedPages
from ..range_set import RangeSet
from ..ranges import Range, marked, split

SEARCHED, NEVER_TOUCHED, UNREADABLE, ABSENT = "searched", "never_touched", "unreadable", "absent"


def known_zeros(untouched: UntouchedPages | None, start: int, end: int) -> list[tuple[Range, str]]:
    """Return, in order, the zeros in `start..end` that such a port knows, and what they count as.

    Those that were recorded are searched although nobody looks at them; the others were never touched.
    """
    zeros = list(untouched.untouched(start, end)) if untouched else []
    recorded = RangeSet(untouched.recorded(zeros[0].start, zeros[-1].end)) if untouched and zeros else ()
    if not recorded:
        return [(zero, NEVER_TOUCHED) for zero in zeros]
    marks = ((zero, ((part, SEARCHED) for part in recorded.within(*zero))) for zero in zeros)
    return [piece for zero, searched in marks for piece in marked(zero, searched, NEVER_TOUCHED)]


class CoveredPart(NamedTuple):
    """Addresses `start`..`end` and what became of them: one of the words above."""

    start: int
    end: int
    state: str


def covered(start: int, end: int, known: Iterable[tuple[Range, str]]) -> list[CoveredPart]:
    """Return what became of `start`..`end`: the known ranges, which come in order, and the rest searched."""
    return [CoveredPart(*part, state) for part, state in marked(Range(start, end), known, SEARCHED)]


class Unreadable(NamedTuple):
    """A range that couldn't be read, and why: `absent` or `unreadable`, as in MemoryFault, or the reason."""

    start: int
    end: int
    why: str

    @property
    def range(self) -> Range:
        """The addresses alone."""
        return Range(self.start, self.end)

    def __repr__(self) -> str:
        return f"Unreadable({self.start:#x}..{self.end:#x}, {self.why})"


class Coverage(NamedTuple):
    """What became of the bytes of a scope; the counts add up to its size.

    `searched` bytes were read and processed, or are zeros by the word of whoever recorded them;
    `never_touched` are pages that were never written, which are zeros and needn't be read; `left_out` bytes
    had nothing to be compared with, or were not reached: they lie before the start of a walk, or behind where
    it stopped.
    """

    searched: int
    never_touched: int
    unreadable: tuple[Unreadable, ...]
    left_out: int

    @property
    def unreadable_size(self) -> int:
        """Bytes in the unreadable ranges."""
        return sum(part.end - part.start for part in self.unreadable)

    @property
    def size(self) -> int:
        """Bytes in the scope."""
        return self.searched + self.never_touched + self.unreadable_size + self.left_out

    def widened(self, refused: Iterable[Unreadable], left_out: int) -> Coverage:
        """Return the coverage of a larger scope, with ranges and bytes that were left out before the walk."""
        unreadable = tuple(sorted((*self.unreadable, *refused)))
        return self._replace(unreadable=unreadable, left_out=self.left_out + left_out)

    def in_order(self) -> Coverage:
        """Return the coverage of a walk that came by what it couldn't read in another order."""
        return self._replace(unreadable=tuple(sorted(self.unreadable)))

    def __repr__(self) -> str:
        parts = f"searched={self.searched:#x}, never_touched={self.never_touched:#x}"
        return f"Coverage({parts}, unreadable={self.unreadable}, left_out={self.left_out:#x})"


class Tally:
    """A coverage in the making; ranges are added in address order, and only once."""

    def __init__(self, absent: AbsentRanges | None = None, reasons: UnreadableReasons | None = None) -> None:
        self.searched = self.never_touched = self.left_out = 0
        self._unreadable: list[Unreadable] = []
        self._unreadable_size = 0
        self._absent, self._reasons = absent, reasons

    def add(self, parts: Iterable[CoveredPart], end: int) -> None:
        """Count parts, as far as they lie below `end`."""
        for part in parts:
            size = min(part.end, end) - part.start
            if size <= 0:
                return
            if part.state in (SEARCHED, NEVER_TOUCHED):
                self.count(size, part.state)
            elif part.state == UNREADABLE:
                self.refuse(part.start, part.start + size)
            else:
                self.note(part.start, part.start + size, part.state)

    def count(self, size: int, state: str) -> None:
        """Count bytes as searched or as never touched."""
        if state == SEARCHED:
            self.searched += size
        else:
            self.never_touched += size

    def refuse(self, start: int, end: int) -> None:
        """Count a range that can't be read: as absent or for the reason that is known, else as unreadable."""
        absent = self._absent.absent(start, end) if self._absent else ()
        for part, is_absent in split(Range(start, end), absent):
            if is_absent:
                self.note(*part, ABSENT)
                continue
            reasons = self._reasons.reasons(*part) if self._reasons else ()
            for piece, why in marked(part, reasons, UNREADABLE):
                self.note(*piece, why)

    def note(self, start: int, end: int, why: str) -> None:
        """Count a range that can't be read, for a reason that is known."""
        self._unreadable_size += end - start
        last = self._unreadable[-1] if self._unreadable else None
        if last is not None and (last.end, last.why) == (start, why):
            self._unreadable[-1] = last._replace(end=end)
        else:
            self._unreadable.append(Unreadable(start, end, why))

    @property
    def size(self) -> int:
        """How many bytes have been counted so far."""
        return self.searched + self.never_touched + self._unreadable_size + self.left_out

    @property
    def result(self) -> Coverage:
        """The coverage so far."""
        return Coverage(self.searched, self.never_touched, tuple(self._unreadable), self.left_out)

    def of_scope(self, size: int) -> Coverage:
        """Return the coverage so far of a scope of this size: what hasn't been counted is left out."""
        return self.result._replace(left_out=self.left_out + size - self.size)
