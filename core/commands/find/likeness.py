"""What a text that is searched for looks like besides text, and how that would be searched for.

A look decides nothing: text stays text. It is only said where somebody may have meant another thing.
"""

from __future__ import annotations

import re

from ...errors import PatternError
from ...search.patterns.literals import read_integers, read_real, split_range

# At most this much of a text is cited.
_CITED = 40

_BYTES = re.compile(r"(?=.*[0-9?])[0-9a-f?]{2}(?: [0-9a-f?]{2})+", re.IGNORECASE)
_DIGITS = re.compile(r"[-+.]?[0-9]")
_EXPRESSION = re.compile(
    r"\$\w+.*"  # a register, or a variable of the debugger
    r"|[&*]+[A-Za-z_($].*"
    r"|\((?:(?:un)?signed\s+|struct\s+)?\w+[\s*]*\)[\w$&*(].*"  # a cast
    r"|sizeof\s*\(.*\)"
    r"|\w+(?:\[[^\]]+\]|->\w+|\.\w+)*(?:\[[^\]]+\]|->\w+)"  # an element or a member of something
    r"|0x[0-9a-f]+\s*[-+*/&|]\s*\w+",
    re.DOTALL | re.IGNORECASE,
)


def number_type(text: str) -> str | None:
    """Return the type of the number, or of the range of numbers, that the text spells; None if it is none.

    Integers are of the least of 32 or 64 bits that holds them: what is stored in more is found too.
    """
    if not _DIGITS.match(text):
        return None
    try:
        return integer_type(*read_integers(text))
    except PatternError:
        return "f64" if _is_real(text) else None


def integer_type(low: int, high: int) -> str | None:
    """Return the smallest of u32, i32, u64, i64 that holds both; None if none does."""
    for bits in (32, 64):
        if low >= 0 and high < 1 << bits:
            return f"u{bits}"
        if -1 << (bits - 1) <= low and high < 1 << (bits - 1):
            return f"i{bits}"
    return None


def is_like_expression(text: str) -> bool:
    """Return whether the text looks like an expression of the debugger; a mere word doesn't."""
    return _EXPRESSION.fullmatch(text) is not None


def hint(text: str) -> str | None:
    """Return how to search for what the text looks like, where it was searched for as text; or None."""
    known = number_type(text)
    if known is not None:
        more = f"-t auto looks for the number too, -t {known} for it alone"
    elif _BYTES.fullmatch(text):
        more = "-x looks for these bytes"
    elif is_like_expression(text):
        more = "-t auto looks for its value too, -P for pointers to it"
    else:
        return None
    return f"{cited(text)} was looked for as text; {more}"


def cited(text: str) -> str:
    """Return the text as a sentence has it: its beginning if it is long."""
    return text if len(text) <= _CITED else text[: _CITED - 1] + "…"


def _is_real(text: str) -> bool:
    try:
        for end in split_range(text):
            if end is not None:
                read_real(end)
    except PatternError:
        return False
    return True
