"""Finds the matches of regular expressions: at every address, not only after the match before."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

from ...ranges import Range
from ..hits.hits import Batch
from ..patterns.regular_expression import first_of
from ..patterns.shape import Shape
from .bulk_finder import zero_batch
from .haystack import Haystack, MatchSpan
from .libc import Libc
from .probes import BytesProbe
from .zero_runs import split_at_zeros, zero_runs

# Places tried in one call of `re`, by what they cost: enough that calls cost little, few enough that it sees
# little. A repeated set of bytes is one step, however much it goes over, and it asks for signals every 4096.
_PLACES = (1, 8, 64, 1024)
# Seconds after which a call has tried too many.
_LONG = 0.004
# Seconds between two checks whether the user interrupts.
_PATIENCE = 0.02

_Match = Callable[[memoryview, int, int], "re.Match[bytes] | None"]


class RegexFinder:
    """Finds matches of several sizes. `re` needs the interpreter's lock, so threads don't help here."""

    def __init__(self, shape: Shape, align: int, libc: Libc, look: Callable[[], None]) -> None:
        """`look` is called now and then, and raises what ends the search."""
        self._shape, self._align, self._look = shape, align, look
        self._looked = 0.0
        self._tries = [first_of(shape.compile(), places).match for places in _PLACES]
        self._turn = 0
        self._zero_size = shape.zero_match()
        self._least = len(shape.anchors[0].literal) if shape.anchors else 0
        self._prefix = BytesProbe(shape.anchors[0], libc.memmem) if shape.anchors and libc.memmem else None

    def find(self, haystack: Haystack, span: MatchSpan) -> list[Batch]:
        """Return the matches; see Finder. Assertions see what is readable around them, no further."""
        last = min(span.high - 1, span.end - self._least)
        if self._prefix is not None:
            first = self._prefix.next(haystack.place, span.low, last) if span.low <= last else None
            if first is None:
                return []
            span = span._replace(low=first)
        batches = []
        lead, size = self._shape.lead, self._shape.max_size
        runs = zero_runs(haystack.data, span.start, span.end)
        for part, is_zero in split_at_zeros(Range(span.low, span.high), runs, lead, size):
            if not is_zero:
                batches.append(self._scan(haystack, span._replace(low=part.start, high=part.end)))
            elif self._zero_size is not None:
                start, end = part.start + haystack.origin, part.end + haystack.origin
                batches.append(zero_batch(start, end, self._align, self._zero_size))
        return batches

    def _scan(self, haystack: Haystack, span: MatchSpan) -> Batch:
        addresses, sizes = [], []
        # The bytes before the readable part are from another chunk: an expression must not see them.
        with memoryview(haystack.data) as data, data[span.start : span.end] as view:
            place, origin = haystack.place + span.start, haystack.origin + span.start
            for at, size in self._matches(view, place, span.low - span.start, span.high - span.start):
                if (at + origin) % self._align == 0:
                    addresses.append(at + origin)
                    sizes.append(size)
                self._breathe()
        return Batch(addresses, sizes)

    def _matches(self, view: memoryview, place: int, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield where each match begins in low..high, and its size; `place` is where the view lies."""
        match, end = self._shape.match, len(view)
        at = self._next(view, place, low, high)
        while at is not None and at < high:
            size = match(view, at, end)
            if size is not None:
                yield at, size
            # After a match there is often another at the next byte; trying is cheaper than searching.
            at = at + 1 if size is not None else self._next(view, place, at + 1, high)

    def _next(self, view: memoryview, place: int, at: int, high: int) -> int | None:
        """Return where the next match from `at` on may begin, None if there is none before `high`."""
        if self._prefix is not None:
            self._breathe()
            last = min(high - 1, len(view) - self._prefix.size)
            return self._prefix.next(place, at, last) if at <= last else None
        while at < high:
            places = _PLACES[self._turn]
            found = self._timed(self._tries[self._turn], view, at, at + places - 1 + self._shape.max_size)
            if found is not None:
                return found.end()
            at += places
        return None

    def _timed(self, match: _Match, view: memoryview, at: int, stop: int) -> re.Match[bytes] | None:
        """Match, and let the next call try as many places as its time allows."""
        began = time.perf_counter()
        found = match(view, at, stop)
        seconds = self._breathe() - began
        if seconds > _LONG:
            self._turn = max(0, self._turn - 1)
        elif seconds < _LONG / 4:
            self._turn = min(len(_PLACES) - 1, self._turn + 1)
        return found

    def _breathe(self) -> float:
        """Check whether the user interrupts, if that is due; return the time."""
        now = time.perf_counter()
        if now - self._looked > _PATIENCE:
            self._looked = now
            self._look()
        return now
