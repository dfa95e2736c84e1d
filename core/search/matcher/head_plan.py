"""Which patterns of a search a matching library looks for, by their heads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..patterns.backtracking import has_few_ways
from ..patterns.heads import Head, HeadReader
from ..patterns.pattern import Pattern
from ..patterns.shape import Shape
from .library import Database
from .load import load_library

# Nothing is made ready for fewer bytes than this, and one microsecond of it has to serve so many more.
_LEAST = 16 << 20
_WORTH = 4096
# Microseconds that making ready takes at most, for nobody can interrupt it, and what adds to them (measured):
# a pattern whose head must be read from its expression; a byte of a head, or a letter of either case; a set.
_PATIENCE = 100_000
_COST_OF_READING, _COST_OF_BYTE, _COST_OF_SET = 300, 3, 500


class Sought(NamedTuple):
    """A pattern to look for, its number in the search, and of what its matches' addresses are multiples."""

    number: int
    pattern: Pattern
    head: Head
    align: int


class HeadPlan(NamedTuple):
    """Patterns that the library looks for, and their heads made ready: one expression for each."""

    sought: tuple[Sought, ...]
    database: Database

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of these patterns in the search."""
        return frozenset(each.number for each in self.sought)


def plan_heads(patterns: Sequence[Pattern], aligns: Sequence[int], size: int) -> HeadPlan | None:
    """Return a plan for a search of `size` bytes; None if there is no library, or it is of no use.

    All expressions of the search are in it, or there is none. The one who asks closes its database.
    """
    if size < _LEAST:
        return None
    if len(patterns) == 1 and patterns[0].shape.literal is not None:
        return None  # the C library is as fast
    library = load_library().library
    if library is None:
        return None
    sought = _sought(patterns, aligns, min(_PATIENCE, (size - _LEAST) // _WORTH))
    database = library.database([expression(each.head) for each in sought]) if sought else None
    return None if database is None else HeadPlan(sought, database)


def _sought(patterns: Sequence[Pattern], aligns: Sequence[int], patience: int) -> tuple[Sought, ...]:
    """Return the patterns to look for by their heads; none if it takes more microseconds than `patience`."""
    sought, cost, reader = [], 0, HeadReader()
    for number, (pattern, align) in enumerate(zip(patterns, aligns)):
        head = reader.head_of(pattern.shape) if has_few_ways(pattern.shape) else None
        if head is None and pattern.size is None:
            return ()  # `re` looks for it: in the one thread of the caller, where that can be interrupted
        cost += _cost(pattern.shape, head)
        if cost > patience:
            return ()
        if head is not None:
            sought.append(Sought(number, pattern, head, align))
    return tuple(sought)


def _cost(shape: Shape, head: Head | None) -> int:
    """Return about how many microseconds it takes to look for one pattern more."""
    sets = () if head is None else head.sets
    reading = 0 if shape.literal is not None else _COST_OF_READING
    return reading + sum(_COST_OF_BYTE if _is_letter(members) else _COST_OF_SET for members in sets)


def _is_letter(members: bytes) -> bool:
    return len(members) == 1 or (len(members) == 2 and len(set(members.lower())) == 1)


def expression(head: Head) -> bytes:
    """Return the head as an expression of the library: bytes, sets of them, and `.` for any byte."""
    return b"".join(map(_one_byte, head.sets))


def _one_byte(members: bytes) -> bytes:
    if len(members) == 256:
        return b"."
    runs: list[list[int]] = []
    for byte in members:
        if runs and runs[-1][1] == byte - 1:
            runs[-1][1] = byte
        else:
            runs.append([byte, byte])
    parts = (b"\\x%02x" % low if low == high else b"\\x%02x-\\x%02x" % (low, high) for low, high in runs)
    return b"[" + b"".join(parts) + b"]" if len(members) > 1 else b"\\x%02x" % members[0]
