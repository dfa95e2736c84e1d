"""What a dynamic linker writes into a mapped ELF file, and where, by the file's own tables.

Layouts: gABI, chapters "Relocation" and "Relative Relocation Table" (RELR); the types are those of the
processor supplements: x86-64 psABI 1.0 table 4.10, i386 psABI table 2.4, AArch64 ELF ABI (IHI 0056)
section 5.7, ARM ELF ABI (IHI 0044) table 4-9.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from heapq import merge
from itertools import islice, takewhile
from typing import NamedTuple

from ..ranges import align_down
from .dynamic import Dynamic, DynamicSymbol, DynamicSymbols
from .headers import ReadAt
from .segments import Elf

# d_tag values.
_PLTRELSZ, _PLTGOT, _RELA, _RELASZ = 2, 3, 7, 8
_REL, _RELSZ, _PLTREL, _DEBUG, _JMPREL = 17, 18, 20, 21, 23
_RELRSZ, _RELR = 35, 36
# Entries of the dynamic section that glibc relocates in place: addresses of tables.
_ADDRESSES = frozenset(
    {_PLTGOT, 4, 5, 6, _RELA, 12, 13, _REL, _JMPREL, 25, 26, 32, _RELR, 0x6FFFFEF5, 0x6FFFFFF0}
)

# What a relocated word holds: an address in its own file, one of a symbol, the same but filled in when it
# is first used, one that a function of the file computed, the number of a module, an offset in thread-local
# storage, a function and an argument for it; and what a linker keeps for itself: its structure for
# debuggers, the one of the file, and its function that looks symbols up. Last, a copy of a symbol's bytes.
RELATIVE, SYMBOL, SLOT, IFUNC, MODULE, TLS, DESCRIPTOR, DEBUG, LINK_MAP, RESOLVER, COPY = range(11)

_KINDS = {
    62: {
        1: SYMBOL,
        5: COPY,
        6: SYMBOL,
        7: SLOT,
        8: RELATIVE,
        16: MODULE,
        17: TLS,
        18: TLS,
        36: DESCRIPTOR,
        37: IFUNC,
    },
    3: {
        1: SYMBOL,
        5: COPY,
        6: SYMBOL,
        7: SLOT,
        8: RELATIVE,
        14: TLS,
        35: MODULE,
        36: TLS,
        37: TLS,
        41: DESCRIPTOR,
        42: IFUNC,
    },
    183: {
        257: SYMBOL,
        1024: COPY,
        1025: SYMBOL,
        1026: SLOT,
        1027: RELATIVE,
        1028: MODULE,
        1029: TLS,
        1030: TLS,
        1031: DESCRIPTOR,
        1032: IFUNC,
    },
    40: {
        2: SYMBOL,
        13: DESCRIPTOR,
        17: MODULE,
        18: TLS,
        19: TLS,
        20: COPY,
        21: SYMBOL,
        22: SLOT,
        23: RELATIVE,
        160: IFUNC,
    },
}


# By address: what a word holds, the addend, and the number of the symbol; see Slot.
_Found = dict[int, "tuple[int, int | None, int]"]
# A relative word that holds its addend itself.
_IN_PLACE = (RELATIVE, None, 0)


class Slot(NamedTuple):
    """A word that is relocated: its unrelocated address, what it will hold, the addend, the symbol's number.

    `addend` is None where the word itself holds it in the file (REL, RELR).
    """

    address: int
    kind: int
    addend: int | None
    symbol: int = 0


class Relocations:
    """The slots of one ELF file, asked by unrelocated address."""

    def __init__(self, elf: Elf, read: ReadAt) -> None:
        """Read the tables; what is damaged in them is left out. `read` takes offsets of the file."""
        self.elf, self._read = elf, read
        self.dynamic = Dynamic(elf, read)
        self._word = elf.header.words(1)
        # Large libraries have hundreds of thousands, few of which are ever used: they are no objects.
        self._found = _tables(self.dynamic)
        self._addresses = sorted(self._found)
        self._packed = _Packed(self.dynamic)
        self._symbols: DynamicSymbols | None = None
        copies = (self.size_of(slot) for slot in self._slots(COPY))
        self._longest = max(copies, default=0) + 2 * elf.word_size

    @property
    def symbols(self) -> DynamicSymbols:
        """The file's dynamic symbols, read when they are first asked for."""
        if self._symbols is None:
            self._symbols = DynamicSymbols(self.dynamic)
        return self._symbols

    def _slots(self, kind: int) -> Iterator[Slot]:
        return (Slot(address, *what) for address, what in self._found.items() if what[0] == kind)

    def within(self, start: int, end: int) -> Iterator[Slot]:
        """Yield the slots that share a byte with a range, in order."""
        return merge(self._single(start, end), self._relative(start, end))

    def _single(self, start: int, end: int) -> Iterator[Slot]:
        index = bisect_left(self._addresses, start - self._longest + 1)
        while index < len(self._addresses) and self._addresses[index] < end:
            address = self._addresses[index]
            slot = Slot(address, *self._found[address])
            if slot.address + self.size_of(slot) > start:
                yield slot
            index += 1

    def _relative(self, start: int, end: int) -> Iterator[Slot]:
        """Yield the slots that only the packed table names."""
        for address in self._packed.within(start, end):
            if address not in self._found:
                yield Slot(address, *_IN_PLACE)

    def size_of(self, slot: Slot) -> int:
        """Return the bytes of the slot."""
        if slot.kind == COPY:
            symbol = self.symbols.symbol(slot.symbol)
            return symbol.size if symbol is not None and symbol.size else self.elf.word_size
        return self.elf.word_size * (2 if slot.kind == DESCRIPTOR else 1)

    def in_file(self, slot: Slot) -> bytes:
        """Return what the file holds in the slot; fewer bytes if it has no more."""
        offset = self.elf.offset_of(slot.address)
        return b"" if offset is None else self._read(offset, self.size_of(slot))

    def symbol(self, slot: Slot) -> DynamicSymbol | None:
        """Return the symbol whose address the slot takes; None where the table is damaged."""
        return self.symbols.symbol(slot.symbol)

    def word(self, data: bytes | bytearray) -> int:
        """Return the file's first word in the data, which has it."""
        return int(self._word.unpack_from(data)[0])

    @property
    def mask(self) -> int:
        """The largest word: values are computed modulo one more."""
        return (1 << 8 * self.elf.word_size) - 1


