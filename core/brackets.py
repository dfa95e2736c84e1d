"""What stands in the quotes and brackets of an expression in C, C++ or the debugger's own words, and outside.

Nothing is parsed but that: an expression is the debugger's to understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_TEMPLATE = re.compile(r"(?<=\w)\s*<[^<>()\[\]{}]*>(?=\s*(?:::|[(*&>),]|$))")
_INNERMOST = re.compile(r"(?P<before>[\w$)\]>]?)\s*(?P<bracket>[(\[{])[^()\[\]{}]*[)\]}]")


class Part(NamedTuple):
    """The text of one pair of brackets, or "" for what is outside all; quotes and inner brackets are blanked.

    `is_arguments` says whether they are parentheses behind something that is called.
    """

    bracket: str
    is_arguments: bool
    text: str


def unquoted(text: str) -> str:
    """Return the text with everything in quotes blanked, and as long as before."""
    return _QUOTED.sub(_blank, text)


def parts(text: str) -> Iterator[Part]:
    """Yield the contents of all brackets, the innermost first, and at last what is outside of all."""
    rest = unquoted(text)
    while True:
        rest, templates = _TEMPLATE.subn(_blank, rest)
        if templates:
            continue
        found = _INNERMOST.search(rest)
        if found is None:
            yield Part("", False, rest)
            return
        start = found.start("bracket")
        is_arguments = found["bracket"] == "(" and bool(found["before"])
        yield Part(found["bracket"], is_arguments, rest[start + 1 : found.end() - 1])
        rest = rest[:start] + "_" * (found.end() - start) + rest[found.end() :]


def outside(text: str) -> str:
    """Return what is outside all quotes and brackets; the rest is blanked, so that places stay."""
    *_, last = parts(text)
    return last.text


def _blank(found: re.Match[str]) -> str:
    return "_" * len(found[0])
