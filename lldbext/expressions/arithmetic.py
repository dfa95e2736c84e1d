"""Arithmetic as C does it, on integers and pointers, and on real numbers by `reals`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace

from ptatlas.core.errors import InvalidArgument

from .operands import Number, Real, Scalar
from .reals import real, real_binary

# C's precedences, the strongest last (C11 6.5.5 to 6.5.14).
_LEVELS = (
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
PRECEDENCE = {operation: level for level, operations in enumerate(_LEVELS) for operation in operations}

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "&&": lambda left, right: bool(left and right),
    "||": lambda left, right: bool(left or right),
}
_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
_UNARY: dict[str, Callable[[int], int]] = {"+": operator.pos, "-": operator.neg, "~": operator.invert}


def unary(operation: str, operand: Scalar) -> Scalar:
    """Apply `+ - ~ !`; raise InvalidArgument for the bits of a real number."""
    if operation == "!":
        return Number(operand.arch, int(not operand.value))
    if isinstance(operand, Real):
        if operation == "~":
            raise InvalidArgument("~ takes integers, and a real number is given")
        return real(operand, -operand.value if operation == "-" else operand.value, operand.size)
    promoted = _promoted(operand)
    return promoted.with_value(_UNARY[operation](promoted.value))


def binary(operation: str, left: Scalar, right: Scalar) -> Scalar:
    """Apply an operation of `PRECEDENCE`; raise InvalidArgument for what C leaves undefined."""
    if isinstance(left, Number) and isinstance(right, Number):
        return integer_binary(operation, left, right)
    if operation in _COMPARISONS:
        return Number(left.arch, int(_COMPARISONS[operation](left.value, right.value)))
    return real_binary(operation, left, right)


def integer_binary(operation: str, left: Number, right: Number) -> Number:
    """Apply an operation to integers and pointers; raise InvalidArgument for what C leaves undefined."""
    if operation in _COMPARISONS and (operation in ("&&", "||") or _are_pointers(left, right)):
        return Number(left.arch, int(_COMPARISONS[operation](left.value, right.value)))
    if operation in ("+", "-") and (left.pointee is not None or right.pointee is not None):
        return _pointers(operation, left, right)
    if operation in ("<<", ">>"):
        return _shifted(operation, _promoted(left), right.value)
    left, right = _converted(left, right)
    if operation in _COMPARISONS:
        return Number(left.arch, int(_COMPARISONS[operation](left.value, right.value)))
    if operation in ("/", "%"):
        return left.with_value(_divided(operation, left.value, right.value))
    return left.with_value(_OPERATIONS[operation](left.value, right.value))


def _are_pointers(left: Number, right: Number) -> bool:
    return left.pointee is not None and right.pointee is not None


def _pointers(operation: str, left: Number, right: Number) -> Number:
    if _are_pointers(left, right):
        if operation == "+":
            raise InvalidArgument("two pointers cannot be added")
        return Number(left.arch, (left.value - right.value) // left.step, left.size)
    if right.pointee is not None:
        if operation == "-":
            raise InvalidArgument("a pointer cannot be subtracted from a number")
        left, right = right, left
    steps = right.value * left.step
    return left.with_value(left.value + steps if operation == "+" else left.value - steps)


def _shifted(operation: str, left: Number, count: int) -> Number:
    if not 0 <= count < 8 * left.size:
        raise InvalidArgument(f"{8 * left.size} bits cannot be shifted by {count}")
    return left.with_value(left.value << count if operation == "<<" else left.value >> count)


def _divided(operation: str, left: int, right: int) -> int:
    """Divide towards zero (C11 6.5.5)."""
    if right == 0:
        raise InvalidArgument("division by zero")
    quotient = abs(left) // abs(right)
    quotient = -quotient if (left < 0) != (right < 0) else quotient
    return quotient if operation == "/" else left - quotient * right


def _promoted(number: Number) -> Number:
    """Return an int for a smaller type (C11 6.3.1.1); a pointer counts as its address."""
    if number.size < 4:
        return replace(number, size=4, signed=True, pointee=None)
    return replace(number, pointee=None)


def _converted(left: Number, right: Number) -> tuple[Number, Number]:
    """Bring both to one type: the wider, and of equally wide ones the unsigned (C11 6.3.1.8)."""
    left, right = _promoted(left), _promoted(right)
    size = max(left.size, right.size)
    signed = all(one.signed for one in (left, right) if one.size == size)
    common = Number(left.arch, 0, size, signed)
    return common.with_value(left.value), common.with_value(right.value)
