"""Where two runs of bytes differ: exactly, and at the speed of memcmp(3) where they don't."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Compared as one while equal; a power of 2 that a CPU's nearest cache holds twice.
BLOCK = 1 << 12
_DIFFERENT = re.compile(rb"[^\0]+")


def differing(left: bytes | bytearray, right: bytes | bytearray, join: int = 0) -> Iterator[tuple[int, int]]:
    """Yield, in order, the runs (start, end) in which two equally long byte strings differ.

    Runs hold differing bytes only, and are as long as can be; with `join`, runs with at most so many
    equal bytes between them are one.
    """
    if left == right:
        return
    begin = end = -1
    for start, stop in _runs(left, right):
        if begin >= 0 and start - end <= join:
            end = stop
            continue
        if begin >= 0:
            yield begin, end
        begin, end = start, stop
    yield begin, end


def _runs(left: bytes | bytearray, right: bytes | bytearray) -> Iterator[tuple[int, int]]:
    """Yield the runs block by block: one that crosses a border comes in parts."""
    for place in range(0, len(left), BLOCK):
        mine, other = left[place : place + BLOCK], right[place : place + BLOCK]
        if mine != other:
            for match in _DIFFERENT.finditer(_xor(mine, other)):
                yield place + match.start(), place + match.end()


def _xor(left: bytes | bytearray, right: bytes | bytearray) -> bytes:
    value = int.from_bytes(left, "little") ^ int.from_bytes(right, "little")
    return value.to_bytes(len(left), "little")
