"""Finds the next place of a pattern's anchor with the C library, without the interpreter's lock."""

from __future__ import annotations

import sys
from typing import Optional, Protocol

from .anchors import Anchor, is_lane
from .libc import Libc, Memmem, Wmemchr

# A word of few set bits is everywhere in memory, so finding it at once gains nothing.
_RARE_WORD = 0x100


class Probe(Protocol):
    """Finds an anchor that every match has `offset` bytes from its start.

    The anchor is `size` bytes long, and any two are at least `step` bytes apart.
    """

    offset: int
    size: int
    step: int

    def next(self, place: int, at: int, last: int) -> Optional[int]:
        """Return the first offset in at..last, both included, at which the anchor lies, or None.

        `place` is where offset 0 lies in this process.
        """


class BytesProbe:
    """Finds bytes wherever they lie, by memmem(3)."""

    step = 1

    def __init__(self, anchor: Anchor, memmem: Memmem) -> None:
        self.offset = anchor.offset
        self._literal, self.size, self._memmem = anchor.literal, len(anchor.literal), memmem

    def next(self, place: int, at: int, last: int) -> Optional[int]:
        """Return the first offset in at..last at which the bytes begin, or None."""
        found = self._memmem(place + at, last - at + self.size, self._literal, self.size)
        return None if found is None else found - place


class WordProbe:
    """Finds 4 bytes at multiples of 4, by wmemchr(3): at the speed of memory, whatever it holds."""

    size = step = 4

    def __init__(self, anchor: Anchor, wmemchr: Wmemchr) -> None:
        self.offset = anchor.offset
        self._word, self._wmemchr = _native(anchor.literal), wmemchr

    def next(self, place: int, at: int, last: int) -> Optional[int]:
        """Return the first multiple of 4 in at..last at which the word lies, or None."""
        at += -at % 4
        if at > last:
            return None
        found = self._wmemchr(place + at, self._word, (last - at) // 4 + 1)
        return None if found is None else found - place


def probe_for(anchor: Anchor, align: int, libc: Libc) -> Optional[Probe]:
    """Return the fastest probe for an anchor of matches at multiples of `align`; None if there is none."""
    if libc.wmemchr is not None and is_lane(len(anchor.literal), anchor.offset, align):
        return WordProbe(anchor, libc.wmemchr)
    return None if libc.memmem is None else BytesProbe(anchor, libc.memmem)


def literal_probe(literal: bytes, anchor: Anchor, align: int, libc: Libc) -> Optional[Probe]:
    """Return the fastest probe for a literal: by one of its aligned words if there is a rare one."""
    if libc.wmemchr is not None and align % 4 == 0:
        words = [Anchor(literal[at : at + 4], at) for at in range(0, min(len(literal), 64) - 3, 4)]
        rare = [word for word in words if _is_rare(word.literal)]
        if rare:
            return WordProbe(max(rare, key=lambda word: len(set(word.literal))), libc.wmemchr)
    return probe_for(anchor, 1, libc)


def _is_rare(word: bytes) -> bool:
    values = (_native(word), int.from_bytes(word[::-1], sys.byteorder))
    return all(_RARE_WORD <= value <= 0xFFFFFFFF - _RARE_WORD for value in values)


def _native(word: bytes) -> int:
    return int.from_bytes(word, sys.byteorder)
