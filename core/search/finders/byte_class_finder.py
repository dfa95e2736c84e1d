"""Finds words in ranges by classes of bytes, where there is no numpy to compare the words themselves.

A range of words comes down to a few groups of a kind that one `bytes.translate` makes a literal of: some
fixed high bytes, and below them one byte of a set. 1000..2000, of 32 bits in little-endian order, are `.azz`
where `a` is a byte of 3..7 and `z` a zero. Groups are kept from holding zero unless the range does, for zeros
are everywhere. That costs about 1 ns a byte whatever memory holds, and 0.1 us a match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...arch import words_layout
from ...byte_order import LITTLE
from ..hits.hits import Batch
from ..patterns.anchors import Anchor, Anchors
from ..patterns.word_set import WordSet
from .haystack import Haystack
from .overlapping_regex import consume

# Bytes scanned at a time: they stay in the cache, and bound how long an interrupt waits.
_BLOCK = 1 << 16
# Groups at most: each takes a pass, so with more of them one expression for all is faster.
_MOST_GROUPS = 8
_MOST_ANCHORS = 16


class WordGroup(NamedTuple):
    """Words with these high bytes, the most significant first, then one of `values`, then anything.

    Unless it `is_exact`, there are words among them that don't belong to the set.
    """

    prefix: bytes
    values: frozenset[int]
    is_exact: bool


class _Scan(NamedTuple):
    """How a group is found: a translation, an expression over the result, and its offset in the word."""

    table: bytes
    expression: re.Pattern[bytes]
    offset: int
    size: int
    is_exact: bool


def groups_of(words: WordSet) -> tuple[WordGroup, ...]:
    """Return groups that together hold all of the words; () if they are too many, or one has no prefix.

    What is known of a word is then so little that an expression is as fast.
    """
    found: dict[bytes, WordGroup] = {}
    for low, high in words.ranges:
        for group in _groups(low, high, words.size):
            old = found.get(group.prefix, group)
            found[group.prefix] = WordGroup(
                group.prefix, old.values | group.values, old.is_exact and group.is_exact
            )
            if len(found) > _MOST_GROUPS or not group.prefix:
                return ()
    return tuple(found.values())


def _groups(low: int, high: int, size: int) -> Iterator[WordGroup]:
    """Yield the groups that one range takes, with zero only if it is in the range."""
    place = max(0, ((low ^ high).bit_length() - 1) // 8)
    unit = 1 << (8 * place)
    if 0 < low < unit:
        yield from _groups(low, unit - 1, size)
        low = unit
    prefix = (high >> (8 * place + 8)).to_bytes(size - place - 1, "big")
    values = frozenset(range(low // unit % 256, high // unit % 256 + 1))
    yield WordGroup(prefix, values, low % unit == 0 and (high + 1) % unit == 0)


def single_bytes(words: WordSet) -> Anchors:
    """Return single bytes of which every word has one at its place, if there are such, few and no zeros.

    In memory full of zeros these are rarer than high bytes, which are zeros too.
    """
    groups = groups_of(words)
    anchors = tuple(
        Anchor(bytes([value]), _offset(words, len(group.prefix), 1))
        for group in groups
        for value in sorted(group.values)
    )
    return anchors if len(anchors) <= _MOST_ANCHORS and all(a.literal != b"\0" for a in anchors) else ()


class ByteClassFinder:
    """Finds the words of a set at offsets `low`..`last` of a haystack, one group after the other."""

    def __init__(self, words: WordSet, groups: Iterable[WordGroup], align: int) -> None:
        self._words, self._align = words, align
        self._scans = [_scan(words, group) for group in groups]
        self._value_at = words_layout(words.size, words.endian).unpack_from

    def find(self, haystack: Haystack, low: int, last: int) -> Batch:
        """Return the matches in order."""
        addresses: list[int] = []
        for start in range(low, last + 1, _BLOCK):
            end = min(last + 1, start + _BLOCK)
            found = self._find(haystack.data[start : end + self._words.size - 1], start + haystack.origin)
            addresses += found
        return Batch(addresses, self._words.size)

    def _find(self, data: bytes, origin: int) -> list[int]:
        """Return the matches in a block that holds all of their words."""
        addresses: list[int] = []
        for scan in self._scans:
            translated, shift = data.translate(scan.table), origin - scan.offset
            last = len(data) - (self._words.size - scan.offset - scan.size)
            found = [
                match.start() + shift for match in scan.expression.finditer(translated, scan.offset, last)
            ]
            if self._align > 1:
                found = [address for address in found if address % self._align == 0]
            addresses += found if scan.is_exact else self._checked(data, origin, found)
        # Words of two inexact groups may be the same ones.
        return sorted(set(addresses)) if len(self._scans) > 1 else addresses

    def _checked(self, data: bytes, origin: int, addresses: list[int]) -> list[int]:
        value_at, words = self._value_at, self._words
        if len(words.ranges) > 1:
            return [address for address in addresses if value_at(data, address - origin)[0] in words]
        ((low, high),) = words.ranges
        return [address for address in addresses if low <= value_at(data, address - origin)[0] <= high]


def _scan(words: WordSet, group: WordGroup) -> _Scan:
    """Return the scan for a group: each fixed byte is a class of its own, and so is the set."""
    fixed = sorted(set(group.prefix))
    table = bytearray(256)
    for number, value in enumerate(fixed, 1):
        table[value] = number
    classes = bytes(table[value] for value in group.prefix)
    if group.values.isdisjoint(fixed):
        own = len(fixed) + 1
        for value in group.values:
            table[value] = own
        classes += bytes([own])
        is_exact = group.is_exact
    else:
        is_exact = group.is_exact and len(group.values) == 256  # else the set is checked afterwards
    if words.endian == LITTLE:
        classes = classes[::-1]
    offset = _offset(words, 0, len(classes))
    return _Scan(bytes(table), re.compile(consume(classes)[0]), offset, len(classes), is_exact)


def _offset(words: WordSet, first: int, size: int) -> int:
    """Return where in memory the `size` bytes lie that follow the `first` high bytes of a word."""
    return words.size - first - size if words.endian == LITTLE else first
