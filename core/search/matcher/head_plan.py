"""Which patterns of a search a matching library looks for: those that begin alike wherever they are, by their heads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..patterns.heads import Head, head_of
from ..patterns.pattern import Pattern
from .places import Database, Matcher

# Making a pattern ready takes about as long as searching so many bytes without the library does.
_WORTH = 1 << 20
# Nothing is made ready for less than this.
_LEAST = 16 << 20


class Sought(NamedTuple):
    """A pattern that the library looks for: its number in the search, its head, and what addresses must be multiples of."""

    number: int
    pattern: Pattern
    head: Head
    align: int


class HeadPlan(NamedTuple):
    """The patterns that the library looks for, and their heads made ready; an expression is a place in `sought`."""

    sought: tuple[Sought, ...]
    database: Database

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of these patterns in the search."""
        return frozenset(each.number for each in self.sought)


def plan_heads(
    patterns: Sequence[Pattern], aligns: Sequence[int], matcher: Matcher | None, size: int
) -> HeadPlan | None:
    """Return a plan for a search of `size` bytes; None if there is no library, or it is of no use.

    The one who asks closes its database.
    """
    if matcher is None or size < _LEAST + _WORTH * len(patterns):
        return None
    if len(patterns) == 1 and next(iter(patterns)).shape.literal is not None:
        return None  # the C library is as fast
    heads = [head_of(pattern.shape) for pattern in patterns]
    sought = tuple(
        Sought(number, pattern, head, align)
        for number, (pattern, head, align) in enumerate(zip(patterns, heads, aligns))
        if head is not None
    )
    database = matcher.database([expression(each.head) for each in sought]) if sought else None
    return None if database is None else HeadPlan(sought, database)


def expression(head: Head) -> bytes:
    """Return the head as the library's expression."""
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
