"""Plans a search: cuts the scope into jobs of one chunk each, and sets aside what needs no reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from ...ports.memory import AbsentRanges, UntouchedPages
from ...range_set import RangeSet
from ...ranges import Range, split
from ...walk.coverage import NEVER_TOUCHED, UNREADABLE, CoveredPart, covered, known_zeros
from ..patterns.shape import Reach

# Chunks planned at a time, and asked about in one call of a port: a block; and twice as many each time, up to
# the most, as long as less than `_SHORT` jobs come of it that are not to be read.
_BLOCK, _MOST_BLOCKS = 512, 64
_SHORT = 1000
# Never-touched memory is worth a job of its own from this part of a chunk on; less is filled in.
_WORTHWHILE = 8


class JobKind(Enum):
    """How the bytes of a job are treated."""

    READ = "read"
    ZEROS = "zeros"
    ABSENT = "absent"


class Job(NamedTuple):
    """Matches that begin in `start`..`end`; to find them takes the bytes of `low`..`high`.

    `zeros` are the parts of `low`..`high` that are known to be zeros, and so aren't read; `untouched` those
    of them that were never touched. A ZEROS job has nothing but such bytes around it as far as a pattern can
    see; an ABSENT one has no content.
    """

    start: int
    end: int
    low: int
    high: int
    kind: JobKind = JobKind.READ
    zeros: tuple[Range, ...] = ()
    untouched: tuple[Range, ...] = ()

    def covered(self, faults: Iterable[Range] = ()) -> list[CoveredPart]:
        """Return what became of its bytes, of which some couldn't be read."""
        known = [(r, NEVER_TOUCHED) for r in self.untouched] + [(r, UNREADABLE) for r in faults]
        return covered(self.start, self.end, sorted(known))


class _Zeros(NamedTuple):
    """What is known to be zeros; what of it was never touched, and what gets jobs of its own."""

    zeros: RangeSet
    untouched: RangeSet
    aside: RangeSet

    def within(self, low: int, high: int) -> tuple[tuple[Range, ...], tuple[Range, ...]]:
        """Return the zeros in a range, and what of it was never touched."""
        zeros = tuple(self.zeros.within(low, high))
        is_all = self.untouched is self.zeros
        return zeros, zeros if is_all else tuple(self.untouched.within(low, high))


class Planner:
    """Makes the jobs of a search. Asks the ports, so it belongs in the debugger's thread."""

    def __init__(
        self,
        reach: Reach,
        chunk_size: int,
        page_size: int,
        untouched: UntouchedPages | None = None,
        absent: AbsentRanges | None = None,
        *,
        sets_recorded_aside: bool = True,
    ) -> None:
        """Take the ports; zeros that were recorded get jobs of their own unless these are to be looked at."""
        self.reach = reach
        self._sets_recorded_aside = sets_recorded_aside
        self._chunk_size = chunk_size
        self._page_size = page_size
        self._untouched = untouched
        self._absent = absent

    def jobs(self, scope: Iterable[Range], start: int) -> Iterator[Job]:
        """Yield the jobs from `start` on, in order; the scope's ranges are in order and apart."""
        blocks = 1
        for whole in scope:
            at = max(start, whole.start)
            while at < whole.end:
                end = min(whole.end, at + self._chunk_size * _BLOCK * blocks)
                count = 0
                for job in self.block(Range(at, end), whole):
                    count += job.kind is not JobKind.READ
                    yield job
                blocks = min(2 * blocks, _MOST_BLOCKS) if count < _SHORT else 1
                at = end

    def block(self, block: Range, whole: Range) -> Iterator[Job]:
        """Plan one block with all that its patterns can see of the range that it is part of."""
        seen = Range(
            max(whole.start, block.start - self.reach.lead),
            min(whole.end, block.end + self.reach.size - 1),
        )
        pages = seen.widened(self._page_size)
        absent, zeros = RangeSet(self._absent.absent(*pages) if self._absent else ()), self._zeros(pages)
        for run, is_absent in split(seen, absent):
            part = run.intersection(*block)
            if part is None:
                continue
            if is_absent:
                yield Job(*part, *part, JobKind.ABSENT)
            else:
                yield from self._run(part, run, zeros)

    def _zeros(self, pages: Range) -> _Zeros:
        known = known_zeros(self._untouched, *pages)
        zeros = RangeSet(part for part, _ in known)
        unwritten = [part for part, state in known if state == NEVER_TOUCHED]
        untouched = zeros if len(unwritten) == len(known) else RangeSet(unwritten)
        return _Zeros(zeros, untouched, zeros if self._sets_recorded_aside else untouched)

    def _run(self, part: Range, run: Range, zeros: _Zeros) -> Iterator[Job]:
        """Plan a part of a run without absent bytes."""
        aside = (inner for zero in zeros.aside.within(*run) for inner in self._far_inside(zero, part))
        for piece, is_zero in split(part, aside):
            if is_zero:
                untouched = tuple(zeros.untouched.within(*piece))
                yield Job(*piece, *piece, JobKind.ZEROS, untouched=untouched)
                continue
            size = _even_size(piece.size, self._chunk_size)
            for start in range(piece.start, piece.end, size):
                end = min(piece.end, start + size)
                low = max(run.start, start - self.reach.lead)
                high = min(run.end, end + self.reach.size - 1)
                yield Job(start, end, low, high, JobKind.READ, *zeros.within(low, high))

    def _far_inside(self, zero: Range, part: Range) -> Iterator[Range]:
        """Yield the range of starts from which a match sees only these zeros, if a job of its own pays."""
        inner = Range(zero.start + self.reach.lead, zero.end - self.reach.size + 1)
        found = inner.intersection(*part)
        if found is not None and found.size * _WORTHWHILE >= self._chunk_size:
            yield found


def largest_chunk(chunk_size: int) -> int:
    """Return the size of the largest chunk that is planned, in bytes."""
    return chunk_size + chunk_size // 2


def _even_size(whole: int, chunk_size: int) -> int:
    """Return the size of equal pieces of the whole, near a chunk's, so that no small rest is left."""
    count = max(1, (whole + chunk_size // 2) // chunk_size)
    return -(-whole // count)
