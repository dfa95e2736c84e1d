"""Blocks in use that no chain of pointers from a root reaches: leaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import count
from typing import NamedTuple

from ..blocks.block import USED, BlockTotal
from ..blocks.table import Blocks, BlockTable
from ..inferior import Inferior
from ..ranges import Range
from ..search.finders.numpy_finder import load_numpy
from ..search.patterns.word_set import WordSet
from ..walk.coverage import Coverage
from ..watch import UNWATCHED, Watch
from .holders import Holders
from .links import BETWEEN_CHECKS, LinkFinder, Links, PlainLinkFinder
from .numpy_links import NumpyLinkFinder
from .roots import Roots, roots_of
from .word_walk import WordWalk

# Translates states into whether a block is in the program's use, and marks into whether they are 0.
_IS_USED = bytes(state == USED for state in range(256))
_IS_NOT_MARKED = bytes(not mark for mark in range(256))


class Leader(NamedTuple):
    """A leaked block that no other leaked block holds, or one of a ring; and what only it holds.

    `held` are the blocks that it leads to; one that several lead to is counted with the first.
    """

    start: int
    size: int
    held: BlockTotal


class Leaks(NamedTuple):
    """What no chain from a root reaches, by its leaders in order of address.

    `by_other` is what only memory leads to of which nothing says whose it is: it counts as reached. `in_use`
    is all that is in use.
    """

    leaders: Sequence[Leader]
    total: BlockTotal
    by_other: BlockTotal
    in_use: BlockTotal
    roots: Roots
    has_registers: bool
    coverage: Coverage


def find_leaks(
    inferior: Inferior, blocks: Sequence[Blocks], watch: Watch = UNWATCHED, *, uses_numpy: bool = True
) -> Leaks:
    """Return the leaks among these blocks, which are those of the inferior.

    Memory is walked once. Raise Interrupted, and SourceError if the inferior is gone.
    """
    with inferior.moment():
        return _Search(inferior, blocks, watch, uses_numpy).leaks()


class _Search:
    """One search for leaks."""

    def __init__(self, inferior: Inferior, blocks: Sequence[Blocks], watch: Watch, uses_numpy: bool) -> None:
        self._inferior, self._watch, self._blocks = inferior, watch, blocks
        self._table = _joined(blocks)
        self._roots = roots_of(inferior, blocks, watch)
        self._regions = [Range(region.start, region.end) for one in blocks for region in one.regions]
        self._regions.sort()
        known = (*self._regions, *self._roots.proven, *self._roots.other)
        size = sum(part.size for part in known)
        self._walk = WordWalk(inferior, watch, size)
        self._finder = self._link_finder(size, uses_numpy)
        self._unused = sum(part.size for part in self._roots.unused)

    def leaks(self) -> Leaks:
        """Return what is found."""
        links = self._finder.links(self._walk.runs(self._regions))
        registers = list(Holders(self._inferior, self._blocks, self._watch).registers())
        marked = bytearray(len(self._table))
        self._finder.mark(links, self._in_registers(word.value for word in registers), marked, self._watch)
        self._mark_from(self._roots.proven, links, marked)
        proven = BlockTotal(marked.count(1), self._finder.bytes_of(marked))
        self._mark_from(self._roots.other, links, marked)
        reached = BlockTotal(marked.count(1), self._finder.bytes_of(marked))
        used = self._table.states.translate(_IS_USED)
        leaked = _exclusive_or(used, marked)
        in_use = BlockTotal(used.count(1), self._finder.bytes_of(used))
        return Leaks(
            list(leaders_among(self._table, links, leaked, self._watch)),
            in_use.without(reached),
            reached.without(proven),
            in_use,
            self._roots,
            self._inferior.target.registers is not None,
            self._walk.coverage.in_order().widened((), self._unused),
        )

    def _link_finder(self, size: int, uses_numpy: bool) -> LinkFinder:
        arch = self._inferior.arch
        wanted = WordSet.of(arch.word_size, arch.endian, [(one.start, one.end - 1) for one in self._regions])
        numpy = load_numpy(size) if uses_numpy else None
        if numpy is None or not len(self._table):
            return PlainLinkFinder(self._table, arch, wanted)
        return NumpyLinkFinder(self._table, arch, wanted, numpy)

    def _in_registers(self, values: Iterable[int]) -> Iterator[int]:
        for value in values:
            number = self._table.used_at(self._inferior.arch.untagged(value))
            if number is not None:
                yield number

    def _mark_from(self, ranges: Iterable[Range], links: Links, marked: bytearray) -> None:
        for run in self._walk.runs(ranges):
            self._finder.mark(links, self._finder.targets(run), marked, self._watch)


def _joined(blocks: Sequence[Blocks]) -> BlockTable:
    """Return the blocks of all allocators as one table."""
    if len(blocks) == 1:
        return blocks[0].table
    joined = BlockTable()
    tables = [zip(one.table.starts, one.table.sizes, one.table.states) for one in blocks]
    for block in merge(*tables):
        joined.add(*block)
    return joined


def _exclusive_or(one: bytes | bytearray, other: bytes | bytearray) -> bytes:
    """Return the exclusive or of two rows of marks: as whole numbers, for they have millions."""
    return (int.from_bytes(one, "little") ^ int.from_bytes(other, "little")).to_bytes(len(one), "little")


def leaders_among(
    table: BlockTable, links: Links, leaked: bytes, watch: Watch = UNWATCHED
) -> Iterator[Leader]:
    """Yield the leaders among the leaked blocks, by their marks, in order of address. Raise Interrupted."""
    done = bytearray(leaked.translate(_IS_NOT_MARKED))
    held = bytearray(len(done))
    for number in _marked(leaked, watch):
        for target in links.of(number):
            if target != number:
                held[target] = 1
    first = [number for number in _marked(leaked, watch) if not held[number]]
    leaders = [_led(table, links, number, done, watch) for number in first]
    # What is left are rings, and what they lead to.
    rest = reversed(_finished(links, bytearray(done), watch))
    leaders += (_led(table, links, number, done, watch) for number in rest if not done[number])
    return iter(sorted(leaders))


def _led(table: BlockTable, links: Links, number: int, done: bytearray, watch: Watch) -> Leader:
    """Return a leader, and make done what it leads to and was not."""
    done[number] = 1
    found, at = [number], 0
    while at < len(found):
        for target in links.of(found[at]):
            if not done[target]:
                done[target] = 1
                found.append(target)
        at += 1
        if at % BETWEEN_CHECKS == 0:
            watch.check()
    held = BlockTotal(len(found) - 1, sum(table.sizes[one] for one in found[1:]))
    return Leader(table.starts[number], table.sizes[number], held)


def _finished(links: Links, done: bytearray, watch: Watch) -> list[int]:
    """Return the blocks that aren't done, each behind all that a walk in depth finds from it first.

    From the last on, the first that nothing before it leads to is in a ring that no other block leads into.
    """
    order: list[int] = []
    for first in _marked(done.translate(_IS_NOT_MARKED), watch):
        if done[first]:
            continue
        done[first] = 1
        path = [(first, iter(links.of(first)))]
        while path:
            number, targets = path[-1]
            target = next((one for one in targets if not done[one]), None)
            if target is None:
                order.append(number)
                path.pop()
            else:
                done[target] = 1
                path.append((target, iter(links.of(target))))
    return order


def _marked(marks: bytes | bytearray, watch: Watch) -> Iterator[int]:
    """Yield where marks are 1."""
    at = marks.find(1)
    for number in count(1):
        if at < 0:
            return
        yield at
        at = marks.find(1, at + 1)
        if number % BETWEEN_CHECKS == 0:
            watch.check()
