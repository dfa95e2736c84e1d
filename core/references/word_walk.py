"""Walks over the words of ranges, in chunks, as a search reads them: what needs no reading isn't read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..inferior import Inferior
from ..ranges import Range, align_down, align_up, coalesce
from ..search.engine.chunk_buffer import ChunkBuffer
from ..search.engine.planner import Job, JobKind, Planner, largest_chunk
from ..search.patterns.shape import Reach
from ..search.scanner import CHUNK_SIZE, SLOW_CHUNK_SIZE
from ..walk.coverage import ABSENT, Coverage, CoveredPart, Tally
from ..walk.pace import Pace
from ..watch import UNWATCHED, Watch


class WordRun(NamedTuple):
    """Words side by side, at multiples of their size: `length` from `address` on, at `offset` of the data.

    The data hold until the next run is asked for.
    """

    data: Any
    offset: int
    address: int
    length: int


class WordWalk:
    """Walks over words; zeros that need no reading are left out, for they point nowhere."""

    def __init__(self, inferior: Inferior, watch: Watch = UNWATCHED, total: int = 0) -> None:
        """Take the inferior, and how many bytes all ranges will have."""
        self._inferior, self._target = inferior, inferior.target
        self._watch, self._pace = watch, Pace(total, watch)
        self._tally = Tally(reasons=self._target.reasons)

    @property
    def coverage(self) -> Coverage:
        """What has been covered so far."""
        return self._tally.result

    def runs(self, ranges: Iterable[Range]) -> Iterator[WordRun]:
        """Yield the words of the ranges, which are in order and apart. Raise Interrupted, and SourceError."""
        scope = list(coalesce(ranges))
        reader = self._inferior.memory.ready(scope, self._watch)
        size = CHUNK_SIZE if reader.thread_safe else SLOW_CHUNK_SIZE
        target, arch = self._target, self._inferior.arch
        planner = Planner(Reach(0, arch.word_size), size, arch.page_size, target.untouched, target.absent)
        buffer: ChunkBuffer | None = None
        for job in planner.jobs(scope, 0):
            self._pace.go_on()
            if job.kind is JobKind.READ:
                buffer = buffer or ChunkBuffer(reader, largest_chunk(size) + arch.word_size)
                yield from self._read(job, buffer)
            else:
                is_absent = job.kind is JobKind.ABSENT
                parts = [CoveredPart(job.start, job.end, ABSENT)] if is_absent else job.covered()
                self._tally.add(parts, job.end)
            self._pace.done += job.end - job.start

    def _read(self, job: Job, buffer: ChunkBuffer) -> Iterator[WordRun]:
        haystack, runs, faults = buffer.load(job)
        self._tally.add(job.covered(faults), job.end)
        size = self._inferior.arch.word_size
        for run in runs:
            # A word belongs to the chunk in which it begins: pieces of a range are cut anywhere.
            start = align_up(max(run.start, job.start), size)
            end = min(align_down(run.end, size), align_up(job.end, size))
            if start < end:
                yield WordRun(haystack.data, start - haystack.origin, start, (end - start) // size)
