"""How many hits each of several patterns or rules has, below a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from ...render.fields import counted
from ...render.text import Line, Span, note

# At most this many are named.
_NAMED = 100


def count_lines(name: Callable[[int], str], total: int, counts: Counter[int]) -> Iterator[Line]:
    """Yield the count of each name that has hits, the most first; how many of `total` have none is one line.

    `name` gives the name of a number.
    """
    found = counts.most_common()
    for number, count in found[:_NAMED]:
        yield (Span(f"{count:>8}", "number"), Span("  " + name(number)))
    if len(found) > _NAMED:
        yield note(f"{counted(len(found) - _NAMED, 'more pattern')} found; --json lists them")
    if len(found) < total:
        yield note(f"{counted(total - len(found), 'pattern')} not found")
