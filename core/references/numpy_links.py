"""Finds links between blocks with numpy, many at a time, where it is installed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..arch import ORDER_CODES, Arch
from ..blocks.block import USED
from ..blocks.table import BlockTable
from ..search.patterns.word_set import WordSet
from ..watch import UNWATCHED, Watch
from .links import Links, mark_deep
from .word_walk import WordRun

# Below so many blocks at once, one step of numpy costs more than Python's own; chains are that narrow.
_NARROW, _WIDE = 64, 1024
# More ranges than this are first narrowed down to what lies between the lowest and the highest.
_FEW_RANGES = 4


class NumpyLinkFinder:
    """Finds what PlainLinkFinder does."""

    def __init__(self, table: BlockTable, arch: Arch, wanted: WordSet, numpy: Any) -> None:
        """Take the blocks, and the words that may point to any."""
        self._numpy = numpy
        self._type = numpy.dtype(f"{ORDER_CODES[arch.endian]}u{arch.word_size}")
        self._word, self._ignored = arch.word_size, arch.ignored_bits
        self._starts = numpy.frombuffer(table.starts, numpy.uint64)
        self._sizes = numpy.frombuffer(table.sizes, numpy.uint64)
        self._states = numpy.frombuffer(table.states, numpy.uint8)
        whole = (wanted.ranges[0][0], wanted.ranges[-1][1])
        ranges = wanted.ranges if len(wanted.ranges) <= _FEW_RANGES else (whole,)
        self._ranges = [(self._type.type(low), self._type.type(high - low)) for low, high in ranges]

    def targets(self, run: WordRun) -> list[int]:
        """Return the blocks that words point to; see LinkFinder."""
        found: list[int] = self._numpy.unique(self._pointers(run)[1]).tolist()
        return found

    def links(self, runs: Iterable[WordRun]) -> Links:
        """Return the links between blocks; see LinkFinder."""
        numpy = self._numpy
        counts = numpy.zeros(len(self._starts) + 1, numpy.uint32)
        parts = [numpy.zeros(0, numpy.uint32)]
        for run in runs:
            places, targets = self._pointers(run)
            addresses = places.astype(numpy.uint64) * numpy.uint64(self._word) + numpy.uint64(run.address)
            sources, is_in = self._blocks(addresses)
            sources = sources[is_in]
            if len(sources):
                first = int(sources[0])
                counted = numpy.bincount(sources - first)
                counts[first + 1 : first + 1 + len(counted)] += counted.astype(numpy.uint32)
                parts.append(targets[is_in])
        numpy.cumsum(counts, out=counts)
        return Links(memoryview(counts), memoryview(numpy.concatenate(parts)))

    def mark(self, links: Links, seeds: Iterable[int], marked: bytearray, watch: Watch = UNWATCHED) -> None:
        """Mark what the seeds lead to; see LinkFinder.

        Step by step outwards, and along narrow chains, which may have millions of steps, in Python.
        """
        numpy = self._numpy
        offsets = numpy.frombuffer(links.offsets, numpy.uint32)
        targets = (
            numpy.frombuffer(links.targets, numpy.uint32) if len(links.targets) else numpy.zeros(0, "u4")
        )
        marks = numpy.frombuffer(marked, numpy.uint8)
        frontier = numpy.unique(numpy.array(list(seeds), numpy.uint32))
        frontier = frontier[marks[frontier] == 0]
        marks[frontier] = 1
        while len(frontier):
            watch.check()
            if len(frontier) < _NARROW:
                chain = frontier.tolist()
                mark_deep(links, chain, marked, watch, _WIDE)
                frontier = numpy.array(chain, numpy.uint32)
                if not chain:
                    return
            found = self._targets_of(frontier, offsets, targets)
            found = numpy.unique(found[marks[found] == 0])
            marks[found] = 1
            frontier = found

    def bytes_of(self, chosen: bytes | bytearray) -> int:
        """Return the bytes in the blocks whose marks are 1."""
        return int(self._sizes[self._numpy.frombuffer(chosen, self._numpy.bool_)].sum())

    def _targets_of(self, blocks: Any, offsets: Any, targets: Any) -> Any:
        """Return all that these blocks point to."""
        numpy = self._numpy
        first = offsets[blocks].astype(numpy.int64)
        counts = offsets[blocks + numpy.uint32(1)].astype(numpy.int64) - first
        ends = numpy.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        return targets[numpy.repeat(first - (ends - counts), counts) + numpy.arange(total)]

    def _pointers(self, run: WordRun) -> tuple[Any, Any]:
        """Return which of the words point to a block in use, and to which."""
        numpy = self._numpy
        words = numpy.frombuffer(run.data, self._type, run.length, run.offset)
        if self._ignored:
            words = self._untagged(words)
        # Unsigned, what lies below `low` wraps around to above any width.
        is_near = (words - self._ranges[0][0]) <= self._ranges[0][1]
        for low, width in self._ranges[1:]:
            is_near |= (words - low) <= width
        places = numpy.flatnonzero(is_near)
        values = words[places].astype(numpy.uint64)
        # In order, as what lies near is looked up together: five times as fast among millions of blocks.
        order = numpy.argsort(values)
        numbers, is_in = self._blocks(values[order])
        found = numpy.empty(len(values), numpy.int64)
        found[order] = numpy.where(is_in, numbers, -1)
        is_in = found >= 0
        return places[is_in], found[is_in].astype(numpy.uint32)

    def _blocks(self, addresses: Any) -> tuple[Any, Any]:
        """Return the numbers of the blocks at or below addresses, and whether they lie in these, in use."""
        numpy = self._numpy
        numbers = numpy.searchsorted(self._starts, addresses, "right") - 1
        near = numpy.maximum(numbers, 0)
        is_in = (addresses - self._starts[near]) < self._sizes[near]
        is_in &= (numbers >= 0) & (self._states[near] == USED)
        return near, is_in

    def _untagged(self, words: Any) -> Any:
        """Return addresses without tags; see Arch.untagged."""
        numpy = self._numpy
        ignored = numpy.uint64(self._ignored)
        decides = numpy.uint64(55 if self._ignored >> 63 else 63)
        words = words.astype(numpy.uint64)
        is_high = (words >> decides) & numpy.uint64(1) == 1
        return numpy.where(is_high, words | ignored, words & ~ignored)
