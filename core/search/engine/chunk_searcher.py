"""Carries out the jobs of a plan: reads, searches, and says what became of every byte."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ...ports.memory import MemoryReader
from ...ranges import Range
from ...walk.coverage import ABSENT, SEARCHED, CoveredPart
from ..finders.bulk_finder import zero_batch
from ..finders.fixed_finder import Tools
from ..finders.haystack import Haystack, MatchSpan
from ..finders.head_finder import head_finder
from ..finders.pattern_finders import Numbered, PatternFinders
from ..hits.hits import Batch, merge
from ..matcher.head_plan import HeadPlan
from ..patterns.pattern_set import PatternSet
from .chunk_buffer import ChunkBuffer
from .planner import Job, JobKind

# Where several patterns match zeros: addresses whose hits are merged at a time.
_ZEROS_AT_ONCE = 1 << 16


class Aligned(NamedTuple):
    """Patterns, and of what the addresses of the matches of each are a multiple."""

    patterns: PatternSet
    aligns: tuple[int, ...]


class Outcome(NamedTuple):
    """The hits in `start`..`end`, and the pieces that this range consists of.

    `held` is how many hits are kept in memory for it: none of those that are made as they are wanted.
    """

    start: int
    end: int
    batches: Iterable[Batch]
    pieces: Sequence[CoveredPart]
    held: int = 0


class Searcher:
    """Does jobs, one at a time. Has a buffer of its own, so each thread needs its own searcher."""

    def __init__(
        self,
        memory: MemoryReader,
        wanted: Aligned,
        tools: Tools,
        capacity: int,
        plan: HeadPlan | None = None,
        look: Callable[[], None] | None = None,
    ) -> None:
        """Take the memory and what is wanted there.

        `plan` is what a matching library looks for, if there is one; `look` replaces that of the tools.
        """
        tools = tools if look is None else tools._replace(look=look)
        self._buffer = ChunkBuffer(memory, capacity)
        numbered = [Numbered(n, *each) for n, each in enumerate(zip(wanted.patterns, wanted.aligns))]
        self._heads = head_finder(plan, numbered, tools)
        by_heads = self._heads.numbers if self._heads is not None else ()
        self._others = PatternFinders([each for each in numbered if each.number not in by_heads], tools)
        self._zeros = [
            (number, align, size)
            for number, (pattern, align) in enumerate(zip(wanted.patterns, wanted.aligns))
            for size in [pattern.shape.zero_match()]
            if size is not None
        ]

    def run(self, job: Job) -> Outcome:
        """Do a job. Raise what the reader raises."""
        if job.kind is JobKind.READ:
            return self._read(job)
        if job.kind is JobKind.ABSENT:
            return Outcome(job.start, job.end, (), (CoveredPart(job.start, job.end, ABSENT),))
        return Outcome(job.start, job.end, self._zero_batches(job), self._pieces(job))

    def close(self) -> None:
        """Give back what it took outside of Python."""
        if self._heads is not None:
            self._heads.close()

    def _read(self, job: Job) -> Outcome:
        haystack, runs, faults = self._buffer.load(job)
        batches = [batch for run in runs for batch in self._find(haystack, run, job)]
        held = sum(len(batch.addresses) for batch in batches)
        return Outcome(job.start, job.end, batches, self._pieces(job, faults), held)

    def _find(self, haystack: Haystack, run: Range, job: Job) -> list[Batch]:
        """Return the hits in one readable run, those of all patterns in one order."""
        origin = haystack.origin
        start, end = max(run.start, job.start), min(run.end, job.end)
        if start >= end:
            return []
        span = MatchSpan(start - origin, end - origin, run.start - origin, run.end - origin)
        found = self._others.find(haystack, span)
        if self._heads is not None:
            found += self._heads.find(haystack, span)
        if len(found) > 1 and not _are_of_one_pattern(found):
            found = [merge(found)]
        return [batch.compact() for batch in found]

    def _pieces(self, job: Job, faults: Sequence[Range] = ()) -> list[CoveredPart]:
        """Return the pieces of a job: what became of its bytes. Where zeros may match, they are searched."""
        return (job._replace(untouched=()) if self._zeros else job).covered(faults)

    def _zero_batches(self, job: Job) -> Iterator[Batch]:
        """Yield the matches that begin anywhere in zeros, without making them all."""
        if len(self._zeros) == 1:
            ((number, align, size),) = self._zeros
            yield zero_batch(job.start, job.end, align, size, number)
        elif self._zeros:
            for start in range(job.start, job.end, _ZEROS_AT_ONCE):
                end = min(job.end, start + _ZEROS_AT_ONCE)
                yield merge(zero_batch(start, end, align, size, n) for n, align, size in self._zeros)


def _are_of_one_pattern(batches: list[Batch]) -> bool:
    first = batches[0].patterns
    return isinstance(first, int) and all(batch.patterns == first for batch in batches)


def join_outcomes(outcomes: list[Outcome], outcome: Outcome) -> None:
    """Append an outcome, or join it to the last one if both were searched and have no hits."""
    last = outcomes[-1] if outcomes else None
    if last and last.end == outcome.start and _is_plain(last) and _is_plain(outcome):
        pieces = (CoveredPart(last.start, outcome.end, SEARCHED),)
        outcomes[-1] = Outcome(last.start, outcome.end, (), pieces)
    else:
        outcomes.append(outcome)


def _is_plain(outcome: Outcome) -> bool:
    return not outcome.batches and len(outcome.pieces) == 1 and outcome.pieces[0].state == SEARCHED
