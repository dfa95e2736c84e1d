"""The integers that the public API is given: Python's own, and what stands for one, a debugger's value too.

Here is the border: behind it there are integers of Python's alone. The adapters import this when they are
loaded, so errors are imported only where there is one.
"""

from __future__ import annotations

import operator
from functools import singledispatch
from typing import Any, SupportsIndex

# What an address, a size or another integer may be given as. A debugger's values need no `__index__`.
IntegerLike = SupportsIndex
# The largest vector registers have 2048 bits (SVE). Python itself refuses to show some larger numbers.
_MOST = 1 << 2048


def as_address(value: IntegerLike) -> int:
    """Return the address that a value stands for.

    A debugger's value that is negative counts from the top of the address space, as pointers do. Raise
    InvalidArgument for what is no integer, and for what has no value.
    """
    return value if type(value) is int else address_of(value)


def as_address_if_given(value: IntegerLike | None) -> int | None:
    """Return the address, or None for None."""
    return None if value is None else as_address(value)


def as_integer(value: IntegerLike) -> int:
    """Return the integer that a value stands for, with its sign; an array or a function is where it lies.

    Raise as `as_address`, and for a number that nothing here can be: of more bits than any register has.
    """
    number = value if type(value) is int else integer_of(value)
    if -_MOST <= number <= _MOST:
        return number
    from .errors import InvalidArgument

    raise InvalidArgument(f"a number of {number.bit_length()} bits is none of memory")


def as_integer_if_given(value: IntegerLike | None) -> int | None:
    """Return the integer, or None for None."""
    return None if value is None else as_integer(value)


def is_between(start: int, value: object, end: int) -> bool:
    """Return whether a value stands for an address in `start..end`."""
    if isinstance(value, int):
        return start <= value < end
    from .errors import InvalidArgument

    try:
        return start <= address_of(value) < end
    except InvalidArgument:
        return False


# A debugger's adapter registers for both how they are of its values.


@singledispatch
def integer_of(value: Any) -> int:
    """Return the integer that an object stands for."""
    try:
        return operator.index(value)
    except TypeError:
        from .errors import InvalidArgument

        raise InvalidArgument(f"a {type(value).__name__} is no address and no number") from None


@singledispatch
def address_of(value: Any) -> int:
    """Return the address that an object stands for."""
    return integer_of(value)
