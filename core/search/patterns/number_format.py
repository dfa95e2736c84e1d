"""What the words that a pattern finds mean as numbers, so that they can be compared with later ones."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from ...arch import FLOAT_CODES, SIGNED_CODES, UNSIGNED_CODES, Arch, Endian
from .numeric_types import INTEGER_TYPES, REAL_TYPES
from .pattern import Pattern


class Number(NamedTuple):
    """A number as it lies in memory: its size in bytes, its byte order, and its code in `struct`."""

    size: int
    endian: Endian
    code: str

    @classmethod
    def of(cls, pattern: Pattern, arch: Arch) -> Number | None:
        """Return what a pattern of a numeric type finds (a pointer is one), None for any other type.

        `arch` is what the pattern was read for.
        """
        if pattern.type == "ptr":
            return cls(arch.word_size, arch.endian, UNSIGNED_CODES[arch.word_size])
        if pattern.type in REAL_TYPES:
            size = REAL_TYPES[pattern.type]
            return cls(size, arch.endian, FLOAT_CODES[size])
        if pattern.type not in INTEGER_TYPES:
            return None
        size, signed = INTEGER_TYPES[pattern.type]
        return cls(size, arch.endian, (SIGNED_CODES if signed else UNSIGNED_CODES)[size])

    def word(self, content: bytes) -> int | None:
        """Return the bytes of such a number as an unsigned word; None if they aren't as many."""
        if len(content) != self.size:
            return None
        return int.from_bytes(content, self.endian)

    def content(self, word: int) -> bytes:
        """Return the bytes of an unsigned word."""
        return word.to_bytes(self.size, self.endian)

    def values(self, words: Sequence[int]) -> Sequence[float]:
        """Return the numbers that unsigned words mean."""
        unsigned = UNSIGNED_CODES[self.size]
        return words if self.code == unsigned else array(self.code, array(unsigned, words).tobytes())
