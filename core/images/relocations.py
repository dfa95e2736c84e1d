"""What a dynamic linker writes into a mapped ELF file, and where: the file's own tables say so.

Layouts: gABI, chapters "Relocation", "Relative Relocation Table" (RELR) and "Dynamic Section"; the types
are those of the processor supplements: x86-64 psABI 1.0 table 4.10, i386 psABI table 2.4, AArch64 ELF ABI
(IHI 0056) section 5.7, ARM ELF ABI (IHI 0044) table 4-9.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .elf import PT_DYNAMIC, Elf, Read

# d_tag values.
_NULL, _PLTRELSZ, _PLTGOT, _RELA, _RELASZ = 0, 2, 3, 7, 8
_REL, _RELSZ, _PLTREL, _DEBUG, _JMPREL = 17, 18, 20, 21, 23
_RELRSZ, _RELR = 35, 36
# Entries of the dynamic section that glibc relocates in place: addresses of tables.
_ADDRESSES = frozenset(
    {_PLTGOT, 4, 5, 6, _RELA, 12, 13, _REL, _JMPREL, 25, 26, 32, _RELR, 0x6FFFFEF5, 0x6FFFFFF0}
)
_MOST = 1 << 28

# What a relocated word holds.
RELATIVE, SYMBOL, SLOT, IFUNC, MODULE, TLS, DESCRIPTOR, POINTER = range(8)

_KINDS = {
    62: {1: SYMBOL, 6: SYMBOL, 7: SLOT, 8: RELATIVE, 16: MODULE, 17: TLS, 18: TLS, 36: DESCRIPTOR, 37: IFUNC},
    3: {
        1: SYMBOL,
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
        21: SYMBOL,
        22: SLOT,
        23: RELATIVE,
        160: IFUNC,
    },
}


# By address: what a word holds, and the addend; see Slot.
_Found = dict[int, "tuple[int, int | None]"]
# A relative word that holds its addend itself.
_IN_PLACE: tuple[int, int | None] = (RELATIVE, None)


class Slot(NamedTuple):
    """A word that is relocated: its unrelocated address, what it will hold, and the addend.

    `addend` is None where the word itself holds it in the file (REL, RELR).
    """

    address: int
    kind: int
    addend: int | None


class Relocations:
    """The slots of one ELF file, asked by unrelocated address."""

    def __init__(self, elf: Elf, read: Read) -> None:
        """Read the tables; what is damaged in them is left out. `read` takes offsets of the file."""
        self.elf, self._read = elf, read
        self._word = struct.Struct(elf.endian + ("I" if elf.word_size == 4 else "Q"))
        # Large libraries have hundreds of thousands, few of which are ever asked for: no object for each.
        self._found = _tables(elf, read)
        self._addresses = sorted(self._found)

    def __len__(self) -> int:
        return len(self._addresses)

    def within(self, start: int, end: int) -> Iterator[Slot]:
        """Iterate over the slots that share a byte with a range, in order."""
        index = bisect_left(self._addresses, start - self.size_of_longest + 1)
        while index < len(self._addresses) and self._addresses[index] < end:
            address = self._addresses[index]
            slot = Slot(address, *self._found[address])
            if slot.address + self.size_of(slot) > start:
                yield slot
            index += 1

    @property
    def size_of_longest(self) -> int:
        """Bytes in the longest slot that there can be."""
        return 2 * self.elf.word_size

    def size_of(self, slot: Slot) -> int:
        """Bytes in the slot."""
        return self.elf.word_size * (2 if slot.kind == DESCRIPTOR else 1)

    def in_file(self, slot: Slot) -> bytes:
        """Return what the file holds in the slot; fewer bytes if it has no more."""
        offset = self.elf.offset_of(slot.address)
        return b"" if offset is None else self._read(offset, self.size_of(slot))

    def fits(
        self,
        slot: Slot,
        before: bytes | bytearray,
        now: bytes | bytearray,
        bias: int,
        is_mapped: Callable[[int], bool],
    ) -> bool:
        """Tell whether a slot may hold `now`, where the file has `before`, when loaded at `bias`.

        A relative slot has one right value. One that takes a symbol's address may point to anywhere in
        memory, or stay as it was but for the bias until it is first used, or hold nothing for a weak
        symbol. Offsets of thread-local storage can't be told from other numbers and always fit.
        """
        mask = (1 << 8 * self.elf.word_size) - 1
        was, value = (self._word.unpack_from(data)[0] for data in (before, now))
        addend = was if slot.addend is None else slot.addend
        if slot.kind == RELATIVE:
            return bool(value == (addend + bias) & mask)
        if slot.kind == MODULE:
            return bool(0 < value < 1 << 16)
        if slot.kind == TLS:
            return True
        lazy = slot.kind == SLOT and value == (was + bias) & mask
        target = (value - addend) & mask if slot.kind == SYMBOL else value
        return lazy or (target == 0 and slot.kind == SYMBOL) or is_mapped(value) or is_mapped(target)


def _tables(elf: Elf, read: Read) -> _Found:
    """Return, by address, what kind of word is relocated, and the addend."""
    found: _Found = {}
    for segment in elf.of_type(PT_DYNAMIC):
        entries = list(_dynamic(elf, read, segment.offset, segment.file_size))
        tags = dict(reversed(entries))
        found.update(_linker_words(elf, entries, segment.address))
        packed = _table(elf, read, tags.get(_RELR), tags.get(_RELRSZ))
        found.update(dict.fromkeys(relr(packed, elf), _IN_PLACE))
        in_calls = tags.get(_PLTREL) == _RELA
        for table, size, with_addend in (
            (_RELA, _RELASZ, True),
            (_REL, _RELSZ, False),
            (_JMPREL, _PLTRELSZ, in_calls),
        ):
            found.update(_relocations(elf, _table(elf, read, tags.get(table), tags.get(size)), with_addend))
    return found


def _dynamic(elf: Elf, read: Read, offset: int, size: int) -> Iterator[tuple[int, int]]:
    layout = struct.Struct(elf.endian + ("iI" if elf.word_size == 4 else "qQ"))
    data = read(offset, min(size, _MOST))
    for tag, value in layout.iter_unpack(data[: len(data) // layout.size * layout.size]):
        if tag == _NULL:
            return
        yield tag, value


def _linker_words(
    elf: Elf, entries: list[tuple[int, int]], dynamic: int
) -> Iterator[tuple[int, tuple[int, int | None]]]:
    """Yield the words that the dynamic linker fills in for itself, without a table of their own.

    These are the address of its structure for debuggers (DT_DEBUG), addresses in the dynamic section
    itself, and the second and third word of the global offset table (psABI, "Global Offset Table").
    """
    word = elf.word_size
    for index, (tag, value) in enumerate(entries):
        place = dynamic + (2 * index + 1) * word
        if tag == _DEBUG:
            yield place, (POINTER, 0)
        elif tag in _ADDRESSES:
            yield place, _IN_PLACE
        if tag == _PLTGOT:
            yield value + word, (POINTER, 0)
            yield value + 2 * word, (POINTER, 0)


def _table(elf: Elf, read: Read, address: int | None, size: int | None) -> bytes:
    offset = None if address is None else elf.offset_of(address)
    return b"" if offset is None or not size or size > _MOST else read(offset, size)


def _relocations(elf: Elf, data: bytes, with_addend: bool) -> Iterator[tuple[int, tuple[int, int | None]]]:
    """Yield what a table of Elf32_Rel, Elf32_Rela, Elf64_Rel or Elf64_Rela says."""
    wide = elf.word_size == 8
    word = ("QQ" if wide else "II") + (("q" if wide else "i") if with_addend else "")
    layout = struct.Struct(elf.endian + word)
    kinds, mask = _KINDS.get(elf.machine, {}), 0xFFFFFFFF if wide else 0xFF
    for place, info, *addend in layout.iter_unpack(data[: len(data) // layout.size * layout.size]):
        kind = kinds.get(info & mask)
        if kind is not None:
            yield place, (kind, addend[0] if addend else None)


def relr(data: bytes, elf: Elf) -> Iterator[int]:
    """Yield the addresses that a RELR table names.

    An even entry is an address; each odd one is a bitmap of the words that follow the last ones, its
    lowest bit aside (gABI, "Relative Relocation Table").
    """
    word = elf.word_size
    layout = struct.Struct(elf.endian + ("I" if word == 4 else "Q"))
    place = 0
    for (entry,) in layout.iter_unpack(data[: len(data) // word * word]):
        if not entry & 1:
            yield entry
            place = entry + word
            continue
        for bit in range(8 * word - 1):
            if entry >> (bit + 1) & 1:
                yield place + bit * word
        place += (8 * word - 1) * word
