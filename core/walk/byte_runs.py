"""Where two runs of bytes differ: exactly, and at the speed of memcmp(3) where they don't."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Bytes compared in one call; a power of 2 of which two buffers fit into a CPU's first-level cache.
BLOCK = 1 << 12
_DIFFERENT = re.compile(rb"[^\0]+")


def differing(left: bytes | bytearray, right: bytes | bytearray) -> Iterator[tuple[int, int]]:
    """Yield, in order, the runs (start, end) in which two equally long byte strings differ.

    Runs hold differing bytes only, and are as long as possible.
    """
    return iter(()) if left == right else joined(_runs(left, right), 0)


def joined(runs: Iterable[tuple[int, int]], gap: int) -> Iterator[tuple[int, int]]:
    """Join runs, which come in order, that have at most `gap` bytes between them."""
    begin = end = -1
    for start, stop in runs:
        if begin < 0:
            begin = start
        elif start - end > gap:
            yield begin, end
            begin = start
        end = stop
    if begin >= 0:
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
