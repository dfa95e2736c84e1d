"""Finds the matches of regular expressions: at every address, not only after the match before."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

from ...ranges import Range
from ..hits.hits import Batch
from ..patterns.shape import Shape
from .bulk_finder import zero_batch
from .haystack import Haystack, MatchSpan
from .libc import Libc
from .probes import BytesProbe
from .zero_runs import split_at_zeros, zero_runs

# Places tried at a time, at most: a long match is then not followed further than it may count. Fewer if they
# take longer than `_LONG` seconds: an expression's time may grow with the square of what it sees.
_MOST = 1 << 16
_LONG = 0.004
# Seconds between two checks whether the user interrupts.
_PATIENCE = 0.02


class RegexFinder:
    """Finds matches of several sizes. `re` needs the interpreter's lock, so threads don't help here."""

    def __init__(self, shape: Shape, align: int, libc: Libc, look: Callable[[], None]) -> None:
        """`look` is called now and then, and raises what ends the search."""
        self._shape, self._align, self._look = shape, align, look
        self._looked = 0.0
        self._search = shape.compile().search
        self._places = 1
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
            origin = haystack.origin + span.start
            for at, size in self._matches(view, span.low - span.start, span.high - span.start):
                if (at + origin) % self._align == 0:
                    addresses.append(at + origin)
                    sizes.append(size)
                self._breathe()
        return Batch(addresses, sizes)

    def _timed_search(self, view: memoryview, at: int, stop: int) -> re.Match[bytes] | None:
        """Search a slice, and let the next be as long as its time allows."""
        began = time.perf_counter()
        found = self._search(view, at, stop)
        seconds = self._breathe() - began
        if seconds > _LONG:
            self._places = max(1, self._places // 8)
        elif seconds < _LONG / 4:
            self._places = min(_MOST, 2 * self._places)
        return found

    def _breathe(self) -> float:
        """Check whether the user interrupts, if that is due; return the time."""
        now = time.perf_counter()
        if now - self._looked > _PATIENCE:
            self._looked = now
            self._look()
        return now

    def _matches(self, view: memoryview, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield where each match begins in low..high, and its size."""
        at, end, shape = low, len(view), self._shape
        while at < high:
            stop = min(end, at + self._places + shape.max_size - 1)
            found = self._timed_search(view, at, stop)
            if found is None:
                if stop == end:
                    return
                # What begins from here on was not seen in full.
                at = stop - shape.max_size + 1
                continue
            at = found.start()
            # After a match there is often another at the next byte; trying is cheaper than searching.
            while at < high and (size := shape.match(view, at, end)) is not None:
                yield at, size
                at += 1
            at += 1
