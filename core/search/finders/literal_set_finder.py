"""Finds very many literals in one pass over memory, whose time hardly depends on their number.

Every place of a literal has a word of its bytes at a multiple of the word's size, if the literal is long
enough. So memory is read as such words, and each is looked up among those that the literals have; shorter
literals take one pass for each remainder. One set operation dismisses a whole block that has none of
them; or numpy, where it is installed, picks the words that may be some.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator
from math import gcd
from typing import Any, NamedTuple, Protocol

from ...arch import UNSIGNED_CODES
from ..hits.hits import Batch
from .haystack import Haystack, MatchSpan

# Sizes in bytes of the words that are looked up, the better one first.
_WIDTHS = (8, 4)
# Words that fill real memory would make every other place a candidate.
_COMMON = b"\x00\xff\x20"
# Words looked up at a time.
_BLOCK = 512
# The same with numpy (which looks them up by the high bits of a product: Knuth's multiplicative hashing).
_WIDE_BLOCK = 1 << 16
_FACTOR = {8: 0x9E3779B97F4A7C15, 4: 0x9E3779B1}
_HASH_BITS = 18
# With this many literals one pass over words of this size is faster than memmem(3) for each (measured); two
# passes, for two remainders, take twice as many, and so on.
_WORTHWHILE = {8: 16, 4: 32}
MANY = min(_WORTHWHILE.values())


class Literal(NamedTuple):
    """A literal, the number of its pattern, and of what its addresses are a multiple."""

    number: int
    content: bytes
    align: int


class LiteralEntry(NamedTuple):
    """A literal and the offset in it of the word under which it is known."""

    literal: Literal
    offset: int


class Lane(NamedTuple):
    """The words of a size at addresses that leave the same remainder when divided by it."""

    size: int
    remainder: int


class Plan(NamedTuple):
    """How a literal is found: in each of the lanes, by its words at these offsets."""

    lanes: tuple[Lane, ...]
    offsets: tuple[int, ...]


def plan_for(literal: Literal) -> Plan | None:
    """Return how to find the literal among many, or None where memmem(3) is better."""
    content, size = literal.content, len(literal.content)
    for width in _WIDTHS:
        step = gcd(literal.align, width)
        offsets = tuple(range(0, width, step))
        if size >= 2 * width - step and all(_is_rare(content[o : o + width]) for o in offsets):
            return Plan((Lane(width, 0),), offsets)
    step = gcd(literal.align, 4)
    rare = [at for at in range(min(size, 64) - 3) if _is_rare(content[at : at + 4])]
    if not rare:
        return None
    offset = max(rare, key=lambda at: len(set(content[at : at + 4])))
    return Plan(tuple(Lane(4, (rest + offset) % 4) for rest in range(0, 4, step)), (offset,))


def split_off(literals: Iterable[Literal], numpy: Any = None) -> tuple[list[LiteralSetFinder], set[int]]:
    """Return finders for the literals that are numerous enough for one, and these literals' numbers."""
    by_lanes: dict[tuple[Lane, ...], list[tuple[Literal, Plan]]] = {}
    for literal in literals:
        plan = plan_for(literal)
        if plan is not None:
            by_lanes.setdefault(plan.lanes, []).append((literal, plan))
    chosen = [
        pair
        for lanes, pairs in by_lanes.items()
        if len(pairs) >= _WORTHWHILE[lanes[0].size] * len(lanes)
        for pair in pairs
    ]
    return ([LiteralSetFinder(chosen, numpy)] if chosen else []), {literal.number for literal, _ in chosen}


