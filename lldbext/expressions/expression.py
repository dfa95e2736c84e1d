"""An evaluator of C's expressions that only read: no calls, no assignments.

Names, registers, literals, casts, `sizeof`, `* & [] . ->`, and C's arithmetic on integers, pointers and real
numbers.
"""

from __future__ import annotations

import math
import re

import lldb
from ptatlas.core.arch import FLOAT_CODES
from ptatlas.core.errors import InvalidArgument

from .arithmetic import PRECEDENCE, binary, integer_binary, unary
from .operands import Number, Operand, Place, Real, Scalar, Untyped, literal, pointer, wrapped
from .reals import real
from .scope import Scope

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<real>(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][-+]?[0-9]+
      |(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)[fF]?(?![\w.]))
  | (?P<number>(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[0-9]+)(?P<suffix>[uUlL]*)(?![\w.]))
  | (?P<character>'(?:\\(?:x[0-9a-fA-F]+|[0-7]{1,3}|.)|[^'\\])')
  | (?P<name>(?:::)?\$?[A-Za-z_]\w*(?:::~?[A-Za-z_]\w*)*|\$[0-9]+)
  | (?P<sign>->|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!()\[\].<>])
  )""",
    re.VERBOSE,
)
_ESCAPES = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11, "0": 0}
_DEEPEST = 100


class Expression:
    """One expression, read and evaluated in one go."""

    def __init__(self, text: str, scope: Scope) -> None:
        self._text, self._scope = text, scope
        self._currents = _split(text)
        self._next = 0
        self._depth = 0

    def value(self) -> Operand:
        """Return the value; raise InvalidArgument if this is no expression, or needs more than reading."""
        value = self._binary(0)
        if self._current is not None:
            raise self._unexpected()
        return value

    @property
    def _current(self) -> str | None:
        return self._currents[self._next] if self._next < len(self._currents) else None

    def _take(self, *expected: str) -> str | None:
        token = self._current
        if token is None or token not in expected:
            return None
        self._next += 1
        return token

    def _demand(self, expected: str) -> None:
        if self._take(expected) is None:
            raise self._unexpected()

    def _unexpected(self) -> InvalidArgument:
        token = self._current
        return InvalidArgument(
            f"{self._text!r} ends too early"
            if token is None
            else f"{self._text!r} is no expression: unexpected {token}"
        )

    def _binary(self, lowest: int) -> Operand:
        left = self._unary()
        while self._current in PRECEDENCE and PRECEDENCE[self._current] >= lowest:
            operation = self._currents[self._next]
            self._next += 1
            left = binary(operation, left.scalar(), self._binary(PRECEDENCE[operation] + 1).scalar())
        return left

    def _unary(self) -> Operand:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise InvalidArgument(f"the expression is nested more than {_DEEPEST} deep")
        try:
            return self._prefixed()
        finally:
            self._depth -= 1

    def _prefixed(self) -> Operand:
        operation = self._take("+", "-", "~", "!", "*", "&", "sizeof")
        if operation == "sizeof":
            return self._sizeof()
        if operation == "&":
            return self._address(self._unary())
        if operation == "*":
            return self._dereferenced(self._unary())
        if operation is not None:
            return unary(operation, self._unary().scalar())
        kind = self._type()
        return self._postfixed(self._primary()) if kind is None else self._cast(kind, self._unary())

    def _primary(self) -> Operand:
        if self._take("("):
            inner = self._binary(0)
            self._demand(")")
            return inner
        token = self._current
        match = _TOKEN.fullmatch(token) if token is not None else None
        if match is None or match["sign"]:
            raise self._unexpected()
        self._next += 1
        if match["real"]:
            return self._real(match["real"])
        if match["number"]:
            return self._number(match)
        if match["character"]:
            return Number(self._scope.arch, _character(match["character"]))
        if self._current == "(":
            raise InvalidArgument(
                f"{match['name']}(...) would run code in the process", hint="expressions only look"
            )
        return self._scope.named(match["name"])

    def _number(self, match: re.Match[str]) -> Number:
        digits, suffix = match["number"].rstrip("uUlL"), match["suffix"].lower()
        is_octal = re.fullmatch("0[0-7]+", digits)
        try:
            value = int(digits, 8 if is_octal else 0)
        except ValueError:  # such as 09, or one of thousands of digits
            raise InvalidArgument(
                f"{digits[:20]} is no number", hint="one that begins with 0 is octal"
            ) from None
        number = literal(self._scope.arch, value, digits[0] != "0")
        size = max(number.size, self._scope.arch.word_size) if "l" in suffix else number.size
        return Number(
            number.arch, number.value, 8 if "ll" in suffix else size, number.signed and "u" not in suffix
        )

    def _real(self, text: str) -> Real:
        """Return a literal of a real number: a double, or a float if it ends in f (C11 6.4.4.2)."""
        is_hexadecimal = text[:2] in ("0x", "0X")
        digits = text.rstrip("fF") if not is_hexadecimal or re.search("[pP].*[fF]$", text) else text
        try:
            value = float.fromhex(digits) if is_hexadecimal else float(digits)
        except OverflowError:  # of hexadecimal ones alone
            value = math.inf
        return real(Number(self._scope.arch, 0), value, 8 if digits == text else 4)

    def _postfixed(self, value: Operand) -> Operand:
        while True:
            if self._take("["):
                index = self._binary(0).number()
                self._demand("]")
                value = self._dereferenced(integer_binary("+", value.number(), index))
            elif self._take(".", "->"):
                value = self._member(value)
            elif self._current == "(":
                raise InvalidArgument("a call would run code in the process", hint="expressions only look")
            else:
                return value

    def _member(self, value: Operand) -> Place:
        name = self._current or ""
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise self._unexpected()
        self._next += 1
        if isinstance(value, (Number, Real)) or (isinstance(value, Place) and value.type.IsPointerType()):
            value = self._dereferenced(value)
        if not isinstance(value, Place):
            raise InvalidArgument(f"{value.name} has no known type", hint="a cast gives it one")
        member = value.value.GetNonSyntheticValue().GetChildMemberWithName(name, lldb.eNoDynamicValues)
        if not member.IsValid():
            raise InvalidArgument(f"{value.value.GetTypeName()} has no member {name}")
        return Place(self._scope.arch, name, member)

    def _dereferenced(self, value: Operand) -> Place:
        number = value.number()
        if number.pointee is None or number.pointee.GetByteSize() == 0:
            raise InvalidArgument(f"{self._text!r} follows what is no pointer to a known type")
        return self._scope.at(number.value, number.pointee, f"the memory at {number.value:#x}")

    @staticmethod
    def _address(value: Operand) -> Number:
        if isinstance(value, (Number, Real)):
            # A function's name and its address are the same thing.
            if isinstance(value, Number) and value.pointee is not None:
                return value
            raise InvalidArgument(f"{value.value} has no address")
        return value.address()

    def _type(self) -> lldb.SBType | None:
        """Take a type in parentheses, if one comes next."""
        if self._current != "(":
            return None
        place, words = self._next + 1, []
        while place < len(self._currents) and re.fullmatch(r"(?:::)?[A-Za-z_][\w:]*", self._currents[place]):
            words.append(self._currents[place])
            place += 1
        stars = place
        while place < len(self._currents) and self._currents[place] in ("*", "const", "volatile"):
            place += 1
        if not words or place == len(self._currents) or self._currents[place] != ")":
            return None
        kind = self._scope.type_of(words)
        if kind is None:
            return None
        for star in self._currents[stars:place]:
            kind = kind.GetPointerType() if star == "*" else kind
        self._next = place + 1
        return kind

    def _cast(self, kind: lldb.SBType, value: Operand) -> Operand:
        if isinstance(value, Untyped):
            return self._scope.at(value.start, kind, value.name)
        plain = kind.GetCanonicalType()
        if plain.IsPointerType():
            return pointer(self._scope.arch, value.number().value, plain.GetPointeeType())
        number, flags, size = value.scalar(), plain.GetTypeFlags(), plain.GetByteSize()
        if flags & lldb.eTypeIsFloat and size in FLOAT_CODES:
            return real(number, float(number.value), size)
        if not flags & (lldb.eTypeIsInteger | lldb.eTypeIsEnumeration):
            raise InvalidArgument(
                f"there is no casting to {kind.GetName()}",
                hint="only to integers, pointers and real numbers",
            )
        signed = bool(flags & lldb.eTypeIsSigned)
        if plain.GetBasicType() == lldb.eBasicTypeBool:
            return Number(self._scope.arch, int(bool(number.value)), size, False)
        return Number(self._scope.arch, self._integer_of(number, size, signed), size, signed)

    @staticmethod
    def _integer_of(number: Scalar, size: int, signed: bool) -> int:
        """Return the number in an integer type; raise InvalidArgument for a real one that is too large."""
        if isinstance(number, Number):
            return wrapped(number.value, size, signed)
        value = math.trunc(number.value) if math.isfinite(number.value) else None
        if value is None or wrapped(value, size, signed) != value:
            raise InvalidArgument(f"{number.value!r} doesn't fit an integer of {size} bytes")
        return value

    def _sizeof(self) -> Number:
        kind = self._type()
        if kind is None:
            value = self._unary()
            size = value.value.GetByteSize() if isinstance(value, Place) else value.scalar().size
        else:
            size = kind.GetByteSize()
        return Number(self._scope.arch, size, self._scope.arch.word_size, False)


def _split(text: str) -> list[str]:
    tokens, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None:
            raise InvalidArgument(
                f"{text!r} is no expression: unexpected {text[place:].split(maxsplit=1)[0]}"
            )
        tokens.append(match[0].strip())
        place = match.end()
    return tokens


def _character(token: str) -> int:
    text = token[1:-1]
    if not text.startswith("\\"):
        return ord(text)
    if text[1] == "x":
        return wrapped(int(text[2:], 16), 1, True)
    return int(text[1:], 8) if text[1] in "01234567" else _ESCAPES.get(text[1], ord(text[1]))
