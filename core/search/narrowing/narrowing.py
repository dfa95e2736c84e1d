"""Searching only at the hits of an earlier search: nothing else is read.

Hits that lie close together are read together. Where that touches pages that were never touched, these are
taken as the zeros that they are, as a search of everything does.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from math import lcm
from typing import NamedTuple

from ...ports.memory import AbsentRanges, MemoryReader, UnreadableReasons, UntouchedPages
from ...ranges import Range
from ...walk.coverage import ABSENT, SEARCHED, UNREADABLE, CoveredPart, covered
from ...watch import UNWATCHED, Watch
from ..engine.chunk_buffer import ChunkBuffer
from ..engine.chunk_searcher import Outcome
from ..engine.planner import Job, JobKind, Planner, largest_chunk
from ..engine.search import Search, Stopped
from ..hits.hit_list import HitList
from ..hits.hits import Batch, merge
from ..patterns.shape import Reach
from .checks import HitCheck, View, joined
from .scattered_reads import Scattered, ScatteredSizes


class NarrowingSizes(NamedTuple):
    """How much is planned, read and handed on at a time, as measured (`benchmarks/run.py narrow`).

    At most a `chunk` is read at once: an interrupt waits for the hits in it. Hits more than `far` bytes apart
    are planned by themselves, so that nothing is asked about what lies between. Hits more than `apart` bytes
    apart are read by themselves, for a read costs as much as that many bytes, or `slow_apart` over a slow
    line. An outcome is made of at most this many `reads`, or `hits`.
    """

    chunk: int = 128 * 1024
    far: int = 1 << 20
    apart: int = 1 << 15
    slow_apart: int = 1 << 8
    reads: int = 128
    hits: int = 1 << 13
    scattered: ScatteredSizes = ScatteredSizes()


USUAL_SIZES = NarrowingSizes()


class NarrowedSearch(Search):
    """A search among earlier hits; `lost` and `outside` count those that could not be checked.

    Lost are those that lie in its scope and can't be read, outside those that don't lie in its scope.
    """

    def __init__(
        self,
        narrowing: Narrowing,
        *,
        limit: int | None = None,
        reasons: UnreadableReasons | None = None,
        watch: Watch = UNWATCHED,
    ) -> None:
        self._narrowing = narrowing
        super().__init__(
            narrowing.outcomes(),
            narrowing.scope,
            start=narrowing.start,
            limit=limit,
            reasons=reasons,
            watch=watch,
        )

    @property
    def stopped(self) -> Stopped | None:
        """As for any search; not stopped where none of the earlier hits is left."""
        stopped = super().stopped
        return stopped if stopped is not None and self._narrowing.remain(stopped.start) else None

    @property
    def lost(self) -> int:
        """How many earlier hits in the scope couldn't be read, so far."""
        return self._narrowing.lost

    @property
    def outside(self) -> int:
        """How many earlier hits lay outside of the scope, so far."""
        return self._narrowing.outside


