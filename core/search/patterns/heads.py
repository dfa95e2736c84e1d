"""Heads: the sets of bytes with which every match of a pattern begins, one set for each byte.

A head says less than its pattern, never more: whatever matches has it. `hex 48 8b ?? 0? f0 11` is all head;
`re [A-Z]{4}-[0-9]+` has one of six sets. So a library that knows nothing of Python's expressions can look for
heads, and the pattern decides about what it finds.
"""

from __future__ import annotations

import math
import re
import sys
import warnings
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from .shape import Shape

# Sets of a head at most: more make it no rarer, and take a library longer to prepare.
_LONGEST = 32
# A head that random bytes have more often than once in 2 ** this is no help.
_LEAST_BITS = 12.0

_ANY = bytes(range(256))
# What `re` parses an expression into is its own affair, whose names have been the same since Python 3.7.
_PARSER = "re._parser" if sys.version_info >= (3, 11) else "sre_parse"
_COMPILER = "re._compiler" if sys.version_info >= (3, 11) else "sre_compile"

_ONE_BYTE = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY"})
_NO_WIDTH = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})


class Head(NamedTuple):
    """The sets of bytes, in ascending order each, that a match has from `offset` on.

    `is_all`: nothing else needs to be looked at.
    """

    sets: tuple[bytes, ...]
    offset: int = 0
    is_all: bool = False

    @property
    def bits(self) -> float:
        """The binary logarithm of how many random bytes there are to one place that fits."""
        return sum(8 - math.log2(len(members)) for members in self.sets)


def head_of(shape: Shape) -> Head | None:
    """Return the head of a pattern's matches, or None if it has none that is rare enough to look for."""
    if shape.literal is not None:
        part = shape.literal[:_LONGEST]
        return _rare(Head(tuple(bytes([byte]) for byte in part), 0, len(part) == len(shape.literal)))
    found = _Reader(shape.flags).read(shape.regex)
    return None if found is None else _rare(found)


def _rare(head: Head) -> Head | None:
    sets = head.sets[:_LONGEST]
    while sets and len(sets[-1]) == 256 and not head.is_all:
        sets = sets[:-1]
    head = head._replace(sets=sets)
    return head if head.bits >= _LEAST_BITS else None


class _Prefix(NamedTuple):
    """The sets that something begins with; `ends` if it has no other bytes, and is decided by these sets."""

    sets: tuple[bytes, ...]
    ends: bool
    exact: bool = True


class _Reader:
    def __init__(self, flags: int) -> None:
        self._flags = flags
        self._known: dict[str, bytes] = {}

    def read(self, expression: bytes) -> Head | None:
        """Return how the matches of an expression begin; None if that depends on the locale or can't be told."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parsed = import_module(_PARSER).parse(expression, self._flags)
        except (re.error, ImportError, AttributeError, OverflowError, RecursionError):
            return None
        flags = parsed.state.flags
        if flags & re.LOCALE:
            return None
        found = self._sequence(parsed, flags)
        return Head(found.sets, 0, found.ends and found.exact and len(found.sets) <= _LONGEST)

    def _sequence(self, items: Iterable[tuple[Any, Any]], flags: int) -> _Prefix:
        sets: tuple[bytes, ...] = ()
        exact = True
        for operation, argument in items:
            found = self._item(str(operation), operation, argument, flags)
            sets += found.sets
            exact &= found.exact
            if not found.ends or len(sets) > _LONGEST:
                return _Prefix(sets, False, False)
        return _Prefix(sets, True, exact)

    def _item(self, name: str, operation: Any, argument: Any, flags: int) -> _Prefix:
        if name in _ONE_BYTE:
            return _Prefix((self._members(operation, argument, flags),), True)
        if name in _NO_WIDTH:
            return _Prefix((), True, False)
        if name == "SUBPATTERN":
            _, added, removed, inner = argument
            return self._sequence(inner, (flags | added) & ~removed)
        if name == "ATOMIC_GROUP":
            return self._sequence(argument, flags)
        if name == "BRANCH":
            return _either([self._sequence(way, flags) for way in argument[1]])
        if name in _REPEATS:
            return self._repeat(*argument, flags)
        return _Prefix((), False)

    def _repeat(self, least: int, most: int, inner: Any, flags: int) -> _Prefix:
        once = self._sequence(inner, flags)
        if not least or not once.ends:
            return _Prefix(once.sets if least else (), False)
        sets = once.sets * min(least, _LONGEST + 1)
        return _Prefix(sets, least == most and least <= _LONGEST, once.exact)

    def _members(self, operation: Any, argument: Any, flags: int) -> bytes:
        """Return which bytes an item of one byte accepts: by trying all of them."""
        key = f"{flags} {operation} {argument}"
        if key not in self._known:
            parser = import_module(_PARSER)
            item = parser.SubPattern(parser.State(), [(operation, argument)])
            match = import_module(_COMPILER).compile(item, flags & (re.IGNORECASE | re.DOTALL)).match
            self._known[key] = bytes(byte for byte in _ANY if match(bytes([byte])))
        return self._known[key]


def _either(ways: Sequence[_Prefix]) -> _Prefix:
    """Return how what is one of several ways begins: the union of their sets, as far as all of them have some."""
    columns = list(zip(*(way.sets for way in ways)))
    ends = all(way.ends for way in ways) and len({len(way.sets) for way in ways}) == 1
    # With two columns that differ, the union holds what mixes the ways.
    mixed = sum(len(set(column)) > 1 for column in columns) > 1
    sets = tuple(bytes(sorted(set().union(*column))) for column in columns)
    return _Prefix(sets, ends, ends and not mixed and all(way.exact for way in ways))
