"""Finds the matches of one pattern in a haystack, by the way that is fastest there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from ...ranges import Range
from ..hits.hits import Batch
from ..patterns.anchors import is_lane
from ..patterns.shape import Shape
from .bulk_finder import BulkFinder, zero_batch
from .byte_class_finder import ByteClassFinder, groups_of, single_bytes
from .haystack import Haystack, MatchSpan
from .libc import Libc, address_of
from .numpy_finder import NumpyFinder
from .overlapping_regex import check_of
from .probes import BytesProbe, Probe, probe_for, word_probes
from .regex_finder import RegexFinder
from .zero_runs import split_at_zeros, zero_runs

# Candidates cost about a microsecond each when the C library finds and Python checks them. Where they
# come closer than this many bytes on average, an expression that finds and checks them is faster.
_CROWDED = 1536
_SAMPLE = 32


def _nothing() -> None:
    pass


class Tools(NamedTuple):
    """What finders may use: the C library, numpy if it is installed, and a check for interrupts.

    A finder that holds the thread for long calls `look` now and then, which raises what ends the search.
    """

    libc: Libc
    numpy: Any = None
    look: Callable[[], None] = _nothing


class Finder(Protocol):
    """Finds matches. It adapts to the memory that it has seen, so each thread has its own."""

    def find(self, haystack: Haystack, span: MatchSpan) -> list[Batch]:
        """Return the matches that begin in the span, in order of address; some batches may be empty."""


def finder_for(shape: Shape, align: int, tools: Tools) -> Finder:
    """Return a finder of matches at multiples of `align`."""
    if shape.size is None:
        return RegexFinder(shape, align, tools.libc, tools.look)
    if shape.fold and shape.anchors:
        return FoldedFinder(shape, align, tools)
    return FixedFinder(shape, align, tools)


class FixedFinder:
    """Finds matches that all have the same size."""

    def __init__(self, shape: Shape, align: int, tools: Tools) -> None:
        self._size, self._align = shape.max_size, align
        self._dense: BulkFinder | NumpyFinder | ByteClassFinder
        libc, groups = tools.libc, groups_of(shape.words) if shape.words else ()
        self._sets_zeros_aside = _is_slow_on_zeros(shape, align)
        if shape.words is not None and tools.numpy is not None:
            # That beats everything but a search for whole words.
            libc = libc._replace(memmem=None)
            self._dense = NumpyFinder(shape.words, align, tools.numpy)
            self._sets_zeros_aside = False
        elif shape.words is not None and groups:
            self._dense = ByteClassFinder(shape.words, groups, align)
        else:
            self._dense = BulkFinder(shape, align)
        # Where the first has many candidates, the second may have few.
        self._choices = [probes for probes in _choices(shape, align, libc) if probes]
        # An anchor that is all of a literal needs no look at the rest.
        is_all = shape.literal is not None and all(p.size == self._size for c in self._choices for p in c)
        self._check = None if is_all else check_of(shape)
        self._zero_size = shape.zero_match()
        self._crowded = False

    def find(self, haystack: Haystack, span: MatchSpan) -> list[Batch]:
        """Return the matches; see Finder."""
        last = min(span.high - 1, span.end - self._size)
        if not self._sets_zeros_aside:
            return self._find(haystack, span.low, last)
        batches = []
        runs = zero_runs(haystack.data, span.low, last + self._size)
        for part, is_zero in split_at_zeros(Range(span.low, last + 1), runs, 0, self._size):
            if not is_zero:
                batches += self._find(haystack, part.start, part.end - 1)
            elif self._zero_size is not None:
                start, end = part.start + haystack.origin, part.end + haystack.origin
                batches.append(zero_batch(start, end, self._align, self._size))
        return batches

    def _find(self, haystack: Haystack, low: int, last: int) -> list[Batch]:
        """Return the matches that begin at offsets `low`..`last`."""
        batches = []
        for probes in () if self._crowded else self._choices:
            offsets, low = self._sparse(probes, haystack, low, last)
            if offsets:
                batches.append(Batch([at + haystack.origin for at in offsets], self._size))
        if low <= last:
            found = self._dense.find(haystack, low, last)
            self._crowded = len(found.addresses) * _CROWDED > last - low
            batches.append(found)
        return batches

    def _sparse(
        self, probes: Sequence[Probe], haystack: Haystack, low: int, last: int
    ) -> tuple[list[int], int]:
        """Return the matches from `low` on, and up to where (not included) it looked: `last`, or less."""
        end, offsets = last + 1, []
        for probe in probes:
            found, reached = self._walk(probe, haystack, low, end - 1, _CROWDED * len(probes))
            offsets += found
            end = min(end, reached)
        if len(probes) > 1:
            offsets = sorted(at for at in offsets if at < end)
        return offsets, end

    def _walk(
        self, probe: Probe, haystack: Haystack, low: int, last: int, crowded: int
    ) -> tuple[list[int], int]:
        """Check the candidates of one probe, until the end or until there is one in every `crowded` bytes."""
        data, place, origin, check = haystack.data, haystack.place, haystack.origin, self._check
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
            if count >= _SAMPLE and at - low < count * crowded:
                return found, at
        return found, last + 1


class FoldedFinder:
    """Finds text of either case: its anchor in a copy without ASCII capitals, then the text itself."""

    def __init__(self, shape: Shape, align: int, tools: Tools) -> None:
        self._size = size = shape.max_size
        (anchor,) = shape.anchors
        after = size - anchor.offset - len(anchor.literal)
        around = b".{%d}%b.{%d}" % (anchor.offset, re.escape(anchor.literal), after)
        candidate = Shape(size, around, size, flags=re.DOTALL, anchors=shape.anchors)
        self._candidates = FixedFinder(candidate, align, tools)
        self._match = shape.compile().match

    def find(self, haystack: Haystack, span: MatchSpan) -> list[Batch]:
        """Return the matches; see Finder."""
        data, match, origin, size = haystack.data, self._match, haystack.origin, self._size
        low, high = span.low, min(span.high, span.end - size + 1)
        if low >= high:
            return []
        copy = data[low : high + size - 1].lower()
        folded = Haystack(copy, address_of(copy), origin + low)
        candidates = self._candidates.find(folded, MatchSpan(0, high - low, 0, len(copy)))
        addresses = (address for batch in candidates for address in batch.addresses)
        return [Batch([a for a in addresses if match(data, a - origin, a - origin + size) is not None], size)]


def _choices(shape: Shape, align: int, libc: Libc) -> Iterator[Sequence[Probe]]:
    """Yield sets of anchors, each of which covers all matches: where one set is common, try the next."""
    if shape.literal is not None:
        yield word_probes(shape.literal, align, libc)
        align = 1
    probes = [probe for anchor in shape.anchors for probe in [probe_for(anchor, align, libc)] if probe]
    yield probes if len(probes) == len(shape.anchors) else ()
    if shape.words is not None and libc.memmem is not None:
        yield [BytesProbe(anchor, libc.memmem) for anchor in single_bytes(shape.words)]


def _is_slow_on_zeros(shape: Shape, align: int) -> bool:
    """Return whether zeros are full of candidates for an anchor, or of bytes like the end of one."""
    if not shape.anchors:
        return True
    return any(
        anchor.literal[-1] == 0 and not is_lane(len(anchor.literal), anchor.offset, align)
        for anchor in shape.anchors
    )