class Narrowing:
    """Goes through earlier hits. Asks the ports and reads, all of it in the caller's thread."""

    def __init__(
        self,
        memory: MemoryReader,
        scope: Sequence[Range],
        hits: HitList,
        check: HitCheck,
        *,
        align: int = 1,
        start: int = 0,
        page_size: int = 4096,
        untouched: UntouchedPages | None = None,
        absent: AbsentRanges | None = None,
        sizes: NarrowingSizes = USUAL_SIZES,
    ) -> None:
        """Take the memory, the ranges to stay in (in order and apart), the earlier hits, and the check."""
        self.scope, self.looked_at, self.lost, self.outside = tuple(scope), 0, 0, 0
        self._ends = [item.end for item in scope]
        self._hits, self._check, self._align, self.start = hits, check, align, start
        self._planner = Planner(check.reach, sizes.chunk, page_size, untouched, absent)
        room = largest_chunk(sizes.chunk) + check.reach.lead + check.reach.size
        self._buffer = ChunkBuffer(memory, room)
        self._scattered = Scattered.of(memory, check, page_size, untouched, absent, sizes.scattered)
        self._apart = sizes.apart if memory.thread_safe else sizes.slow_apart
        self._reads_at_once = sizes.reads if memory.thread_safe else 1
        self._far, self._hits_at_once = sizes.far, sizes.hits

    @property
    def size(self) -> int:
        """How many bytes a hit may be long, at most."""
        return self._check.reach.size

    def remain(self, start: int) -> bool:
        """Return whether any of the earlier hits lies at or above the address."""
        return self._hits.first_from(start) < len(self._hits)

    def outcomes(self) -> Iterator[Outcome | None]:
        """Yield the outcomes for the hits, in order, and None now and then."""
        for hits in self._earlier():
            yield None
            for near in _split(hits, self._far):
                yield from self._near(near)

    def _earlier(self) -> Iterator[Batch]:
        """Yield the earlier hits from the start on; where patterns don't matter, each address once."""
        for batch in _whole_addresses(self._hits.batches()):
            hits = _aligned(_from(batch, self.start), self._align)
            if self._check.by_address and not isinstance(hits.patterns, int):
                hits = Batch(list(dict.fromkeys(hits.addresses)), 0)
            self.looked_at += len(batch.addresses)
            if hits.addresses:
                yield hits

    def _near(self, hits: Batch) -> Iterator[Outcome]:
        """Check hits that lie near each other, in each range of the scope."""
        count, at = len(hits.addresses), 0
        for whole in islice(self.scope, bisect_left(self._ends, hits.addresses[0] + 1), None):
            low, high = (bisect_left(hits.addresses, edge, at) for edge in whole)
            self.outside += low - at
            at = high
            if low < high:
                yield from self._within(hits.part(low, high), whole)
            if at == count:
                return
        self.outside += count - at

    def _within(self, hits: Batch, whole: Range) -> Iterator[Outcome]:
        """Check hits in one range of the scope."""
        if self._scattered is None or not self._scattered.suits(hits):
            yield from self._together(hits, whole)
            return
        at = 0
        for end, is_free in self._scattered.runs(hits, self._scattered.skipped(hits), whole.end):
            while at < end:
                part = hits.part(at, end)
                found, done = self._scattered.look(part) if is_free else (part, 0)
                if done:
                    yield _outcome(part.addresses[:done], found)
                at += done
                if at < end:  # refused hits are read one by one, to learn the reason
                    rest = bisect_right(hits.addresses, hits.addresses[at], at) if done else end
                    yield from self._together(hits.part(at, rest), whole)
                    at = rest

    def _together(self, hits: Batch, whole: Range) -> Iterator[Outcome]:
        """Check hits in one range of the scope, together where they are near each other."""
        start, batches, pieces, looked_at = hits.addresses[0], list[Batch](), list[CoveredPart](), 0
        for part, job in self._parts(hits, whole):
            batches.append(self._looked_at(part, job, pieces))
            looked_at += len(part.addresses)
            if len(batches) >= self._reads_at_once or looked_at >= self._hits_at_once:
                end = part.addresses[-1] + 1
                yield Outcome(start, end, batches, pieces)
                start, batches, pieces, looked_at = end, [], [], 0
        if pieces:
            yield Outcome(start, hits.addresses[-1] + 1, batches, pieces)

    def _parts(self, hits: Batch, whole: Range) -> Iterator[tuple[Batch, Job]]:
        """Yield the hits of each job, those that are read together at a time."""
        addresses, high = hits.addresses, 0
        for job in self._planner.block(Range(addresses[0], addresses[-1] + 1), whole):
            low, high = high, bisect_left(addresses, job.end, high)
            if low < high:
                part = hits.part(low, high)
                for near in _split(part, self._apart) if job.kind is JobKind.READ else (part,):
                    yield near, job

    def _looked_at(self, hits: Batch, job: Job, pieces: list[CoveredPart]) -> Batch:
        """Return which of the hits in a job are hits now, and add what became of the bytes there."""
        extent = Range(hits.addresses[0], hits.addresses[-1] + 1)
        if job.kind is JobKind.READ:
            return self._read(hits, _narrowed(job, extent, self._planner.reach), pieces)
        if job.kind is JobKind.ABSENT:
            self.lost += len(hits.addresses)
            pieces.append(CoveredPart(*extent, ABSENT))
            return hits.part(0, 0)
        found = self._check.in_zeros(hits)
        if len(found.addresses):
            pieces.append(CoveredPart(*extent, SEARCHED))
        else:
            pieces += job._replace(start=extent.start, end=extent.end).covered()
        return found

    def _read(self, hits: Batch, job: Job, pieces: list[CoveredPart]) -> Batch:
        """Read what a job needs and check its hits there."""
        haystack, runs, faults = self._buffer.load(job)
        found, addresses, least = [], hits.addresses, self._check.least
        readable = 0
        for run in runs:
            part = hits.part(bisect_left(addresses, run.start), bisect_left(addresses, run.end))
            if part.addresses:
                readable += bisect_right(part.addresses, run.end - least)
                found.append(self._check.surviving(View(haystack, run.start, run.end), part))
        self.lost += len(addresses) - readable
        pieces += covered(job.start, job.end, [(fault, UNREADABLE) for fault in faults])
        return joined(found)


