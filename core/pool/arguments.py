"""Checks of callers' arguments, made before anything is changed."""

from __future__ import annotations

import errno
from collections.abc import Sequence

from ..arguments import as_list
from ..errors import InvalidArgument, PoolRefused
from ..integers import as_integer
from .layout import KEYS, MAX_BLOCK

_MAX_ALIGNMENT = 1 << 40


def check_size(size: int) -> int:
    """Return the size of a block, which may be 0.

    Raises `InvalidArgument` if it is negative, `PoolError` (ENOMEM) if too large.
    """
    size = _number(size, "a size")
    if size < 0:
        raise InvalidArgument(f"a block of {size} bytes")
    if size > MAX_BLOCK:
        raise PoolRefused(f"a block of {size:#x} bytes: at most {MAX_BLOCK:#x}", errno=errno.ENOMEM)
    return size


def check_length(size: int) -> int:
    """Return a number of bytes. Raises `InvalidArgument` if it is not an integer."""
    return _number(size, "a size")


def check_array(count: int, size: int) -> int:
    """Return the size of an array. An array of none is empty. Raises as `check_size` does."""
    count, size = _number(count, "a number"), _number(size, "a size")
    if min(count, size) < 0:
        raise InvalidArgument(f"a block of {count} times {size} bytes")
    return check_size(count * size)


def check_alignment(alignment: int) -> int:
    """Return an alignment.

    Raises `InvalidArgument` unless a power of two, `PoolError` (ENOMEM) if too large.
    """
    alignment = _number(alignment, "an alignment")
    if alignment <= 0 or alignment & (alignment - 1):
        raise InvalidArgument(f"an alignment of {alignment:#x}: not a power of two")
    if alignment > _MAX_ALIGNMENT:
        raise PoolRefused(f"an alignment of {alignment:#x}: at most {_MAX_ALIGNMENT:#x}", errno=errno.ENOMEM)
    return alignment


def check_key(number: int) -> int:
    """Return the number of a key. Raises `InvalidArgument` if there is no such key."""
    number = _number(number, "the number of a key")
    if not 0 <= number < KEYS:
        raise InvalidArgument(f"key {number}: there are keys 0 to {KEYS - 1}")
    return number


def check_value(value: int | None) -> int:
    """Return the value of a key, 0 for None. Raises `InvalidArgument` unless it fits in 64 bits."""
    number = 0 if value is None else _number(value, "an address")
    if not 0 <= number < 1 << 64:
        raise InvalidArgument(f"a key's value of {number:#x}: not an address")
    return number


def check_sums(sums: Sequence[int]) -> list[int]:
    """Return CRC-32s. Raises `InvalidArgument` for numbers that are none."""
    found = [_number(each, "a checksum") for each in as_list(sums)]
    if not all(0 <= each < 1 << 32 for each in found):
        raise InvalidArgument("a checksum has 32 bits")
    return found


def _number(value: int, what: str) -> int:
    try:
        return as_integer(value)
    except InvalidArgument as error:
        raise InvalidArgument(f"not {what}: {error}") from error
