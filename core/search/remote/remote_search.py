"""Remote search: memory is searched on the far side of a link, and only candidates are transferred."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ...errors import MemoryFault, SourceError
from ...ports.memory import RemoteSearch
from ...ranges import Range, coalesce
from ...walk.coverage import SEARCHED, CoveredPart
from ..engine.chunk_searcher import Outcome
from ..engine.planner import Job
from ..patterns.anchors import Anchor
from ..patterns.pattern_set import PatternSet
from ..patterns.shape import Reach
from .pacing import Crowding, RemotePace

# Every fixed part is a pass over the memory there; shorter ones are found too often to be of use.
_MOST_ANCHORS = 16
_SHORTEST = 2


class RemoteSizes(NamedTuple):
    """Sizes in bytes, as measured over TCP with gdbserver (docs/decisions/0135).

    A stretch of at most `short` is fetched, since asking costs as much; from a candidate on a `block` is,
    and more for patterns that see far; and at most a `chunk` at a time, for which an interrupt waits.
    """

    short: int = 256
    block: int = 64
    chunk: int = 1 << 16


RunJob = Callable[[Job], Outcome]


def remote_anchors(patterns: PatternSet) -> tuple[Anchor, ...] | None:
    """Return bytes one of which every match has, each at its offset; None if there are no such bytes.

    Text of either case and expressions that begin with nothing fixed have no such bytes, and too many or
    too short ones would not pay.
    """
    anchors: list[Anchor] = []
    for pattern in patterns:
        shape = pattern.shape
        found = () if shape.fold else shape.rarer or shape.anchors
        if not found:
            return None
        anchors += found
    fits = len(anchors) <= _MOST_ANCHORS and all(len(anchor.literal) >= _SHORTEST for anchor in anchors)
    return tuple(dict.fromkeys(anchors)) if fits else None


class _Trail:
    """Where an anchor is, in ascending order: how far the far side has looked, and what it found there."""

    def __init__(self, remote: RemoteSearch, anchor: Anchor) -> None:
        self._remote, self._literal, self._offset = remote, anchor.literal, anchor.offset
        self._at = 0  # matches that begin before this have been returned
        self._place = 0  # no match begins between `_at` and this
        self._is_there = False  # whether one may begin at the place
        self.reach = anchor.offset + len(anchor.literal)

    def first(self, at: int, end: int) -> int:
        """Return the first address in `at`..`end` at which a match may begin, or `end`.

        Raise MemoryFault if the far side can't read all that it must look at.
        """
        if not self._at <= at <= self._place:
            self._place, self._is_there = at, False
        self._at = at
        while self._place < end and not self._is_there:
            self._ask(end)
        return min(self._place, end)

    def _ask(self, end: int) -> None:
        # From the place itself on, not from the anchor's: what lies between must be readable as well.
        start, last = self._place, end + self.reach - 1
        while (found := self._remote.search(start, last - start, self._literal)) is not None:
            if found - self._offset >= self._place:
                self._place, self._is_there = found - self._offset, True
                return
            start = found + 1
        self._place = end


class RemoteFinder(NamedTuple):
    """Searches ranges with the help of the far side; `run` does a job on this side, exactly."""

    remote: RemoteSearch
    anchors: Sequence[Anchor]
    reach: Reach
    run: RunJob
    sizes: RemoteSizes = RemoteSizes()

    def outcomes(self, scope: Sequence[Range], start: int) -> Iterator[Outcome]:
        """Yield the outcomes for all addresses from `start` on, in order.

        The far side's candidates are checked here before they count as hits. Ranges that it can't read, or
        that differ there from what is shown here, are searched here, and so is memory that is full of
        candidates; and if it fails, all the rest.
        """
        trails = [_Trail(self.remote, anchor) for anchor in self.anchors]
        longest = max(trail.reach for trail in trails)
        hidden = list(coalesce(sorted(Range(max(0, a - longest + 1), b) for a, b in self.remote.differing())))
        pace, crowding = RemotePace(self.sizes.chunk), Crowding(self.sizes.chunk)
        for whole in scope:
            if whole.end > start:
                inside = [part for part in hidden if part.intersection(*whole)]
                walk = _Walk(self, trails, whole, inside, pace, crowding)
                yield from walk.outcomes(max(start, whole.start))


class _Walk:
    """The way through one range of the scope."""

    def __init__(
        self,
        finder: RemoteFinder,
        trails: Sequence[_Trail],
        whole: Range,
        hidden: Sequence[Range],
        pace: RemotePace,
        crowding: Crowding,
    ) -> None:
        self._run, self._reach, self._sizes = finder.run, finder.reach, finder.sizes
        self._trails, self._whole, self._hidden = trails, whole, hidden
        self._pace, self._crowding = pace, crowding
        self._last = whole.end - max(trail.reach for trail in trails)
        self._block = max(finder.sizes.block, (finder.reach.lead + finder.reach.size) // 8)

    def outcomes(self, at: int) -> Iterator[Outcome]:
        """Yield the outcomes for the addresses from `at` on."""
        while at < self._whole.end:
            for outcome in self._step(at):
                yield outcome
                at = outcome.end

    def _step(self, at: int) -> Iterator[Outcome]:
        """Yield the outcomes for the next addresses: one or two."""
        near_end, end = self._parts(at)
        if near_end > at:
            yield self._near(at, near_end)
            return
        began = time.perf_counter()
        try:
            found = self._first(at, end)
        except SourceError:
            # It claimed to search, and can't; if the whole link is gone, the reads below fail as well.
            self._crowding.give_up()
            return
        except MemoryFault:
            self._pace.refused(end - at)
            if end - at <= self._sizes.chunk:
                yield self._near(at, end)
            return
        self._pace.answered(found - at, end - at, time.perf_counter() - began)
        near = self._near(found, min(self._whole.end, found + self._block)) if found < end else None
        if near:
            self._crowding.candidate(found, time.perf_counter() - began)
        if found > at:
            yield Outcome(at, found, (), (CoveredPart(at, found, SEARCHED),))
        if near:
            yield near

    def _parts(self, at: int) -> tuple[int, int]:
        """Return the end of the part to search here, `at` if none, and of the part to ask about next."""
        for part in self._hidden:
            if at < part.start:
                limit = part.start
                break
            if at < part.end:
                return min(part.end, at + self._sizes.chunk, self._whole.end), at
        else:
            limit = self._whole.end
        limit = min(limit, self._last + 1)
        if limit - at <= self._sizes.short:
            return min(self._whole.end, at + self._sizes.short), at
        return self._crowding.fetch(at, limit), min(limit, at + self._pace.piece)

    def _first(self, at: int, end: int) -> int:
        for trail in self._trails:
            end = trail.first(at, end)
        return end

    def _near(self, start: int, end: int) -> Outcome:
        """Search here for matches that begin in the range."""
        began = time.perf_counter()
        low = max(self._whole.start, start - self._reach.lead)
        high = min(self._whole.end, end + self._reach.size - 1)
        outcome = self._run(Job(start, end, low, high))
        self._crowding.fetched(end - start, time.perf_counter() - began)
        return outcome
