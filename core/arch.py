"""What the inferior's architecture says about its memory."""

from __future__ import annotations

from typing import NamedTuple

from .errors import InvalidArgument

LITTLE, BIG = "little", "big"


class Arch(NamedTuple):
    """Word size in bytes (4 or 8), byte order (`little` or `big`) and page size in bytes."""

    word_size: int = 8
    endian: str = LITTLE
    page_size: int = 4096

    @property
    def address_limit(self) -> int:
        """One past the highest address of this word size."""
        return int(1 << (8 * self.word_size))


def check_word_size(word_size: int) -> int:
    """Return the word size, or raise InvalidArgument unless it is 4 or 8."""
    if word_size not in (4, 8):
        raise InvalidArgument(f"a word has 4 or 8 bytes, not {word_size!r}")
    return word_size


def check_endian(endian: str) -> str:
    """Return the byte order, or raise InvalidArgument unless it is `little` or `big`."""
    if endian not in (LITTLE, BIG):
        raise InvalidArgument(f"the byte order is 'little' or 'big', not {endian!r}")
    return endian
