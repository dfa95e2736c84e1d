"""The dynamic section of an ELF file, and the tables and symbols that it names.

Layouts: gABI, chapters "Dynamic Section", "Symbol Table" and "Hash Table"; the GNU hash table as binutils
and glibc have it (DT_GNU_HASH). The tables are found as a dynamic linker finds them, by the dynamic
section: section headers may be stripped.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from ..ranges import align_down
from .headers import PT_DYNAMIC, ElfHeader, ReadAt
from .segments import Elf

# d_tag values.
DT_NULL, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_GNU_HASH = 0, 4, 5, 6, 10, 0x6FFFFEF5
# No table is larger, in bytes, unless it is damaged.
LARGEST = 1 << 28
_CHUNK = 1 << 14
# Names share their ends, and one has several versions: all together are at most so many times the table.
_MOST_OVERLAP = 16

# Of st_info and st_shndx.
_LOCAL, _WEAK, _IFUNC = 0, 2, 10
_UNDEFINED, _ABSOLUTE = 0, 0xFFF1


class DynamicSymbol(NamedTuple):
    """An entry of the symbol table; `value` is an unrelocated address, `size` in bytes."""

    name: bytes
    value: int
    size: int
    info: int
    section: int

    @property
    def is_local(self) -> bool:
        """Whether it binds within its own file, whatever others define (STB_LOCAL)."""
        return self.info >> 4 == _LOCAL

    @property
    def is_weak(self) -> bool:
        """Whether it may stay undefined (STB_WEAK)."""
        return self.info >> 4 == _WEAK

    @property
    def is_ifunc(self) -> bool:
        """Whether a function in the file computes its address (STT_GNU_IFUNC)."""
        return self.info & 15 == _IFUNC

    @property
    def is_absolute(self) -> bool:
        """Whether its value stays the same wherever the file is loaded (SHN_ABS)."""
        return self.section == _ABSOLUTE

    @property
    def has_address(self) -> bool:
        """Whether the file gives it an address: by defining it, or by a stub that stands for it."""
        return self.section != _UNDEFINED or self.value != 0


def dynamic_entries(header: ElfHeader, content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the entries (d_tag, d_val) of a dynamic section up to DT_NULL, as far as they are whole."""
    layout = struct.Struct(header.order + ("iI" if header.word_size == 4 else "qQ"))
    for tag, value in layout.iter_unpack(_whole(content, layout.size)):
        if tag == DT_NULL:
            return
        yield tag, value


class Dynamic:
    """The dynamic section: its entries in order, where it lies, and the bytes of its tables."""

    def __init__(self, elf: Elf, read: ReadAt) -> None:
        """Read it; an ELF file without one, or with a damaged one, has no entries. `read` takes offsets."""
        self.elf, self._read = elf, read
        segment = next(elf.of_type(PT_DYNAMIC), None)
        self.address = 0 if segment is None else segment.address
        self.entries = (
            ()
            if segment is None
            else tuple(dynamic_entries(elf.header, read(segment.offset, min(segment.file_size, LARGEST))))
        )
        self.tags = dict(reversed(self.entries))

    def table(self, tag: int, size: int | None, skip: int = 0) -> bytes:
        """Return the bytes from `skip` on of the table that an entry points to; fewer where it is damaged."""
        address = self.tags.get(tag)
        offset = None if address is None else self.elf.offset_of(address)
        if offset is None or not size or skip + size > LARGEST:
            return b""
        return self._read(offset + skip, size)

    def sized_table(self, tag: int, size_tag: int) -> bytes:
        """Return the bytes of a table whose size is in another entry."""
        return self.table(tag, self.tags.get(size_tag))


