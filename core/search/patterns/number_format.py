"""What the words that a pattern finds mean as numbers, so that they can be compared with later ones."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from ...arch import LITTLE, Arch
from .numeric_types import INTEGER_TYPES, REAL_TYPES
from .pattern import Pattern

_UNSIGNED = {1: "B", 2: "H", 4: "I", 8: "Q"}
_SIGNED = {1: "b", 2: "h", 4: "i", 8: "q"}
_REAL = {4: "f", 8: "d"}


class Number(NamedTuple):
    """A number as it lies in memory: its size in bytes, its byte order, and its code in `struct`."""

    size: int
    endian: str
    code: str

    @classmethod
    def of(cls, pattern: Pattern, arch: Arch) -> Number | None:
        """Return what a pattern of a numeric type finds (a pointer is one), None for any other type.

        `arch` is what the pattern was read for.
        """
        if pattern.type == "ptr":
            return cls(arch.word_size, arch.endian, _UNSIGNED[arch.word_size])
        if pattern.type in REAL_TYPES:
            size = REAL_TYPES[pattern.type]
            return cls(size, arch.endian, _REAL[size])
        if pattern.type not in INTEGER_TYPES:
            return None
        size, signed = INTEGER_TYPES[pattern.type]
        return cls(size, arch.endian, (_SIGNED if signed else _UNSIGNED)[size])

    def word(self, content: bytes) -> int | None:
        """Return the bytes of such a number as an unsigned word; None if they aren't as many."""
        if len(content) != self.size:
            return None
        return int.from_bytes(content, "little" if self.endian == LITTLE else "big")

    def content(self, word: int) -> bytes:
        """Return the bytes of an unsigned word."""
        return word.to_bytes(self.size, "little" if self.endian == LITTLE else "big")

    def values(self, words: Sequence[int]) -> Sequence[float]:
        """Return the numbers that unsigned words mean."""
        unsigned = _UNSIGNED[self.size]
        return words if self.code == unsigned else array(self.code, array(unsigned, words).tobytes())