class LiteralSetFinder:
    """Finds literals; their hits are in one order."""

    def __init__(self, planned: Iterable[tuple[Literal, Plan]], numpy: Any = None) -> None:
        self._lanes: dict[Lane, dict[int, list[LiteralEntry]]] = {}
        for literal, plan in planned:
            for lane in plan.lanes:
                known = self._lanes.setdefault(lane, {})
                for offset in plan.offsets:
                    word = int.from_bytes(literal.content[offset : offset + lane.size], sys.byteorder)
                    known.setdefault(word, []).append(LiteralEntry(literal, offset))
        self._lookups: dict[Lane, Lookup] = {
            lane: _SetLookup(lane.size, known) if numpy is None else _WideLookup(lane.size, known, numpy)
            for lane, known in self._lanes.items()
        }

    def find(self, haystack: Haystack, span: MatchSpan) -> list[Batch]:
        """Return the matches that begin in the span; see Finder."""
        hits = sorted(hit for lane in self._lanes for hit in self._find(haystack, span, lane))
        if not hits:
            return []
        addresses, patterns, sizes = ([hit[n] for hit in hits] for n in range(3))
        return [Batch(addresses, sizes, patterns)]

    def _find(self, haystack: Haystack, span: MatchSpan, lane: Lane) -> Iterator[tuple[int, int, int]]:
        """Yield address, number and size of each match that is found in a lane."""
        data, origin, known = haystack.data, haystack.origin, self._lanes[lane]
        for at, word in self._candidates(haystack, span, lane):
            for (number, content, align), offset in known[word]:
                place = at - offset
                end = place + len(content)
                is_inside = span.low <= place < span.high and end <= span.end
                if is_inside and data[place:end] == content and (place + origin) % align == 0:
                    yield place + origin, number, len(content)

    def _candidates(self, haystack: Haystack, span: MatchSpan, lane: Lane) -> Iterator[tuple[int, int]]:
        """Yield the offsets of the words of a lane that literals have, and the words."""
        size, lookup = lane.size, self._lookups[lane]
        first = span.low + (lane.remainder - span.low - haystack.origin) % size
        block = size * lookup.block
        with memoryview(haystack.data) as data:
            for at in range(first, span.end - size + 1, block):
                end = min(at + block, span.end - (span.end - at) % size)
                yield from ((at + n * size, word) for n, word in lookup.find(data[at:end]))


class Lookup(Protocol):
    """Finds words of a set in memory."""

    block: int

    def find(self, part: memoryview) -> Iterable[tuple[int, int]]:
        """Return those of at most `block` words that are in the set, each after its number."""


class _SetLookup:
    block = _BLOCK

    def __init__(self, size: int, words: Iterable[int]) -> None:
        self._code = UNSIGNED_CODES[size]
        self._words = frozenset(words)
        self._zeros = None if 0 in self._words else bytes(size * _BLOCK)

    def find(self, part: memoryview) -> Iterable[tuple[int, int]]:
        content = part.tobytes()
        if content == self._zeros:
            return ()
        values: list[int] = array(self._code, content).tolist()
        if self._words.isdisjoint(values):
            return ()
        return [(number, value) for number, value in enumerate(values) if value in self._words]


class _WideLookup:
    block = _WIDE_BLOCK

    def __init__(self, size: int, words: Iterable[int], numpy: Any) -> None:
        self._numpy, self._words = numpy, frozenset(words)
        self._type = numpy.dtype(f"u{size}")
        self._factor, self._shift = self._type.type(_FACTOR[size]), self._type.type(8 * size - _HASH_BITS)
        self._may_be = numpy.zeros(1 << _HASH_BITS, bool)
        self._may_be[self._hashes(numpy.array(list(self._words), self._type))] = True

    def find(self, part: memoryview) -> Iterable[tuple[int, int]]:
        values = self._numpy.frombuffer(part, self._type)
        numbers = self._numpy.flatnonzero(self._may_be[self._hashes(values)])
        pairs = zip(numbers.tolist(), values[numbers].tolist())
        return [(number, value) for number, value in pairs if value in self._words]

    def _hashes(self, values: Any) -> Any:
        return (values * self._factor) >> self._shift


def _is_rare(word: bytes) -> bool:
    return not (word[0] in _COMMON and word.count(word[0]) == len(word))