class DynamicSymbols:
    """The dynamic symbols of an ELF file, by number and by name."""

    def __init__(self, dynamic: Dynamic) -> None:
        """Read the table, as far as it isn't damaged."""
        wide = dynamic.elf.word_size == 8
        self._wide = wide
        self._layout = struct.Struct(dynamic.elf.order + ("IBBHQQ" if wide else "IIIBBH"))
        size = self._layout.size * _symbol_count(dynamic)
        # As it lies in the file: large libraries have tens of thousands, few of which are ever asked for.
        self._rows = _whole(dynamic.table(DT_SYMTAB, size), self._layout.size)
        names = dynamic.sized_table(DT_STRTAB, DT_STRSZ)
        self._names = names[
            : names.rfind(b"\0") + 1
        ]  # else each that has no end would be looked for to the end
        self._numbers: dict[bytes, list[int]] | None = None

    def __len__(self) -> int:
        return len(self._rows) // self._layout.size

    def symbol(self, number: int) -> DynamicSymbol | None:
        """Return a symbol by its number, or None if there is none."""
        if not 0 <= number < len(self):
            return None
        return self._read(self._layout.unpack_from(self._rows, number * self._layout.size))

    def _read(self, row: tuple[int, ...]) -> DynamicSymbol:
        if self._wide:
            name, info, _, section, value, size = row
        else:
            name, value, size, info, _, section = row
        return DynamicSymbol(self._name(name), value, size, info, section)

    def named(self, name: bytes) -> Iterator[DynamicSymbol]:
        """Yield the symbols of this name that have an address here."""
        if self._numbers is None:
            self._numbers = self._by_name()
        for number in self._numbers.get(name, ()):
            symbol = self.symbol(number)
            if symbol is not None and symbol.has_address:
                yield symbol

    def _by_name(self) -> dict[bytes, list[int]]:
        """Return the numbers of the symbols by name.

        Where names overlap far more than a linker makes them share their ends, the table is damaged, and the
        rest of it is left out.
        """
        found: dict[bytes, list[int]] = defaultdict(list)
        left = _MOST_OVERLAP * len(self._names)
        for number, row in enumerate(self._layout.iter_unpack(self._rows)):
            name = self._name(row[0])
            left -= len(name)
            if left < 0:
                break
            if name:
                found[name].append(number)
        return found

    def _name(self, offset: int) -> bytes:
        end = self._names.find(b"\0", offset)
        return self._names[offset:end] if end >= 0 else b""


def _symbol_count(dynamic: Dynamic) -> int:
    """Return how many symbols there are, which only the hash tables say: as many as they have chains for."""
    (count,) = _words(dynamic, DT_HASH, 4, 1) or (0,)
    return count or _gnu_count(dynamic)


def _gnu_count(dynamic: Dynamic) -> int:
    """Return one more than the last symbol of the last chain; its entry has the lowest bit set."""
    header = _words(dynamic, DT_GNU_HASH, 0, 4)
    if not header:
        return 0
    bucket_count, first, bloom_words, _ = header
    buckets_at = 16 + bloom_words * dynamic.elf.word_size
    buckets = dynamic.table(DT_GNU_HASH, 4 * bucket_count, buckets_at)
    if len(buckets) < 4 * bucket_count:
        return first
    layout = struct.Struct(dynamic.elf.order + "I")
    last = max((symbol for (symbol,) in layout.iter_unpack(buckets)), default=0)
    if last < first:
        return first
    return last + _chain_length(dynamic, buckets_at + 4 * (bucket_count + last - first))


def _chain_length(dynamic: Dynamic, at: int) -> int:
    """Return how many entries a chain has: up to the first with its lowest bit set, or to the file's end."""
    length = 0
    while True:
        data = dynamic.table(DT_GNU_HASH, _CHUNK, at + 4 * length)
        chain = struct.unpack(f"{dynamic.elf.order}{len(data) // 4}I", _whole(data, 4))
        end = next((number for number, entry in enumerate(chain, 1) if entry & 1), None)
        length += len(chain) if end is None else end
        if end is not None or len(data) < _CHUNK:
            return length


def _words(dynamic: Dynamic, tag: int, skip: int, count: int) -> tuple[int, ...]:
    """Return `count` words of 32 bits from `skip` bytes into a table on; none if they aren't all there."""
    data = dynamic.table(tag, 4 * count, skip)
    return struct.unpack(f"{dynamic.elf.order}{count}I", data) if len(data) == 4 * count else ()


def _whole(data: bytes, size: int) -> bytes:
    return data[: align_down(len(data), size)]
