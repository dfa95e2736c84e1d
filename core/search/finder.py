"""Finds the matches of one pattern in a haystack, by whatever is the fastest there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from .dense import DenseFinder
from .expression_finder import ExpressionFinder
from .hits import Batch
from .libc import Libc, address_of
from .probes import Probe, literal_probe, probe_for
from .scans import check_of
from .shape import Shape
from .window import Haystack, Span

# Candidates cost about a microsecond each when the C library finds and Python checks them. Where they
# come closer than this many bytes on average, an expression that finds and checks them is faster.
_CROWDED = 1536
_SAMPLE = 32


class Finder(Protocol):
    """Finds matches. It remembers what memory was like last, so each thread has its own."""

    def find(self, stack: Haystack, span: Span) -> Iterator[Batch]:
        """Yield the matches that begin in the span, in order of address."""


def finder_for(shape: Shape, align: int, libc: Libc) -> Finder:
    """Return a finder of matches at multiples of `align`."""
    if shape.size is None:
        return ExpressionFinder(shape, align, libc)
    if shape.fold and shape.anchors:
        return FoldedFinder(shape, align, libc)
    return FixedFinder(shape, align, libc)


class FixedFinder:
    """Finds matches that all have the same size."""

    def __init__(self, shape: Shape, align: int, libc: Libc) -> None:
        self._size, self._align = shape.max_size, align
        self._probes = _probes(shape, align, libc)
        self._check = check_of(shape)
        self._dense = DenseFinder(shape, align)
        self._crowded = not self._probes

    def find(self, stack: Haystack, span: Span) -> Iterator[Batch]:
        """Yield the matches; see Finder."""
        low, last = span.low, min(span.high - 1, span.end - self._size)
        if not self._crowded:
            offsets, low = self._sparse(stack, low, last)
            yield Batch([at + stack.origin for at in offsets], self._size)
            self._crowded = low <= last
        if low > last:
            return
        count = 0
        for batch in self._dense.find(stack, low, last):
            count += len(batch.addresses)
            yield batch
        self._crowded = not self._probes or count * _CROWDED > last - low

    def _sparse(self, stack: Haystack, low: int, last: int) -> tuple[list[int], int]:
        """Return the matches from `low` on, and up to where (not included) it looked: `last`, or less."""
        end, offsets = last + 1, []
        for probe in self._probes:
            found, reached = self._walk(probe, stack, low, end - 1)
            offsets += found
            end = min(end, reached)
        if len(self._probes) > 1:
            offsets = sorted(at for at in offsets if at < end)
        return offsets, end

    def _walk(self, probe: Probe, stack: Haystack, low: int, last: int) -> tuple[list[int], int]:
        """Check the candidates of one probe, until the end or until they are too many."""
        data, place, origin, check = stack.data, stack.place, stack.origin, self._check
        found, count, at = [], 0, low
        while at <= last:
            anchor = probe.next(place, at + probe.offset, last + probe.offset)
            if anchor is None:
                break
            at = anchor - probe.offset
            if (at + origin) % self._align == 0 and (check is None or check(data, at)):
                found.append(at)
            at += probe.step
            count += 1
            if count >= _SAMPLE and at - low < count * _CROWDED:
                return found, at
        return found, last + 1


class FoldedFinder:
    """Finds text of either case: its anchor in a copy without ASCII capitals, then the text itself."""

    def __init__(self, shape: Shape, align: int, libc: Libc) -> None:
        self._size = size = shape.max_size
        (anchor,) = shape.anchors
        after = size - anchor.offset - len(anchor.literal)
        around = b".{%d}%b.{%d}" % (anchor.offset, re.escape(anchor.literal), after)
        candidate = Shape(size, around, size, flags=re.DOTALL, anchors=shape.anchors)
        self._candidates = FixedFinder(candidate, align, libc)
        self._match = shape.compile().match

    def find(self, stack: Haystack, span: Span) -> Iterator[Batch]:
        """Yield the matches; see Finder."""
        data, match, origin, size = stack.data, self._match, stack.origin, self._size
        low, high = span.low, min(span.high, span.end - size + 1)
        if low >= high:
            return
        copy = data[low : high + size - 1].lower()
        folded = Haystack(copy, address_of(copy), origin + low)
        for batch in self._candidates.find(folded, Span(0, high - low, 0, len(copy))):
            found = [a for a in batch.addresses if match(data, a - origin, a - origin + size) is not None]
            yield Batch(found, size)


def _probes(shape: Shape, align: int, libc: Libc) -> list[Probe]:
    """Return a probe for each anchor, or none unless there is one for all."""
    if shape.literal is not None:
        probes = [literal_probe(shape.literal, shape.anchors[0], align, libc)]
    else:
        probes = [probe_for(anchor, align, libc) for anchor in shape.anchors]
    known = [probe for probe in probes if probe is not None]
    return known if len(known) == len(probes) else []
