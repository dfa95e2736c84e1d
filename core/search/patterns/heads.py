"""Heads: the sets of bytes with which every match of a pattern begins, one set for each byte.

A head says less than its pattern, never more: whatever matches has it. `hex 48 8b ?? 0? f0 11` is all head;
`re [A-Z]{4}-[0-9]+` has one of six sets. So a library that knows nothing of Python's expressions can look for
heads, and the pattern decides about what it finds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .parsed import REPEATS, Item, items_of, members_of, parsed
from .shape import Shape

# Sets of a head at most: more make it no rarer, and take a library longer to prepare; sets of several bytes
# take a hundred times as long as single ones.
_LONGEST, _LONGEST_OF_SETS = 32, 16
# A head that random bytes have more often than once in 2 ** this is no help.
_LEAST_BITS = 12.0

_ONE_BYTE = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY"})
_NO_WIDTH = frozenset({"AT", "ASSERT", "ASSERT_NOT"})


class Head(NamedTuple):
    """The sets of bytes, in ascending order each, that a match begins with.

    `is_all`: what has them is a match, and nothing else needs to be looked at.
    """

    sets: tuple[bytes, ...]
    is_all: bool = False

    @property
    def bits(self) -> float:
        """The binary logarithm of how many random bytes there are to one place that fits."""
        return sum(8 - math.log2(len(members)) for members in self.sets)


def _rare(head: Head) -> Head | None:
    """Return the head as long as is looked for; None if it isn't rare, or if nothing can match."""
    longest = _LONGEST if all(len(members) == 1 for members in head.sets) else _LONGEST_OF_SETS
    sets, is_all = head.sets[:longest], head.is_all and len(head.sets) <= longest
    while sets and len(sets[-1]) == 256 and not is_all:
        sets = sets[:-1]
    cut = Head(sets, is_all)
    return cut if all(sets) and cut.bits >= _LEAST_BITS else None


class _Prefix(NamedTuple):
    """Sets that something begins with; `ends` if it has no other bytes, `exact` if nothing else decides."""

    sets: tuple[bytes, ...]
    ends: bool
    exact: bool = True


_UNKNOWN = _Prefix((), False, False)


class HeadReader:
    """Reads heads; it remembers sets, which are the same in many patterns."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def head_of(self, shape: Shape) -> Head | None:
        """Return the head of a pattern's matches, or None if it has none that is rare enough to look for."""
        if shape.literal is not None:
            part = shape.literal[:_LONGEST]
            return _rare(Head(tuple(bytes([byte]) for byte in part), len(part) == len(shape.literal)))
        try:
            head = self._read(shape.regex, shape.flags)
        except RecursionError:
            return None
        # What only comes close to its words doesn't decide.
        return None if head is None else _rare(head._replace(is_all=head.is_all and shape.exact))

    def _read(self, expression: bytes, flags: int) -> Head | None:
        """Return how the matches of an expression begin; None if the locale decides or it can't be told."""
        found = parsed(expression, flags)
        if found is None or found.flags & re.LOCALE:
            return None
        prefix = self._sequence(found.items, found.flags)
        return Head(prefix.sets, prefix.ends and prefix.exact)

    def _sequence(self, items: Iterable[tuple[Any, Any]], flags: int) -> _Prefix:
        sets: tuple[bytes, ...] = ()
        exact = True
        for item in items_of(items):
            found = self._item(item, flags)
            sets += found.sets
            exact = exact and found.exact
            if not found.ends or len(sets) > _LONGEST:
                return _Prefix(sets, False, False)
        return _Prefix(sets, True, exact)

    def _item(self, item: Item, flags: int) -> _Prefix:
        if item.name in _ONE_BYTE:
            return _Prefix((self._members(item, flags),), True)
        if item.name in _NO_WIDTH:
            return _Prefix((), True, False)
        if item.name == "BRANCH":
            return _either([self._sequence(way, flags) for way in item.argument[1]])
        if item.name in REPEATS:
            least, most, inner = item.argument
            return self._repeat(inner, least, most, flags)
        return self._group(item, flags)

    def _group(self, item: Item, flags: int) -> _Prefix:
        if item.name == "ATOMIC_GROUP":
            return self._sequence(item.argument, flags)
        if item.name != "SUBPATTERN" or item.argument[1] & re.LOCALE:
            return _UNKNOWN
        _, added, removed, inner = item.argument
        return self._sequence(inner, (flags | added) & ~removed)

    def _repeat(self, inner: Iterable[tuple[Any, Any]], least: int, most: int, flags: int) -> _Prefix:
        once = self._sequence(inner, flags)
        if not least:
            return _UNKNOWN
        if not once.ends:
            return once
        copies = min(least, _LONGEST + 1)
        return _Prefix(once.sets * copies, least == most == copies, once.exact)

    def _members(self, item: Item, flags: int) -> bytes:
        key = f"{flags} {item}"
        if key not in self._known:
            self._known[key] = members_of(item, flags)
        return self._known[key]


def _either(ways: Sequence[_Prefix]) -> _Prefix:
    """Return how one of several ways begins: the union of their sets, as far as all of them have some."""
    columns = list(zip(*(way.sets for way in ways)))
    ends = all(way.ends for way in ways) and len({len(way.sets) for way in ways}) == 1
    # With two columns that differ, the union holds what mixes the ways.
    mixed = sum(len(set(column)) > 1 for column in columns) > 1
    sets = tuple(bytes(sorted(set().union(*column))) for column in columns)
    return _Prefix(sets, ends, ends and not mixed and all(way.exact for way in ways))
