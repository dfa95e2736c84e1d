"""Arithmetic as C does it, where a real number is among the operands."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from struct import pack, unpack

from ptatlas.core.arch import FLOAT_CODES
from ptatlas.core.errors import InvalidArgument

from .operands import Number, Real, Scalar


def real(arch_of: Scalar, value: float, size: int) -> Real:
    """Return the value as a float of this size, to which it is rounded (C11 6.3.1.5)."""
    form = "<" + FLOAT_CODES[size]
    try:
        return Real(arch_of.arch, unpack(form, pack(form, value))[0], size)
    except OverflowError:
        return Real(arch_of.arch, math.copysign(math.inf, value), size)


def real_binary(operation: str, left: Scalar, right: Scalar) -> Scalar:
    """Apply `+ - * /`, in the wider of the real types; raise InvalidArgument for what takes integers.

    The quotient of two floats, as their sum and product, is right if it is computed as a double and rounded.
    """
    if operation not in _OPERATIONS:
        raise InvalidArgument(f"{operation} takes integers, and a real number is given")
    if any(isinstance(one, Number) and one.pointee is not None for one in (left, right)):
        raise InvalidArgument(f"{operation} takes no pointer and real number")
    size = max(one.size for one in (left, right) if isinstance(one, Real))
    operands = [real(one, float(one.value), size).value for one in (left, right)]
    return real(left, _OPERATIONS[operation](*operands), size)


def _quotient(left: float, right: float) -> float:
    """Divide as IEEE 754 does, by zero too."""
    if right:
        return left / right
    if not left or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _quotient,
}
