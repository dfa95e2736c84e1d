"""The shape of a match in memory, in the forms that searching needs."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Union

from .anchors import Anchors, literal_anchor, rarest_anchor, word_anchors
from .word_set import WordFormat, WordSet

# What `re` reads without a copy.
Data = Union[bytes, bytearray, memoryview, mmap.mmap]

_MOST_RANGES_IN_REGEX = 16


@dataclass(frozen=True)
class Shape:
    """A match: at most `max_size` bytes that the expression accepts.

    `size` is the size of every match, or None where they differ. `lead` is how many bytes before a
    match its expression may look at. Every match has one of the `anchors`, if there are any, and, if
    those are common in real memory, one of the `rarer`, too many or too slow to begin with; with `fold`,
    after its ASCII capitals were made small. `literal` is the match where there is but one.
    `word` says how a match is read where it is a number, other than a literal. `words` are the matches where
    they are words in ranges; unless `exact`, the expression only comes close and the words decide.
    """

    max_size: int
    regex: bytes
    size: int | None = None
    flags: int = 0
    lead: int = 0
    anchors: Anchors = ()
    rarer: Anchors = ()
    literal: bytes | None = None
    fold: bool = False
    word: WordFormat | None = None
    words: WordSet | None = None
    exact: bool = True

    def compile(self) -> re.Pattern[bytes]:
        """Return the compiled expression, which `re` keeps."""
        return re.compile(self.regex, self.flags)

    def match(self, data: Data, position: int = 0, end: int | None = None) -> int | None:
        """Return the size of the match that begins at the position, or None.

        `end` is one past the last byte of the data that may be looked at.
        """
        end = len(data) if end is None else end
        if self.literal is not None:  # not worth an expression, which for megabytes takes seconds to compile
            return self.size if data[position : min(end, position + self.max_size)] == self.literal else None
        found = self.compile().match(data, position, min(end, position + self.max_size))
        if found is None:
            return None
        if not self.exact and self.words is not None and not self.words.holds(found[0]):
            return None
        return found.end() - found.start()

    def zero_match(self) -> int | None:
        """Return the size of the match that begins anywhere well within zeros, or None."""
        return self.match(bytes(self.lead + self.max_size), self.lead)


def literal_shape(data: bytes) -> Shape:
    """Return the shape of these very bytes."""
    return Shape(len(data), re.escape(data), len(data), literal=data, anchors=(literal_anchor(data),))


def masked_shape(values: bytes, masks: bytes, word: WordFormat | None = None) -> Shape:
    """Return the shape of bytes of which only those bits are fixed that the masks have; `word`: see Shape."""
    if all(mask == 0xFF for mask in masks):
        return literal_shape(values)
    members = (bytes(b for b in range(256) if b & mask == value) for value, mask in zip(values, masks))
    fixed = [value if mask == 0xFF else None for value, mask in zip(values, masks)]
    regex = b"".join(map(byte_set, members))
    return Shape(len(values), regex, len(values), flags=re.DOTALL, anchors=rarest_anchor(fixed), word=word)


def text_shape(characters: Sequence[tuple[bytes, ...]]) -> Shape:
    """Return the shape of characters that may each be written in several ways of the same length."""
    if all(len(ways) == 1 for ways in characters):
        return literal_shape(b"".join(ways[0] for ways in characters))
    regex = b"".join(b"(?:" + b"|".join(map(re.escape, ways)) + b")" for ways in characters)
    fixed = [byte for ways in characters for byte in _folded_bytes(ways)]
    return Shape(len(fixed), regex, len(fixed), anchors=rarest_anchor(fixed), fold=True)


def words_shape(words: WordSet, align: int) -> Shape:
    """Return the shape of a word that lies in a set; `align` is how its matches will mostly lie."""
    low, high = words.ranges[0][0], words.ranges[-1][1]
    if low == high:
        return literal_shape(words.in_memory(low))
    exact = len(words.ranges) <= _MOST_RANGES_IN_REGEX
    within = words if exact else WordSet.of(words.size, words.endian, [(low, high)])
    anchors, rarer = word_anchors(words, align)
    boxes = [b"".join(byte_set(bytes(range(a, b + 1))) for a, b in box) for box in within.boxes()]
    return Shape(
        words.size,
        b"(?:" + b"|".join(boxes) + b")",
        words.size,
        flags=re.DOTALL,
        anchors=anchors,
        rarer=() if rarer == anchors else rarer,
        word=words.format,
        words=words,
        exact=exact,
    )


def tagged_shape(words: WordSet, ignored: int) -> Shape:
    """Return the shape of a word that lies in a set if the `ignored` bits of it don't count."""
    boxes = list(words.tagged(ignored))
    regex = b"(?:" + b"|".join(b"".join(map(byte_set, sets)) for sets in boxes) + b")"
    anchors = rarest_anchor(list(map(_only_byte, zip(*boxes))))
    return Shape(words.size, regex, words.size, flags=re.DOTALL, anchors=anchors)


def _only_byte(sets: tuple[bytes, ...]) -> int | None:
    """Return the one byte that is in all the sets, None if there are several."""
    members = set().union(*sets)
    return members.pop() if len(members) == 1 else None


def byte_set(members: bytes) -> bytes:
    """Return an expression for one byte of these, which are in ascending order (re.DOTALL is set)."""
    if len(members) == 256:
        return b"."
    if len(members) == 1:
        return re.escape(members)
    if members[-1] - members[0] == len(members) - 1:
        return b"[\\x%02x-\\x%02x]" % (members[0], members[-1])
    return b"[" + b"".join(b"\\x%02x" % member for member in members) + b"]"


def _folded_bytes(ways: tuple[bytes, ...]) -> Iterator[int | None]:
    """Yield, byte by byte, what all the ways have after `bytes.lower`, or None."""
    for column in zip(*(way.lower() for way in ways)):
        yield column[0] if len(set(column)) == 1 else None


class Reach(NamedTuple):
    """How far the patterns see from where a match begins: `lead` bytes before, `size` bytes from there."""

    lead: int
    size: int
