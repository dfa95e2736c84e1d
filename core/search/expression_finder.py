"""Finds the matches of regular expressions: at every address, not only after the match before."""

from __future__ import annotations

from collections.abc import Iterator

from ..ranges import Range
from .dense import zero_batch
from .hits import Batch
from .libc import Libc
from .probes import BytesProbe
from .shape import Shape
from .window import Haystack, Span
from .zeros import split, zero_runs

# So much is searched at a time, so that a long match is not followed further than it may count.
_SLICE = 16


class ExpressionFinder:
    """Finds matches of several sizes. `re` needs the interpreter's lock, so threads don't help here."""

    def __init__(self, shape: Shape, align: int, libc: Libc) -> None:
        self._shape, self._align = shape, align
        self._search = shape.compile().search
        self._slice = _SLICE * shape.max_size
        self._zero_size = shape.zero_match()
        self._least = len(shape.anchors[0].literal) if shape.anchors else 0
        self._prefix = BytesProbe(shape.anchors[0], libc.memmem) if shape.anchors and libc.memmem else None

    def find(self, stack: Haystack, span: Span) -> list[Batch]:
        """Return the matches; see Finder. Assertions see what is readable around them, no further."""
        last = min(span.high - 1, span.end - self._least)
        if self._prefix is not None:
            first = self._prefix.next(stack.place, span.low, last) if span.low <= last else None
            if first is None:
                return []
            span = span._replace(low=first)
        batches = []
        lead, size = self._shape.lead, self._shape.max_size
        runs = zero_runs(stack.data, span.start, span.end)
        for part, is_zero in split(Range(span.low, span.high), runs, lead, size):
            if not is_zero:
                batches.append(self._scan(stack, span._replace(low=part.start, high=part.end)))
            elif self._zero_size is not None:
                start, end = part.start + stack.origin, part.end + stack.origin
                batches.append(zero_batch(start, end, self._align, self._zero_size))
        return batches

    def _scan(self, stack: Haystack, span: Span) -> Batch:
        addresses, sizes = [], []
        # What lies before the readable part is left from another chunk: an expression must not see it.
        with memoryview(stack.data) as data, data[span.start : span.end] as view:
            origin = stack.origin + span.start
            for at, size in self._matches(view, span.low - span.start, span.high - span.start):
                if (at + origin) % self._align == 0:
                    addresses.append(at + origin)
                    sizes.append(size)
        return Batch(addresses, sizes)

    def _matches(self, view: memoryview, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield where each match begins in low..high, and its size."""
        at, end, shape = low, len(view), self._shape
        while at < high:
            stop = min(end, at + self._slice)
            found = self._search(view, at, stop)
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
