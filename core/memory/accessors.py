"""Typed access to memory: integers, strings and pointers, by word size and byte order."""

from __future__ import annotations

import string
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from ..arch import WordSize, check_endian, check_word_size
from ..byte_order import Endian
from ..errors import AlreadySet, AtlasError, InvalidArgument, MemoryFault
from ..integers import IntegerLike, as_address, as_integer, as_integer_if_given
from ..ranges import TOP, align_up

# Bytes of a string that are read first, and at most at a time: less than a page at first, so that little is
# wasted; then twice as much each time, so that a long string takes few reads.
_FIRST_PIECE, _LARGEST_PIECE = 256, 1 << 16
# Bytes read at a time, so that an absurd size fails before all of it is allocated.
_STEP = 1 << 20
_PRINTABLE = frozenset(map(ord, string.printable))
_FIRST = frozenset(map(ord, string.ascii_letters + "_"))
_LATER = _FIRST | frozenset(map(ord, string.digits))


class Accessors(ABC):
    """Typed access to any memory, over its `read_into`. Addresses and sizes are in bytes.

    Both are integers, or what stands for them (`core/integers.py`): a debugger's values.

    A read of missing memory raises MemoryFault with the first missing address. Raw reads need no word size or
    byte order; methods that need one which isn't set raise InvalidArgument.
    """

    def __init__(self, word_size: WordSize | None = None, endian: Endian | None = None) -> None:
        self._word_size = None if word_size is None else check_word_size(word_size)
        self._endian = None if endian is None else check_endian(endian)

    @abstractmethod
    def read_into(self, address: IntegerLike, buffer: memoryview) -> int:
        """Fill the buffer up to the first byte that isn't there; return how many it got."""

    @abstractmethod
    def _reason(self, address: int) -> str:
        """Return why the byte at an address can't be read: `unmapped`, `absent` or `unreadable`."""

    def _hint(self, _address: int) -> str | None:
        """Return what more is known of why the byte at an address can't be read."""
        return None

    def read(self, address: IntegerLike, size: IntegerLike) -> bytes:
        """Return exactly `size` bytes, or raise MemoryFault at the first address that is missing.

        Raise InvalidArgument for a negative address or size.
        """
        address, size = as_address(address), as_integer(size)
        if address < 0 or size < 0:
            raise InvalidArgument("addresses and sizes can't be negative")
        pieces = []
        while size > 0:
            buffer = bytearray(min(size, _STEP))
            done = self.read_into(address, memoryview(buffer))
            if done < len(buffer):
                place = address + done
                raise MemoryFault(place, size - done, self._reason(place), hint=self._hint(place))
            pieces.append(bytes(buffer))
            address, size = address + done, size - done
        return b"".join(pieces)

    def set_word_size(self, word_size: WordSize) -> None:
        """Set the word size, 4 or 8 bytes, once; AlreadySet after that."""
        if self._word_size is not None:
            raise AlreadySet(f"the word size is {self._word_size} already")
        self._word_size = check_word_size(word_size)

    def set_endian(self, endian: Endian) -> None:
        """Set the byte order, `little` or `big`, once; AlreadySet after that."""
        if self._endian is not None:
            raise AlreadySet(f"the byte order is {self._endian} already")
        self._endian = check_endian(endian)

    @property
    def word_size(self) -> int:
        """Bytes in a word, 4 or 8; InvalidArgument while it isn't set."""
        if self._word_size is None:
            raise InvalidArgument("this needs a word size", hint="set_word_size(4) or set_word_size(8)")
        return self._word_size

    @property
    def endian(self) -> Endian:
        """The byte order, `little` or `big`; InvalidArgument while it isn't set."""
        if self._endian is None:
            raise InvalidArgument("this needs a byte order", hint="set_endian('little') or set_endian('big')")
        return self._endian

    def get_byte(self, address: IntegerLike) -> int:
        """Return the byte at the address, 0 to 255."""
        return self.read(address, 1)[0]

    def get_bytes(self, address: IntegerLike, size: IntegerLike) -> bytes:
        """Return exactly `size` bytes from the address on."""
        return self.read(address, size)

    def get_int32(self, address: IntegerLike) -> int:
        """Return the signed 32-bit integer at the address."""
        return self._integer(address, 4, True)

    def get_int64(self, address: IntegerLike) -> int:
        """Return the signed 64-bit integer at the address."""
        return self._integer(address, 8, True)

    def get_c_int(self, address: IntegerLike) -> int:
        """Return C's int at the address: signed, 32 bits on every target that ptatlas knows."""
        return self._integer(address, 4, True)

    def get_c_long(self, address: IntegerLike) -> int:
        """Return C's long at the address: signed, as wide as a word (the ILP32 and LP64 data models)."""
        return self._integer(address, self.word_size, True)

    def follow_pointer(self, address: IntegerLike) -> int:
        """Return the address that the word at this address holds."""
        return self._integer(address, self.word_size, False)

    def get_string(self, address: IntegerLike, most: int | None = None) -> bytes:
        """Return the bytes from the address up to the first NUL, without it, and at most `most` of them.

        Raise MemoryFault at the first missing address if that comes before any NUL and before `most` bytes
        are known, InvalidArgument for a negative number.
        """
        most = as_integer_if_given(most)
        if most is None:
            return b"".join(self._string_pieces(as_address(address)))
        if most < 0:
            raise InvalidArgument(f"{most} bytes can't be read")
        found = b""
        pieces = self._string_pieces(as_address(address))
        while len(found) < most and (piece := next(pieces, None)) is not None:
            found += piece
        return found[:most]

    def is_mapped(self, address: IntegerLike) -> bool:
        """Return whether the byte at the address can be read."""
        return self._is(lambda: bool(self.read(address, 1)))

    def is_string(self, address: IntegerLike) -> bool:
        """Return whether there is a text at the address: ASCII that prints, white space too, up to a NUL.

        The empty string is one.
        """
        return self._is(lambda: all(map(_PRINTABLE.issuperset, self._string_pieces(as_address(address)))))

    def is_c_identifier(self, address: IntegerLike) -> bool:
        """Return whether there is an identifier of C at the address (C11 6.4.2.1, ASCII), up to a NUL."""
        return self._is(lambda: self._is_identifier(as_address(address)))

    def next_word(self, address: IntegerLike) -> int:
        """Return the address one word further up; InvalidArgument beyond 2**64."""
        return _in_space(as_address(address) + self.word_size)

    def previous_word(self, address: IntegerLike) -> int:
        """Return the address one word further down; InvalidArgument below 0."""
        return _in_space(as_address(address) - self.word_size)

    def align(self, address: IntegerLike) -> int:
        """Return the address itself if it is a multiple of the word size, else the next one that is."""
        return _in_space(align_up(as_address(address), self.word_size))

    def _integer(self, address: IntegerLike, size: int, signed: bool) -> int:
        return int.from_bytes(self.read(address, size), self.endian, signed=signed)

    def _string_pieces(self, address: int) -> Iterator[bytes]:
        """Yield the bytes up to the first NUL in pieces; raise MemoryFault if a missing byte comes first."""
        most = _FIRST_PIECE
        while True:
            piece = self._some(address, most - address % most)
            head, nul, _ = piece.partition(b"\0")
            yield head
            if nul:
                return
            address += len(piece)
            most = min(2 * most, _LARGEST_PIECE)

    def _some(self, address: int, size: int) -> bytes:
        """Return at least one and at most `size` bytes, as many as there are."""
        try:
            return self.read(address, size)
        except MemoryFault as fault:
            if fault.address <= address:
                raise
            return self.read(address, fault.address - address)

    def _is_identifier(self, address: int) -> bool:
        allowed = _FIRST
        is_empty = True
        for piece in self._string_pieces(address):
            if not allowed.issuperset(piece[:1]) or not _LATER.issuperset(piece):
                return False
            allowed, is_empty = _LATER, is_empty and not piece
        return not is_empty

    @staticmethod
    def _is(test: Callable[[], bool]) -> bool:
        try:
            return test()
        except AtlasError:  # memory that can't be read is no string
            return False


def _in_space(address: int) -> int:
    if not 0 <= address <= TOP:
        raise InvalidArgument(f"there is no address {address:#x}")
    return address
