"""Plans a search: cuts the scope into jobs of one chunk each, and sets aside what needs no reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from ...ports.memory import AbsentRanges, UntouchedPages
from ...range_set import RangeSet
from ...ranges import Range, split
from ..patterns.shape import Reach

# What both ports do: return the untouched, or the absent, ranges between a start and an end.
Ask = Callable[[int, int], Iterable[Range]]

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

    `zeros` are the parts of `low`..`high` that were never touched, and so aren't read. A ZEROS job has
    nothing but such bytes around it as far as a pattern can see; an ABSENT one has no content.
    """

    start: int
    end: int
    low: int
    high: int
    kind: JobKind = JobKind.READ
    zeros: tuple[Range, ...] = ()


class Planner:
    """Makes the jobs of a search. Asks the ports, so it belongs in the debugger's thread."""

    def __init__(
        self,
        reach: Reach,
        chunk_size: int,
        page_size: int,
        untouched: UntouchedPages | None = None,
        absent: AbsentRanges | None = None,
    ) -> None:
        self.reach = reach
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
        absent = self._asked(self._absent.absent, seen) if self._absent else RangeSet()
        zeros = self._asked(self._untouched.untouched, seen) if self._untouched else RangeSet()
        if absent:
            zeros = RangeSet(left for part in zeros for left in absent.outside(*part))
        for run, is_absent in split(seen, absent):
            part = run.intersection(*block)
            if part is None:
                continue
            if is_absent:
                yield Job(*part, *part, JobKind.ABSENT)
            else:
                yield from self._run(part, run, zeros)

    def _run(self, part: Range, run: Range, zeros: RangeSet) -> Iterator[Job]:
        """Plan a part of a run without absent bytes."""
        aside = (inner for zero in zeros.within(*run) for inner in self._far_inside(zero, part))
        for piece, is_zero in split(part, aside):
            if is_zero:
                yield Job(*piece, *piece, JobKind.ZEROS)
                continue
            size = _even_size(piece.size, self._chunk_size)
            for start in range(piece.start, piece.end, size):
                end = min(piece.end, start + size)
                low = max(run.start, start - self.reach.lead)
                high = min(run.end, end + self.reach.size - 1)
                yield Job(start, end, low, high, JobKind.READ, tuple(zeros.within(low, high)))

    def _far_inside(self, zero: Range, part: Range) -> Iterator[Range]:
        """Yield the range of starts from which a match sees only these zeros, if a job of its own pays."""
        inner = Range(zero.start + self.reach.lead, zero.end - self.reach.size + 1)
        found = inner.intersection(*part)
        if found is not None and found.size * _WORTHWHILE >= self._chunk_size:
            yield found

    def _asked(self, ask: Ask, seen: Range) -> RangeSet:
        """Ask about whole pages, and cut the answers to what was wanted."""
        parts = (found.intersection(*seen) for found in ask(*seen.widened(self._page_size)))
        return RangeSet(part for part in parts if part is not None)


def largest_chunk(chunk_size: int) -> int:
    """Return the size of the largest chunk that is planned, in bytes."""
    return chunk_size + chunk_size // 2


def _even_size(whole: int, chunk_size: int) -> int:
    """Return the size of equal pieces of the whole, near a chunk's, so that no small rest is left."""
    count = max(1, (whole + chunk_size // 2) // chunk_size)
    return -(-whole // count)
