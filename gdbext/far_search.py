"""Searching on the far side of a link, a piece at a time, and exactly, whatever can't be read there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Callable, Optional

from ptatlas.core.ports import MemoryReader

# A stub's answer must come before GDB gives it up (`remotetimeout`, 2 s), and an interrupt waits for it: so
# pieces grow while they are answered faster than this, in seconds, and shrink when they are much slower.
_PATIENCE = 0.1
_SMALLEST, _LARGEST = 1 << 16, 1 << 28
# Below this, in bytes, memory is fetched and searched here instead of halving it further.
_NEAR = 4096
# Longer patterns don't fit into every stub's packets: what follows is compared here.
_LONGEST = 256


class Refused(Exception):
    """The far side could not search all of the range."""


# ask(start, size, pattern): the first address where all of the pattern lies in the range, or None. Raises
# Refused where the range can't be read throughout.
Ask = Callable[[int, int, bytes], Optional[int]]


class PiecewiseSearch:
    """A FarSearch whose far side stops at memory that can't be read, and must not be kept busy for long."""

    def __init__(self, ask: Ask, near: MemoryReader) -> None:
        """`near` reads the same memory: around what can't be read, and to compare what was found."""
        self._ask = ask
        self._near = near
        self._piece = _SMALLEST

    def search(self, start: int, size: int, pattern: bytes) -> Optional[int]:
        """Return the first address in `start..start+size` where the pattern begins and ends, or None.

        What can't be read holds no match, and what lies after it is searched all the same.
        """
        at, last = start, start + size - len(pattern)
        while pattern and at <= last:
            count = min(self._piece, last + 1 - at)
            found = self._first(at, count, pattern[:_LONGEST])
            if found is None:
                at += count
            elif self._holds(found, pattern):
                return found
            else:
                at = found + 1
        return None

    def _first(self, at: int, count: int, pattern: bytes) -> Optional[int]:
        """Search for a match that begins at one of `count` addresses."""
        began = time.monotonic()
        try:
            return self._ask(at, count + len(pattern) - 1, pattern)
        except Refused:
            if count <= _NEAR:
                return self._first_near(at, count + len(pattern) - 1, pattern)
            half = count // 2
            found = self._first(at, half, pattern)
            return found if found is not None else self._first(at + half, count - half, pattern)
        finally:
            self._adapt(count, time.monotonic() - began)

    def _adapt(self, count: int, seconds: float) -> None:
        if seconds > 2 * _PATIENCE:
            self._piece = max(_SMALLEST, count // 2)
        elif seconds < _PATIENCE and count == self._piece:
            self._piece = min(_LARGEST, 2 * count)

    def _first_near(self, start: int, size: int, pattern: bytes) -> Optional[int]:
        for address, content in self._readable(start, start + size):
            place = content.find(pattern)
            if place >= 0:
                return address + place
        return None

    def _readable(self, at: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Yield what can be read in the range, with its addresses; a page that can't is passed over."""
        while at < end:
            room = bytearray(end - at)
            got = self._near.read_into(at, memoryview(room))
            if got:
                yield at, bytes(room[:got])
            at = (at + got) // _NEAR * _NEAR + _NEAR

    def _holds(self, address: int, pattern: bytes) -> bool:
        room = bytearray(len(pattern))
        return self._near.read_into(address, memoryview(room)) == len(pattern) and room == pattern
