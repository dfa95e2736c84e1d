"""Reads values as users type them: integers, floats, `LO..HI`, hex bytes with nibbles left open."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable

from ...brackets import outside
from ...errors import PatternError
from ...numbers import size_literal

Evaluate = Callable[[str], int]
EvaluateReal = Callable[[str], float]

_RANGE = re.compile(r"(.+?)\.\.(?!\.)(.+)", re.DOTALL)
_LARGEST = sys.float_info.max
_HEX_WORD = re.compile(r"(?:[0-9a-fA-F?]{2})+")


def split_range(text: str) -> tuple[str, str | None]:
    """Return (LO, HI) of `LO..HI`, or (VALUE, None)."""
    match = _RANGE.fullmatch(text.strip())
    return (match[1].strip(), match[2].strip()) if match else (text.strip(), None)


def split_length(text: str) -> tuple[str, str | None]:
    """Return (START, LEN) of `START,+LEN`, or (VALUE, None)."""
    place = outside(text).rfind(",+")
    return (text, None) if place < 0 else (text[:place], text[place + 2 :])


def split_mask(text: str) -> tuple[str, str | None]:
    """Return (VALUE, MASK) of `VALUE/MASK`, or (VALUE, None); a division stands in brackets.

    Raise PatternError for a range of which an end has a mask, and for several masks.
    """
    slashes = outside(text).count("/")
    if not slashes:
        return text, None
    if slashes > 1 or split_range(text)[1] is not None:
        what = "several" if slashes > 1 else "a range and"
        raise PatternError(f"{text!r} has {what} /", hint="VALUE/MASK has one; a division stands in brackets")
    place = outside(text).index("/")
    return text[:place].strip(), text[place + 1 :].strip()


def read_integer(text: str, evaluate: Evaluate | None = None) -> int:
    """Read decimal, 0x, 0b or 0o; anything else goes to `evaluate`, or is PatternError without one."""
    try:
        return int(text, 0)
    except ValueError:
        if evaluate is not None and text:
            return evaluate(text)
    raise PatternError(f"{text!r} is no integer", hint="such as 42, -1, 0x2a, 0b101 or LO..HI")


def read_integers(text: str, evaluate: Evaluate | None = None) -> tuple[int, int]:
    """Read `VALUE`, `LO..HI` or `START,+LEN` and return (lowest, highest)."""
    start, length = split_length(text)
    if length is not None:
        size = size_literal(length)
        first = read_integer(start, evaluate)
        last = first + (read_integer(length, evaluate) if size is None else size) - 1
        if last < first:
            raise PatternError(f"the range {text!r} is empty")
        return first, last
    low, high = split_range(text)
    first = read_integer(low, evaluate)
    return first, first if high is None else read_integer(high, evaluate)


def read_real(text: str, evaluate: EvaluateReal | None = None) -> float:
    """Read a float, `inf` and `nan` included, or an integer in decimal, 0x, 0b or 0o.

    Anything else goes to `evaluate`, or is PatternError without one. So is a number that Python's float, of
    64 bits, would make infinite.
    """
    for read in (float, _integer_as_real):
        try:
            value = read(text)
        except ValueError:
            continue
        if math.isinf(value) and "inf" not in text.lower():
            raise PatternError(f"{text} doesn't fit f64", hint=f"its largest number is {_LARGEST!r}")
        return value
    if evaluate is None or not text:
        raise PatternError(f"{text!r} is no number", hint="such as 1.5, -2e10 or LO..HI")
    return evaluate(text)


def _integer_as_real(text: str) -> float:
    try:
        return float(int(text, 0))
    except OverflowError:
        return math.inf


def read_hex(text: str) -> tuple[bytes, bytes]:
    """Read hex bytes, `?` for an open nibble, and return (values, masks) of the same length.

    Blanks may stand between bytes. A mask has the bits that are fixed; the value's others are 0.
    """
    values, masks = bytearray(), bytearray()
    for word in text.split():
        if not _HEX_WORD.fullmatch(word):
            raise PatternError(
                f"{word!r} is no hex byte", hint="two digits make a byte, ? is an open digit: 48 8b ?? 0? f0"
            )
        values += bytes.fromhex(word.replace("?", "0"))
        masks += bytes.fromhex(re.sub("[^?]", "f", word).replace("?", "0"))
    if not values:
        raise PatternError("the pattern is empty")
    if not any(masks):
        raise PatternError("a pattern of open bytes only is everywhere", hint="fix at least one digit")
    return bytes(values), bytes(masks)
