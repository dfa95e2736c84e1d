"""Finds the next place of a pattern's anchor with the C library, without the interpreter's lock."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Protocol

from ..patterns.anchors import Anchor, is_lane
from .libc import Libc, Memmem, Wmemchr

# A word of few set bits is everywhere in memory, so finding it at once gains nothing.
_RARE_WORD = 0x100

# memmem(3) is the faster the longer the needle: with more words than this, faster than four passes for words.
_MOST_WORDS = 20


class Probe(Protocol):
    """Finds an anchor that every match has `offset` bytes from its start.

    The anchor is `size` bytes long, and any two are at least `step` bytes apart.
    """

    offset: int
    size: int
    step: int

    def next(self, place: int, at: int, last: int) -> int | None:
        """Return the first offset in at..last, both included, at which the anchor lies, or None.

        `place` is where offset 0 lies in this process.
        """


class BytesProbe:
    """Finds bytes wherever they lie, by memmem(3)."""

    step = 1

    def __init__(self, anchor: Anchor, memmem: Memmem) -> None:
        self.offset = anchor.offset
        self._literal, self.size, self._memmem = anchor.literal, len(anchor.literal), memmem

    def next(self, place: int, at: int, last: int) -> int | None:
        """Return the first offset in at..last at which the bytes begin, or None."""
        found = self._memmem(place + at, last - at + self.size, self._literal, self.size)
        return None if found is None else found - place


class WordProbe:
    """Finds 4 bytes at multiples of 4, by wmemchr(3): at the speed of memory, whatever it holds."""

    size = step = 4

    def __init__(self, anchor: Anchor, wmemchr: Wmemchr) -> None:
        self.offset = anchor.offset
        self._word, self._wmemchr = _native(anchor.literal), wmemchr

    def next(self, place: int, at: int, last: int) -> int | None:
        """Return the first multiple of 4 in at..last at which the word lies, or None."""
        at += -at % 4
        if at > last:
            return None
        found = self._wmemchr(place + at, self._word, (last - at) // 4 + 1)
        return None if found is None else found - place


def probe_for(anchor: Anchor, align: int, libc: Libc) -> Probe | None:
    """Return the fastest probe for an anchor of matches at multiples of `align`; None if there is none."""
    if libc.wmemchr is not None and is_lane(len(anchor.literal), anchor.offset, align):
        return WordProbe(anchor, libc.wmemchr)
    return None if libc.memmem is None else BytesProbe(anchor, libc.memmem)


def word_probes(literal: bytes, align: int, libc: Libc) -> Sequence[Probe]:
    """Return probes that together find a literal by its words; () where there are none, or none so fast.

    One of its words if it is rare and its place is aligned; else, of four words that begin at successive
    bytes, the one that is aligned in memory, wherever the literal lies.
    """
    if libc.wmemchr is None:
        return ()
    words = [Anchor(literal[at : at + 4], at) for at in range(min(len(literal), 64) - 3)]
    chosen = _one_word(words) if align % 4 == 0 else _four_words(words) if libc.wmemchr_is_fast else ()
    return [WordProbe(word, libc.wmemchr) for word in chosen]


def _one_word(words: Sequence[Anchor]) -> Sequence[Anchor]:
    """Choose the rarest of the words at multiples of 4."""
    rare = [word for word in words[::4] if _is_rare(word.literal)]
    return rare and [max(rare, key=_variety)]


def _four_words(words: Sequence[Anchor]) -> Sequence[Anchor]:
    """Choose the rarest four that begin at successive bytes; none for a literal that memmem finds as fast."""
    if len(words) > _MOST_WORDS:
        return ()
    fours = [words[at : at + 4] for at in range(len(words) - 3)]
    rare = [four for four in fours if all(_is_rare(word.literal) for word in four)]
    return max(rare, key=lambda four: min(map(_variety, four)), default=())


def _variety(word: Anchor) -> int:
    return len(set(word.literal))


def _is_rare(word: bytes) -> bool:
    values = (_native(word), int.from_bytes(word[::-1], sys.byteorder))
    return all(_RARE_WORD <= value <= 0xFFFFFFFF - _RARE_WORD for value in values)


def _native(word: bytes) -> int:
    return int.from_bytes(word, sys.byteorder)
