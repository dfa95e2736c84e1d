"""Regular expressions as patterns: what they may reach, and the text that every match begins with."""

from __future__ import annotations

import re
import warnings

from ...errors import PatternError
from .anchors import Anchor
from .shape import Shape

# How long a match may be, and how far before it an assertion may look, in bytes.
REACH = 4096

_PLAIN = re.compile(rb"[A-Za-z0-9_ /:=@,;<>\"'%&!~`-]+")
_QUANTIFIERS = b"*?{"
# Flags for the whole expression, which stand at its very start.
_GLOBAL_FLAGS = re.compile(rb"(?:\(\?[aiLmsux]+\))*")


def expression_shape(expression: bytes, *, ignore_case: bool) -> Shape:
    """Return the shape of a Python bytes regular expression.

    PatternError, with where, if it isn't one, and if it accepts nothing at all as a match: it would
    then match everywhere.
    """
    flags = re.IGNORECASE if ignore_case else 0
    compiled = _compile(expression, flags)
    if compiled.match(b"") is not None:
        raise PatternError("the expression matches the empty string", hint="use + rather than *")
    anchors = () if compiled.flags & (re.IGNORECASE | re.VERBOSE) else _prefix(expression)
    return Shape(REACH, expression, flags=flags, lead=REACH, anchors=anchors)


def first_of(expression: re.Pattern[bytes], places: int) -> re.Pattern[bytes]:
    """Return an expression whose match at a place ends where the next match of this one begins.

    It has none if no match begins within so many places. Unlike `search`, that is one match, and only within
    one does every version of `re` count the steps after which it asks for signals (MAYBE_CHECK_SIGNALS in
    CPython's Modules/_sre): that of 3.11.2 counts them anew at each place that `search` tries.
    """
    plain = _GLOBAL_FLAGS.sub(b"", expression.pattern, count=1)
    # The line's end ends a comment, which only a verbose expression has.
    end = b"\n)" if expression.flags & re.VERBOSE else b")"
    return _compile(b"(?s:.){0,%d}?(?=%b%b" % (places - 1, plain, end), expression.flags)


def _compile(expression: bytes, flags: int) -> re.Pattern[bytes]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(expression, flags)
    except re.error as error:
        where = "" if error.pos is None else f" at {error.pos}"
        raise PatternError(f"no regular expression: {error.msg}{where}") from None
    except (OverflowError, RecursionError) as error:
        raise PatternError(f"no regular expression: {error}") from None


def _prefix(expression: bytes) -> tuple[Anchor, ...]:
    """Return the plain text that every match must begin with, if it is at least two bytes long."""
    found = _PLAIN.match(expression)
    if found is None or b"|" in expression:
        return ()
    plain = found[0]
    if expression[found.end() : found.end() + 1] in {bytes([byte]) for byte in _QUANTIFIERS}:
        plain = plain[:-1]
    return (Anchor(plain, 0),) if len(plain) >= 2 else ()
