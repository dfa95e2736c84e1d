"""Prefilters: chooses the bytes by which a pattern is looked for, before a candidate is checked in full.

Most of memory holds no match. The C library gets through it at 10 to 90 GB/s, without the interpreter's
lock, if it is given plain bytes to look for; `re` keeps the lock and makes 2.5 GB/s at best. So a pattern
names anchors: every match has one of them, at its offset. Where there is none, nothing else is looked at.

- `ptr 0x7f3a1c000000..0x7f3a1c1fffff`, any of two million words, has `3a 7f 00 00` at offset 4, aligned.
- `hex 48 8b ?? ?? 00 00 00 12 f0` has two fixed parts; the rarer is taken, `00 00 00 12 f0` at offset 4.
- `u32 1000..2000` has `00 00` at offset 2. In random bytes that is rare, in real memory it is everywhere:
  then the second choice (`Shape.rarer`) is better, one of `03 00 00` to `07 00 00` at offset 1.
- `re error: [0-9]+` has `error: `.

There are no anchors where nothing is fixed (`re [0-9]+`, `hex 4? ?8`), or where it would take more than 16 of
them. Where candidates turn out to lie close together, the finders notice (`fixed_finder.py`) and scan with
one expression that finds and checks at once.

What is chosen here, before any memory is seen, rests on a guess at how often bytes occur. A choice by
counting bytes in a sample of what is searched could replace it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from ...byte_order import LITTLE
from .word_set import WordSet

# Bytes that fill real memory: a literal that ends in them is slow to find, and found too often.
COMMON = b"\x00\xff"

# memmem(3) of glibc is fastest on needles up to 256 bytes; a longer part makes a search no rarer.
_LONGEST = 64
_MOST = 16

# Nanoseconds: of a byte of one pass of memmem(3) by the needle's length, more for one with common bytes
# at its end; of a byte and of a candidate when an expression does it all; of a candidate of memmem.
# Measured (benchmarks/scan.py), and only their proportions matter.
_PASS = {1: 0.05, 2: 0.3, 3: 0.33, 4: 0.25, 5: 0.2}
_LONG_PASS, _WORD_PASS, _COMMON_END = 0.15, 0.05, 3.0
_EXPRESSION_PASS, _EXPRESSION_CHECK, _CHECK = 0.4, 100.0, 1000.0

# How often a byte occurs where that isn't 1 in 256: in random memory, and about so in real memory.
Density = dict[int, float]
_RANDOM: Density = {}
_REAL: Density = {0x00: 0.3, 0xFF: 0.05}


class Anchor(NamedTuple):
    """Bytes that every match has at this offset."""

    literal: bytes
    offset: int


# Every match has one of these.
Anchors = tuple[Anchor, ...]


def literal_anchor(data: bytes) -> Anchor:
    """Return the part of a literal that is best looked for: without common bytes at its ends."""
    core = data.strip(COMMON)
    part = (core if len(core) >= min(4, len(data)) else data)[:_LONGEST]
    return Anchor(part, data.index(part))


def rarest_anchor(fixed: Sequence[int | None]) -> Anchors:
    """Return the part of the fixed bytes (None: open) that is cheapest to look for, if there is any."""
    candidates = []
    for start, run in _runs(fixed):
        anchor = literal_anchor(run)
        candidates.append((_cost(anchor.literal, _REAL), Anchor(anchor.literal, start + anchor.offset)))
    return (min(candidates)[1],) if candidates else ()


def word_anchors(words: WordSet, align: int) -> tuple[Anchors, Anchors]:
    """Return what the high bytes of the words can be, as many bytes as make the cheapest search.

    First for memory of random bytes, then for memory full of common ones; () where nothing is cheap.
    """
    choices = [
        tuple(Anchor(prefix, words.size - size if words.endian == LITTLE else 0) for prefix in prefixes)
        for size in range(1, words.size)
        for prefixes in [words.prefixes(size, _MOST)]
        if prefixes is not None
    ]
    best = [min(choices, key=partial(_cost_of_all, align, how), default=()) for how in (_RANDOM, _REAL)]
    return best[0], best[1]


def is_lane(size: int, offset: int, align: int) -> bool:
    """Return whether an anchor fills an aligned 4-byte word, which wmemchr(3) finds at once."""
    return size == 4 and offset % 4 == 0 and align % 4 == 0


def _cost_of_all(align: int, density: Density, anchors: Anchors) -> float:
    by_word = is_lane(len(anchors[0].literal), anchors[0].offset, align)
    return sum(_cost(anchor.literal, density, by_word=by_word) for anchor in anchors)


def _cost(literal: bytes, density: Density, *, by_word: bool = False) -> float:
    """Estimate nanoseconds a byte: one pass over memory, and a look at every candidate."""
    candidates = 1.0
    for byte in literal:
        candidates *= density.get(byte, 1 / 256)
    once = _WORD_PASS if by_word else _PASS.get(len(literal), _LONG_PASS)
    if density and literal[-1] in COMMON and not by_word:
        once *= _COMMON_END
    return min(once + candidates * _CHECK, _EXPRESSION_PASS + candidates * _EXPRESSION_CHECK)


def _runs(fixed: Sequence[int | None]) -> Iterator[tuple[int, bytes]]:
    """Yield where the runs of fixed bytes begin, and the runs."""
    run = bytearray()
    for index, byte in enumerate([*fixed, None]):
        if byte is not None:
            run.append(byte)
        elif run:
            yield index - len(run), bytes(run)
            run.clear()
