"""What `re` parses an expression into: items, each an operation and its argument.

That is `re`'s own affair, but its names are the same from Python 3.9 to 3.13; what is unknown is left alone.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import Any, NamedTuple

_PARSER = "re._parser" if sys.version_info >= (3, 11) else "sre_parse"
_COMPILER = "re._compiler" if sys.version_info >= (3, 11) else "sre_compile"

_EVERY_BYTE = bytes(range(256))

REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})


class Item(NamedTuple):
    """An item of a parsed expression, and what belongs to it: flags and items of a group, for one."""

    operation: Any
    argument: Any

    @property
    def name(self) -> str:
        """The name of the operation: `LITERAL`, `BRANCH`."""
        return str(self.operation)


class Parsed(NamedTuple):
    """A parsed expression: its items, to be read by `items_of`, and its flags."""

    items: Iterable[tuple[Any, Any]]
    flags: int


def parsed(expression: bytes, flags: int) -> Parsed | None:
    """Return the expression as `re` parses it, None if it can't be told."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = import_module(_PARSER).parse(expression, flags)
    except (re.error, ImportError, AttributeError, OverflowError, RecursionError):
        return None
    return Parsed(found, found.state.flags)


def items_of(items: Iterable[tuple[Any, Any]]) -> Iterable[Item]:
    """Return the items one after the other."""
    return (Item(*each) for each in items)


def members_of(item: Item, flags: int) -> bytes:
    """Return which bytes an item of one byte accepts, in ascending order: by trying all of them."""
    parser = import_module(_PARSER)
    alone = parser.SubPattern(parser.State(), [tuple(item)])
    compiled: re.Pattern[bytes] = import_module(_COMPILER).compile(alone, flags & (re.IGNORECASE | re.DOTALL))
    return b"".join(compiled.findall(_EVERY_BYTE))
