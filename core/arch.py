"""What the inferior's architecture says about its memory."""

from __future__ import annotations

from struct import Struct
from typing import Literal, NamedTuple

from .arguments import as_text
from .byte_order import BIG, LITTLE, Endian
from .errors import InvalidArgument
from .integers import as_integer

# The type checker refuses other constants; values from files and users are checked at run time.
WordSize = Literal[4, 8]

# Codes of the module struct: the byte order, without padding, and unsigned numbers by their size in bytes.
ORDER_CODES: dict[Endian, str] = {LITTLE: "<", BIG: ">"}
UNSIGNED_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
SIGNED_CODES = {1: "b", 2: "h", 4: "i", 8: "q"}
FLOAT_CODES = {4: "f", 8: "d"}

# The smallest page size of all architectures here; layouts in pages are multiples of it.
SMALLEST_PAGE = 4096


# The bits of an address that AArch64 ignores: the top byte (TBI, and with it the tags of MTE), for programs
# under Linux always (Documentation/arch/arm64/tagged-pointers.rst). PAC adds more, as the process says.
AARCH64_IGNORED = 0xFF << 56


class Arch(NamedTuple):
    """Word size in bytes (4 or 8), byte order (`little` or `big`) and page size in bytes.

    `ignored_bits` are those of an address that say nothing of where it is: tags and signatures in pointers.
    """

    word_size: WordSize = 8
    endian: Endian = LITTLE
    page_size: int = 4096
    ignored_bits: int = 0

    @property
    def address_limit(self) -> int:
        """One past the highest address of this word size."""
        return int(1 << (8 * self.word_size))

    def untagged(self, address: int) -> int:
        """Return where an address is, without tags and signatures, as debuggers and the kernel read it.

        The ignored bits become what they are in the canonical address: where the top bit is one of them,
        copies of bit 55 (AArch64), else of the top bit, so that only user addresses change (x86 LAM).
        """
        ignored = self.ignored_bits
        if not ignored:
            return address
        decides = 55 if ignored >> 63 else 63
        return address | ignored if address >> decides & 1 else address & ~ignored

    @property
    def order(self) -> str:
        """The byte order as struct wants it, without padding."""
        return ORDER_CODES[self.endian]


class Machine(NamedTuple):
    """A processor as ELF files name it: `e_machine`, and `e_flags`, which tells variants of it (its ABI)."""

    number: int
    flags: int = 0


def words_layout(size: int, endian: Endian, count: int = 1) -> Struct:
    """Return the layout of unsigned words of `size` bytes (1, 2, 4 or 8), one after the other."""
    return Struct(f"{ORDER_CODES[endian]}{count}{UNSIGNED_CODES[size]}")


def check_word_size(word_size: int) -> WordSize:
    """Return the word size, or raise InvalidArgument unless it is 4 or 8."""
    given = as_integer(word_size)
    if given == 4:
        return 4
    if given == 8:
        return 8
    raise InvalidArgument(f"a word has 4 or 8 bytes, not {given}")


def check_endian(endian: str) -> Endian:
    """Return the byte order, or raise InvalidArgument unless it is `little` or `big`."""
    if as_text(endian) == "little":
        return "little"
    if endian == "big":
        return "big"
    raise InvalidArgument(f"the byte order is 'little' or 'big', not {endian!r}")
