"""Many integers in little memory: one for all where they are the same, else an array of what holds them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Union

Packed = Union[int, Sequence[int]]

_CODES = ((1 << 8, "B"), (1 << 16, "H"), (1 << 32, "I"), (1 << 64, "Q"))


def packed(values: Packed) -> Packed:
    """Return the values, none of which is negative, as small as they go; an integer if all are that one."""
    if isinstance(values, int):
        return values
    return _packed(values, min(values), max(values))


def ascending(values: Sequence[int]) -> Packed:
    """Return values in ascending order as `packed` does, but without a look at each."""
    return _packed(values, values[0], values[-1])


def _packed(values: Sequence[int], low: int, high: int) -> Packed:
    if low == high:
        return low
    return array(next(code for limit, code in _CODES if high < limit), values)


def item(values: Packed, index: int) -> int:
    """Return one of the values."""
    return values if isinstance(values, int) else values[index]


def unpacked(values: Packed, count: int) -> Sequence[int]:
    """Return `count` values as a sequence."""
    return [values] * count if isinstance(values, int) else values