def _tables(dynamic: Dynamic) -> _Found:
    """Return, by address, what kind of word is relocated, the addend, and the symbol's number.

    All but those of the packed table.
    """
    elf, found = dynamic.elf, dict(_linker_words(dynamic))
    in_calls = dynamic.tags.get(_PLTREL) == _RELA
    for table, size, with_addend in (
        (_RELA, _RELASZ, True),
        (_REL, _RELSZ, False),
        (_JMPREL, _PLTRELSZ, in_calls),
    ):
        found.update(_relocations(elf, dynamic.sized_table(table, size), with_addend))
    return found


def _linker_words(dynamic: Dynamic) -> Iterator[tuple[int, tuple[int, int | None, int]]]:
    """Yield the words that the dynamic linker fills in for its own use, which no table lists.

    These are the address of its structure for debuggers (DT_DEBUG), addresses in the dynamic section
    itself, and the second and third word of the global offset table (psABI, "Global Offset Table").
    """
    word = dynamic.elf.word_size
    for index, (tag, value) in enumerate(dynamic.entries):
        place = dynamic.address + (2 * index + 1) * word
        if tag == _DEBUG:
            yield place, (DEBUG, 0, 0)
        elif tag in _ADDRESSES:
            yield place, _IN_PLACE
        if tag == _PLTGOT:
            yield value + word, (LINK_MAP, 0, 0)
            yield value + 2 * word, (RESOLVER, 0, 0)


def _relocations(
    elf: Elf, data: bytes, with_addend: bool
) -> Iterator[tuple[int, tuple[int, int | None, int]]]:
    """Yield the entries of a table of Elf32_Rel, Elf32_Rela, Elf64_Rel or Elf64_Rela."""
    wide = elf.word_size == 8
    word = ("QQ" if wide else "II") + (("q" if wide else "i") if with_addend else "")
    layout = struct.Struct(elf.order + word)
    kinds, shift = _KINDS.get(elf.header.machine, {}), 32 if wide else 8
    mask = (1 << shift) - 1
    for place, info, *addend in layout.iter_unpack(data[: align_down(len(data), layout.size)]):
        kind = kinds.get(info & mask)
        if kind is not None:
            yield place, (kind, addend[0] if addend else None, info >> shift)


class _Packed:
    """The words that a RELR table names, asked by address; kept packed, or a few bytes would fill memory."""

    def __init__(self, dynamic: Dynamic) -> None:
        self._word = dynamic.elf.word_size
        self._runs: dict[int, int] = {}
        for place, bits in relr(dynamic.sized_table(_RELR, _RELRSZ), dynamic.elf):
            self._runs[place] = self._runs.get(place, 0) | bits
        self._places = sorted(self._runs)

    def within(self, start: int, end: int) -> list[int]:
        """Return the addresses of the words that share a byte with a range, in order."""
        word = self._word
        first = bisect_left(self._places, start - 8 * word * word)
        runs = takewhile(lambda place: place < end, islice(self._places, first, None))
        found = {place + bit * word for place in runs for bit in _bits(self._runs[place])}
        return sorted(address for address in found if start - word < address < end)


def relr(data: bytes, elf: Elf) -> Iterator[tuple[int, int]]:
    """Yield addresses that a RELR table names, each with a bitmap of the words from there on.

    An even entry is the address of one; each odd one is a bitmap of the words that follow the last ones, its
    lowest bit aside (gABI, "Relative Relocation Table").
    """
    word = elf.word_size
    layout = elf.header.words(1)
    place = 0
    for (entry,) in layout.iter_unpack(data[: align_down(len(data), word)]):
        if entry & 1:
            yield place, entry >> 1
            place += (8 * word - 1) * word
        else:
            yield entry, 1
            place = entry + word


def _bits(bitmap: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set."""
    return (bit for bit in range(bitmap.bit_length()) if bitmap >> bit & 1)
