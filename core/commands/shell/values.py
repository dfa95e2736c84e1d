"""Reads addresses, sizes and integers from arguments: as literals, else as the debugger's expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from ...arch import Arch
from ...brackets import parts, unquoted
from ...errors import InvalidArgument
from ...inferior import Inferior
from ...numbers import literal, size_literal
from ...ports.program import Evaluator
from ...search.patterns.literals import split_length

# A range as tables show it. As an expression it would be negative, and no address that anybody means.
_SHOWN_RANGE = re.compile(r"(0x[0-9a-f]+)-(0x[0-9a-f]+)", re.IGNORECASE)

_Value = TypeVar("_Value")

_COMMA_HINT = "a range is A..B or A,+LEN, and a decimal point is a point"

# Operators, outside quotes, that would write to the inferior or the debugger's variables: =, ++, --.
_ASSIGNS = re.compile(r"(?<![=!<>])=(?!=)|<<=|>>=|\+\+|--")


class NoExpression(InvalidArgument):
    """Text that is neither a literal nor an expression that the debugger can evaluate."""


class Values:
    """Reads values for one inferior."""

    def __init__(self, inferior: Inferior | None, arch: Arch | None = None) -> None:
        """Take the inferior, and the architecture of what is looked at if that isn't the inferior."""
        self._arch = arch or (inferior.arch if inferior else Arch())
        self._inferior = inferior
        self._evaluator: Evaluator | None = inferior.target.evaluator if inferior else None

    def integer(self, text: str) -> int:
        """Return the value of the literal or expression; raise InvalidArgument if it is no integer."""
        value = literal(text)
        return self._evaluated(text) if value is None else value

    def address(self, text: str) -> int:
        """Return an address, without tags; a negative value counts from the top, as pointers do."""
        value = self.integer(text)
        limit = self._arch.address_limit
        if not -limit // 2 <= value < limit:
            raise InvalidArgument(
                f"{text} is no address: {value:#x} has more than {self._arch.word_size} bytes"
            )
        return self._arch.untagged(value % limit)

    def end(self, text: str) -> int:
        """Return the end of a range: an address, or one past the highest one."""
        value = literal(text)
        return value if value == self._arch.address_limit else self.address(text)

    def size(self, text: str) -> int:
        """Return a size in bytes: a literal with K, M, G or T behind it, or an expression."""
        value = size_literal(text)
        if value is not None:
            return value
        value = self.integer(text)
        if value < 0:
            raise InvalidArgument(f"{text} is no size: {value} is negative")
        return value

    def real(self, text: str) -> float:
        """Return the value of an expression that is a real number or an integer."""
        return self._told(self._checked(text).real, text)

    def content(self, text: str) -> bytes:
        """Return the bytes of the expression's value."""
        return self._told(self._checked(text).content, text)

    def range_ends(self, text: str) -> tuple[int, int] | None:
        """Return the ends of the range that `A..B` or `A,+LEN` gives, or None if it isn't written so.

        So does `0xA-0xB`, as tables show a range, where the second number is the larger one.
        """
        shown = _SHOWN_RANGE.fullmatch(text)
        if shown is not None and int(shown[1], 16) < int(shown[2], 16):
            return self.address(shown[1]), self.end(shown[2])
        begin, length = split_length(text)
        if length is not None:
            first = self.address(begin)
            return first, first + self.size(length)
        start, dots, end = text.partition("..")
        return (self.address(start), self.end(end)) if dots else None

    def _evaluated(self, text: str) -> int:
        evaluator = self._checked(text)
        try:
            return self._told(evaluator.integer, text)
        except InvalidArgument as error:
            raise NoExpression(str(error), hint=error.hint) from None

    def _told(self, ask: Callable[[str], _Value], text: str) -> _Value:
        try:
            return ask(text)
        finally:
            if self._inferior is not None:
                self._inferior.ask_again()  # an expression may call functions of the inferior

    def _checked(self, text: str) -> Evaluator:
        if not text.strip():
            raise InvalidArgument("an empty expression")
        if _ASSIGNS.search(unquoted(text)):
            raise InvalidArgument(f"{text!r} would change something", hint="expressions only look")
        if _is_a_list(text):
            raise NoExpression(
                f"{text!r} has a comma, and what is before it would not count", hint=_COMMA_HINT
            )
        if self._evaluator is None:
            raise NoExpression(f"{text!r} is no number, and there is no debugger to evaluate it")
        return self._evaluator


def _is_a_list(text: str) -> bool:
    """Return whether a comma parts expressions, of which C and GDB would drop all but the last (C11 6.5.17).

    The arguments of a call, of a template, and the elements of an array in braces are no such list.
    """
    return any("," in part.text for part in parts(text) if part.bracket != "{" and not part.is_arguments)
