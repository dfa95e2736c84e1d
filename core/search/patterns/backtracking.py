"""How many ways `re` may try at one place before it gives up: what bounds the time of a single place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .parsed import REPEATS, items_of, parsed
from .regular_expression import REACH
from .shape import Shape

# Where there are no more, a place takes some milliseconds at most: as long as a chunk takes to be read.
FEW_WAYS = 1 << 16


def has_few_ways(shape: Shape) -> bool:
    """Return whether a place takes `re` so little time that nobody would want to interrupt it."""
    if shape.size is not None:
        return True
    found = parsed(shape.regex, shape.flags)
    try:
        return found is not None and _of_sequence(found.items) <= FEW_WAYS
    except RecursionError:
        return False


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> int:
    """Return the ways of items one after the other, at most; more than FEW_WAYS stand for any number."""
    ways = 1
    for name, argument in ((item.name, item.argument) for item in items_of(items)):
        ways = min(ways * _of_item(name, argument), FEW_WAYS + 1)
    return ways


def _of_item(name: str, argument: Any) -> int:
    if name == "BRANCH":
        return sum(map(_of_sequence, argument[1]))
    if name in REPEATS:
        return _of_repeat(*argument)
    if name == "GROUPREF_EXISTS":
        return sum(_of_sequence(way or ()) for way in argument[1:])
    # The others that have items have them last: groups and assertions.
    inner = {"SUBPATTERN": 3, "ASSERT": 1, "ASSERT_NOT": 1}.get(name)
    if inner is not None:
        return _of_sequence(argument[inner])
    return _of_sequence(argument) if name == "ATOMIC_GROUP" else 1


def _of_repeat(least: int, most: int, items: Iterable[tuple[Any, Any]]) -> int:
    least, most = min(least, REACH), min(most, REACH)
    once = _of_sequence(items)
    if once == 1:
        return most - least + 1
    # Each round multiplies, so that 16 rounds are enough to be too many.
    return sum(once ** min(rounds, FEW_WAYS.bit_length()) for rounds in range(least, most + 1))