def _outcome(addresses: Sequence[int], found: Batch) -> Outcome:
    """Return the outcome of hits that were checked one by one."""
    pieces = [CoveredPart(address, address + 1, SEARCHED) for address in dict.fromkeys(addresses)]
    return Outcome(addresses[0], addresses[-1] + 1, [found], pieces)


def _narrowed(job: Job, extent: Range, reach: Reach) -> Job:
    """Return the part of a job for the hits that begin in the extent."""
    low, high = max(job.low, extent.start - reach.lead), min(job.high, extent.end + reach.size - 1)
    zeros = (zero.intersection(low, high) for zero in job.zeros)
    return Job(*extent, low, high, JobKind.READ, tuple(zero for zero in zeros if zero))


def _whole_addresses(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield the hits so that those at one address, of several patterns, are in one batch."""
    held: Batch | None = None
    for batch in batches:
        if held is not None and held.addresses[-1] == batch.addresses[0]:
            held = merge([held, batch])
            continue
        if held is not None:
            yield held
        held = batch
    if held is not None:
        yield held


def _split(hits: Batch, gap: int) -> Iterator[Batch]:
    """Yield the hits in parts between which is more than the gap."""
    addresses = hits.addresses
    if addresses[-1] - addresses[0] <= gap or (isinstance(addresses, range) and addresses.step <= gap):
        yield hits
        return
    pairs = enumerate(zip(addresses, islice(addresses, 1, None)), 1)
    cuts = (number for number, (low, high) in pairs if high - low > gap)
    start = 0
    for cut in chain(cuts, (len(addresses),)):
        yield hits.part(start, cut)
        start = cut


def _from(hits: Batch, start: int) -> Batch:
    """Return the hits at or above the address."""
    return (
        hits
        if hits.addresses[0] >= start
        else hits.part(bisect_left(hits.addresses, start), len(hits.addresses))
    )


def _aligned(hits: Batch, align: int) -> Batch:
    """Return the hits at multiples of `align`."""
    addresses = hits.addresses
    if align == 1:
        return hits
    if isinstance(addresses, range):
        firsts = (a for a in islice(addresses, align) if a % align == 0)
        first = next(firsts, addresses.stop)
        return hits._replace(addresses=range(first, addresses.stop, lcm(addresses.step, align)))
    return hits.picked([address % align == 0 for address in addresses])
