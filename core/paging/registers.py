"""The values of registers that describe address spaces."""

from __future__ import annotations

from ..errors import InvalidArgument
from ..integers import as_integer


def as_register(value: int) -> int:
    """Return the integer that a register's value stands for; InvalidArgument if it has more than 64 bits."""
    number = as_integer(value)
    if not 0 <= number < 1 << 64:
        raise InvalidArgument(f"{number:#x} is the value of no 64-bit register")
    return number
