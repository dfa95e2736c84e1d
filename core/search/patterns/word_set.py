"""Sets of words: integers of one size and byte order that lie in given ranges."""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ...arch import FLOAT_CODES, UNSIGNED_CODES
from ...byte_order import LITTLE, Endian

# A box is one (lowest, highest) pair for every byte of a word: the words whose bytes all fit.
Box = tuple[tuple[int, int], ...]


class WordFormat(NamedTuple):
    """How an unsigned word lies in memory: its size in bytes and its byte order."""

    size: int
    endian: Endian


@dataclass(frozen=True)
class WordSet:
    """Unsigned words of `size` bytes in `endian` order whose value lies in one of the `ranges`.

    Ranges are (lowest, highest), both included, ordered, and neither touch nor overlap.
    """

    size: int
    endian: Endian
    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, size: int, endian: Endian, ranges: Iterable[tuple[int, int]]) -> WordSet:
        """Build the set from ranges in any order, cut to what a word can hold."""
        top = (1 << (8 * size)) - 1
        joined: list[tuple[int, int]] = []
        for low, high in sorted((max(low, 0), min(high, top)) for low, high in ranges):
            if low > high:
                continue
            if joined and low <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(joined[-1][1], high))
            else:
                joined.append((low, high))
        return cls(size, endian, tuple(joined))

    @property
    def format(self) -> WordFormat:
        """How its words lie in memory."""
        return WordFormat(self.size, self.endian)

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int):
            return False
        index = bisect_right(self.ranges, (value, 1 << 64)) - 1
        return index >= 0 and value <= self.ranges[index][1]

    def holds(self, data: bytes) -> bool:
        """Return whether the word that these bytes make is in the set."""
        return int.from_bytes(data, self.endian) in self

    def in_memory(self, value: int, size: int | None = None) -> bytes:
        """Return the bytes of a word, or of its `size` high bytes alone, in memory order."""
        return value.to_bytes(size or self.size, self.endian)

    def boxes(self) -> Iterator[Box]:
        """Yield boxes, in memory order, that together hold exactly the words of the set."""
        for low, high in self.ranges:
            for box in _boxes(low.to_bytes(self.size, "big"), high.to_bytes(self.size, "big")):
                yield box[::-1] if self.endian == LITTLE else box

    def tagged(self, ignored: int) -> Iterator[tuple[bytes, ...]]:
        """Yield sets of bytes, one for each byte of a word in memory order, that together make certain words.

        These are all that are in the set once their `ignored` bits are a canonical address's: Arch.untagged.
        """
        top = (1 << 8 * self.size) - 1
        decides = 1 << (55 if ignored >> 63 else 63)
        for is_high, half in enumerate(((0, decides - 1), (top & -decides, top))):
            parts = [(max(low, half[0]), min(high, half[1])) for low, high in self.ranges]
            canonical = self.in_memory(ignored if is_high else 0)
            masks = self.in_memory(ignored)
            for box in WordSet.of(self.size, self.endian, parts).boxes():
                sets = tuple(map(_with_any_tag, box, masks, canonical))
                if all(sets):
                    yield sets

    def prefixes(self, size: int, most: int) -> list[bytes] | None:
        """Return every value, in memory order, that the `size` high bytes can have; None if over `most`."""
        shift = 8 * (self.size - size)
        values: set[int] = set()
        for low, high in self.ranges:
            if (high >> shift) - (low >> shift) >= most:
                return None
            values.update(range(low >> shift, (high >> shift) + 1))
            if len(values) > most:
                return None
        return [self.in_memory(value, size) for value in sorted(values)]


def _with_any_tag(pair: tuple[int, int], mask: int, canonical: int) -> bytes:
    """Return the bytes that differ from a canonical one between these two only in bits of the mask."""
    low, high = pair
    rest = {byte & ~mask for byte in range(low, high + 1) if byte & mask == canonical}
    return bytes(byte for byte in range(256) if byte & ~mask in rest)


def _boxes(low: bytes, high: bytes) -> Iterator[Box]:
    """Split low..high (both included, most significant byte first) into boxes."""
    if not low:
        yield ()
        return
    rest = len(low) - 1
    first, last = low[0], high[0]
    if first == last:
        for box in _boxes(low[1:], high[1:]):
            yield ((first, first), *box)
        return
    if any(low[1:]):
        for box in _boxes(low[1:], b"\xff" * rest):
            yield ((first, first), *box)
        first += 1
    below_all = any(byte != 0xFF for byte in high[1:])
    if first <= last - below_all:
        yield ((first, last - below_all), *(((0, 255),) * rest))
    if below_all:
        for box in _boxes(bytes(rest), high[1:]):
            yield ((last, last), *box)


def signed_ranges(size: int, low: int, high: int) -> list[tuple[int, int]]:
    """Return the unsigned ranges of the words that mean low..high in two's complement."""
    span = 1 << (8 * size)
    ranges = []
    if low < 0:
        ranges.append((low + span, min(high, -1) + span))
    if high >= 0:
        ranges.append((max(low, 0), high))
    return ranges


def float_ranges(size: int, low: float, high: float) -> list[tuple[int, int]]:
    """Return the unsigned ranges of the IEEE 754 words with low <= value <= high; no NaN is in any.

    Both zeros count as 0. Bit patterns grow with the value above zero, and against it below.
    """
    sign = 1 << (8 * size - 1)
    ranges = []
    if high >= 0:
        ranges.append((_at_least(size, max(low, 0.0)), _at_most(size, high)))
    if low <= 0:
        # Negative values by magnitude: from the one nearest zero to the one farthest from it.
        ranges.append((sign | _at_least(size, max(-high, 0.0)), sign | _at_most(size, -low)))
    return [(first, last) for first, last in ranges if first <= last]


def _bits(size: int, value: float) -> int:
    """Return the bits of the nearest float of this size; infinity when it is too large."""
    fmt, word = FLOAT_CODES[size], UNSIGNED_CODES[size]
    try:
        data = struct.pack("<" + fmt, value)
    except OverflowError:
        data = struct.pack("<" + fmt, math.inf)
    return int(struct.unpack("<" + word, data)[0])


def _value(size: int, bits: int) -> float:
    fmt, word = FLOAT_CODES[size], UNSIGNED_CODES[size]
    return float(struct.unpack("<" + fmt, struct.pack("<" + word, bits))[0])


def _at_least(size: int, value: float) -> int:
    """Return the bits of the smallest float of this size that is not below a value >= 0."""
    bits = _bits(size, abs(value))  # -0.0 is such a value
    return bits + (_value(size, bits) < value)


def _at_most(size: int, value: float) -> int:
    """Return the bits of the largest float of this size that is not above a value >= 0."""
    bits = _bits(size, abs(value))
    return bits - (_value(size, bits) > value)
