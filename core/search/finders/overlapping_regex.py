"""Expressions that find all matches of a pattern, overlapping ones too, as fast as `re` can.

`re` is fast where an expression begins with plain bytes. So an anchor comes first, and what lies around it is
checked from there. Only one byte is consumed of an anchor that may overlap itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..patterns.shape import Data, Shape

# Longer literals aren't compiled: their anchor is looked for, and the rest is checked.
_LONGEST_LITERAL = 64

# Returns whether a match begins at an offset of the data.
MatchTest = Callable[[Data, int], bool]


class Scan(NamedTuple):
    """An expression, and how far after the start of a match it finds its own matches."""

    expression: re.Pattern[bytes]
    offset: int


def scans(shape: Shape) -> Iterator[Scan]:
    """Yield expressions that together find every match once; see `check_after`."""
    if shape.literal is not None and len(shape.literal) <= _LONGEST_LITERAL:
        yield Scan(re.compile(consume(shape.literal)[0]), 0)
        return
    anchors = shape.rarer or shape.anchors
    for anchor in anchors:
        expression, size = consume(anchor.literal)
        if check_after(shape) is None:
            expression += b"(?<=(?=%b).{%d})" % (shape.regex, anchor.offset + size)
        yield Scan(re.compile(expression, re.DOTALL), anchor.offset)
    if not anchors:
        yield Scan(re.compile(b"(?=%b)" % shape.regex, re.DOTALL), 0)


def check_after(shape: Shape) -> MatchTest | None:
    """Return how to check what the expressions of `scans` find, or None if they are exact."""
    literal = shape.literal
    if literal is not None:
        return check_of(shape) if len(literal) > _LONGEST_LITERAL else None
    # Candidates from folded text must be checked in the text itself.
    return check_of(shape) if not shape.exact or (shape.fold and shape.anchors) else None


def check_of(shape: Shape) -> MatchTest:
    """Return the function that checks whether a match begins at an offset."""
    literal, words, size = shape.literal, shape.words, shape.max_size
    if literal is not None:
        return lambda data, at: data[at : at + size] == literal
    if words is not None:
        return lambda data, at: words.holds(bytes(data[at : at + size]))
    match = shape.compile().match
    return lambda data, at: match(data, at, at + size) is not None


def consume(literal: bytes) -> tuple[bytes, int]:
    """Return an expression that finds the literal everywhere, and how many bytes it consumes."""
    if _overlaps_itself(literal):
        return b"%b(?=%b)" % (re.escape(literal[:1]), re.escape(literal[1:])), 1
    return re.escape(literal), len(literal)


def _overlaps_itself(literal: bytes) -> bool:
    return any(literal.startswith(literal[at:]) for at in range(1, len(literal)))
