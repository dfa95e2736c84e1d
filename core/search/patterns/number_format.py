"""The numbers that a pattern's words stand for, so that they can be compared with later ones."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from ...arch import FLOAT_CODES, SIGNED_CODES, UNSIGNED_CODES, Arch
from ...byte_order import Endian
from .pattern import Pattern
from .types import REAL, SIGNED, UNSIGNED, pattern_type

_CODES = {UNSIGNED: UNSIGNED_CODES, SIGNED: SIGNED_CODES, REAL: FLOAT_CODES}


class Number(NamedTuple):
    """A number as it lies in memory: its size in bytes, its byte order, and its code in `struct`."""

    size: int
    endian: Endian
    code: str

    @classmethod
    def of(cls, pattern: Pattern, arch: Arch) -> Number | None:
        """Return the number format of a numeric pattern (a pointer is one), None for any other type.

        `arch` is what the pattern was read for.
        """
        known = pattern_type(pattern.type)
        if known is None or not known.number:
            return None
        size = known.size or arch.word_size
        return cls(size, arch.endian, _CODES[known.number][size])

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
