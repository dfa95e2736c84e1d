"""Which blocks point to which: the links of millions of blocks in little memory, and what they lead to."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from itertools import compress
from typing import Any, NamedTuple, Protocol

from ..arch import Arch
from ..blocks.memory import native_words
from ..blocks.table import BlockTable
from ..search.patterns.word_set import WordSet
from ..watch import UNWATCHED, Watch
from .word_walk import WordRun

# Steps between two checks whether the user interrupts.
BETWEEN_CHECKS = 1 << 15


class Links(NamedTuple):
    """The links of numbered blocks: those of block N are `targets[offsets[N]:offsets[N + 1]]`."""

    offsets: Sequence[int]
    targets: Sequence[int]

    def of(self, number: int) -> Sequence[int]:
        """Return the numbers of the blocks that one points to; those it points to twice are there twice."""
        return self.targets[self.offsets[number] : self.offsets[number + 1]]


class LinkFinder(Protocol):
    """Finds the blocks in use that words point to: anywhere into a block counts."""

    def targets(self, run: WordRun) -> Iterable[int]:
        """Return the numbers of the blocks that the words point to, in any order, some perhaps twice."""

    def links(self, runs: Iterable[WordRun]) -> Links:
        """Return the links between blocks, of runs that come in order and cover them."""

    def mark(self, links: Links, seeds: Iterable[int], marked: bytearray, watch: Watch = UNWATCHED) -> None:
        """Make 1 the marks of the seeds, and of all that they lead to over blocks that aren't marked yet."""

    def bytes_of(self, chosen: bytes | bytearray) -> int:
        """Return the bytes in the blocks whose marks are 1."""


class PlainLinkFinder:
    """Finds links with nothing but Python."""

    def __init__(self, table: BlockTable, arch: Arch, wanted: WordSet) -> None:
        """Take the blocks, and the words that may point to any."""
        self._table, self._arch = table, arch
        self._low, self._high = (wanted.ranges[0][0], wanted.ranges[-1][1]) if wanted.ranges else (1, 0)

    def targets(self, run: WordRun) -> Iterator[int]:
        """Yield the blocks that words point to; see LinkFinder."""
        return (target for _, target in self._pointers(run))

    def links(self, runs: Iterable[WordRun]) -> Links:
        """Return the links between blocks; see LinkFinder."""
        table, word = self._table, self._arch.word_size
        offsets, targets = array("I", [0]), array("I")
        for run in runs:
            for index, target in self._pointers(run):
                source = self._table.used_at(run.address + index * word)
                if source is not None:
                    offsets.extend([len(targets)] * (source + 1 - len(offsets)))
                    targets.append(target)
        offsets.extend([len(targets)] * (len(table) + 1 - len(offsets)))
        return Links(offsets, targets)

    def mark(self, links: Links, seeds: Iterable[int], marked: bytearray, watch: Watch = UNWATCHED) -> None:
        """Mark what the seeds lead to; see LinkFinder."""
        mark_deep(links, first_of(seeds, marked), marked, watch)

    def bytes_of(self, chosen: bytes | bytearray) -> int:
        """Return the bytes in the blocks whose marks are 1."""
        return sum(compress(self._table.sizes, chosen))

    def _pointers(self, run: WordRun) -> Iterator[tuple[int, int]]:
        """Yield which of the words point to a block in use, and to which."""
        content = run.data[run.offset : run.offset + run.length * self._arch.word_size]
        words: Iterable[int] = native_words(content, self._arch)
        if self._arch.ignored_bits:
            words = map(self._arch.untagged, words)
        low, high = self._low, self._high
        for index, value in [pair for pair in enumerate(words) if low <= pair[1] <= high]:
            target = self._table.used_at(value)
            if target is not None:
                yield index, target


def first_of(seeds: Iterable[int], marked: bytearray) -> list[int]:
    """Mark the seeds; return those that weren't marked."""
    first = []
    for seed in seeds:
        if not marked[seed]:
            marked[seed] = 1
            first.append(seed)
    return first


def mark_deep(
    links: Links, frontier: list[int], marked: MutableSequence[int], watch: Watch, most: int | None = None
) -> None:
    """Mark what the blocks of the frontier, which are marked, lead to; leave in it what is still to be done.

    With `most`, end once it has that many blocks, or nothing is left.
    """
    offsets: Any
    offsets, targets = links
    steps = 0
    while frontier and (most is None or len(frontier) < most):
        number = frontier.pop()
        for target in targets[offsets[number] : offsets[number + 1]]:
            if not marked[target]:
                marked[target] = 1
                frontier.append(target)
        steps += 1
        if steps % BETWEEN_CHECKS == 0:
            watch.check()
