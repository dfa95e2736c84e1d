"""The ELF header and the program headers, in both byte orders and word sizes.

The lowest level of three: `read_header` gives the header, `program_headers` the segments one by one, and
`segments.Elf` has both of a file with few segments, to be asked by offset and address. They are read with
struct rather than pyelftools: a core file may have 60,000 program headers, for which that takes half a
second, and a damaged file must give a SourceError or fewer headers, never another error. Layouts: elf(5);
extended numbering: System V gABI, "Sections", e_phnum.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ..arch import ORDER_CODES, SMALLEST_PAGE, WordSize, words_layout
from ..byte_order import BIG, LITTLE, Endian
from ..errors import SourceError
from ..ranges import align_down

ReadAt = Callable[[int, int], bytes]
"""`read(offset, size)`: the bytes there, fewer at the end of what there is."""

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_TLS, PT_GNU_RELRO = 1, 2, 3, 4, 7, 0x6474E552
MAGIC = b"\x7fELF"
HEADER_SIZE = 64  # bytes, of 64-bit files; those of 32 bits have fewer
PF_X, PF_W, PF_R = 1, 2, 4
ET_EXEC, ET_CORE = 2, 4
EM_386, EM_MIPS, EM_PPC, EM_PPC64, EM_S390, EM_ARM = 3, 8, 20, 21, 22, 40
EM_X86_64, EM_AARCH64, EM_RISCV, EM_LOONGARCH = 62, 183, 243, 258
EM_SPARC, EM_SPARC32PLUS, EM_SPARCV9, EM_IA_64, EM_ALPHA = 2, 18, 43, 50, 0x9026
_PN_XNUM = 0xFFFF
# Only a damaged file claims more program headers, or longer ones; so many are read at once.
_MOST_HEADERS, _LONGEST_HEADER, _AT_ONCE = 1 << 22, 256, 1 << 14
_PT_NULL = 0

_ENDIANS: dict[int, Endian] = {1: LITTLE, 2: BIG}  # EI_DATA
_WORD_SIZES: dict[int, WordSize] = {1: 4, 2: 8}  # EI_CLASS
_TYPES = {0: "none", 1: "an object file", 2: "a program", 3: "a program or library", 4: "a core file"}


class ElfHeader(NamedTuple):
    """The fields of the ELF header that ptatlas needs; sizes and offsets in bytes."""

    word_size: WordSize
    endian: Endian
    type: int
    machine: int
    flags: int = 0
    phoff: int = 0
    phentsize: int = 0
    phnum: int = 0
    shoff: int = 0

    @property
    def order(self) -> str:
        """The byte order as struct wants it, without padding."""
        return ORDER_CODES[self.endian]

    def words(self, count: int) -> struct.Struct:
        """Return the layout of `count` words (addresses) in the file's word size and byte order."""
        return words_layout(self.word_size, self.endian, count)

    @property
    def tables_end(self) -> int:
        """Where in the file the program headers end, which follow the ELF header as a rule."""
        return self.phoff + self.phnum * self.phentsize

    @property
    def type_name(self) -> str:
        """The type in words."""
        return _TYPES.get(self.type, f"of type {self.type:#x}")


class ProgramHeader(NamedTuple):
    """One segment of the file."""

    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int
    align: int = 1

    def address_of(self, offset: int) -> int:
        """Return the unrelocated address at which the segment shows an offset of the file."""
        return self.address + offset - self.offset


def read_header(read: ReadAt) -> ElfHeader:
    """Read the ELF header; raise SourceError for what isn't one."""
    head = read(0, HEADER_SIZE)
    if not head.startswith(MAGIC):
        raise SourceError("not an ELF file")
    word_size, endian = _WORD_SIZES.get(_byte(head, 4)), _ENDIANS.get(_byte(head, 5))
    if word_size is None or endian is None:
        raise SourceError("an ELF file of unknown word size or byte order")
    layout = struct.Struct(ORDER_CODES[endian] + ("HHIQQQIHHHHHH", "HHIIIIIHHHHHH")[word_size == 4])
    if len(head) < 16 + layout.size:
        raise SourceError("an ELF file that ends within its header")
    kind, machine, _, _, phoff, shoff, flags, _, phentsize, phnum, *_ = layout.unpack_from(head, 16)
    return ElfHeader(word_size, endian, kind, machine, flags, phoff, phentsize, phnum, shoff)


def _byte(data: bytes, index: int) -> int:
    return data[index] if index < len(data) else 0


def noted_header_count(header: ElfHeader, read: ReadAt) -> int | None:
    """Return how many program headers there should be; from 65,535 on, section header 0 has the number.

    None if that is cut off: Linux writes it at the end of a core file.
    """
    if header.phnum != _PN_XNUM or not header.shoff:
        return header.phnum
    # sh_info: after sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size, sh_link.
    at = header.shoff + (44 if header.word_size == 8 else 28)
    found = read(at, 4)
    return int(struct.unpack(header.order + "I", found)[0]) if len(found) == 4 else None


def program_header_count(header: ElfHeader, read: ReadAt) -> int:
    """Return how many program headers there should be; where that is cut off, how many there may be.

    Then they end where the first segment's content begins, which every writer of core files puts behind them.
    """
    noted = noted_header_count(header, read)
    if noted is not None:
        return noted
    first = min(
        (each.offset for each in _headers(header, header.phnum, read) if each.offset > header.phoff),
        default=header.phoff,
    )
    return max(header.phnum, (first - header.phoff) // max(1, header.phentsize))


def program_headers(header: ElfHeader, read: ReadAt) -> Iterator[ProgramHeader]:
    """Yield the program headers that the file holds whole, without unused ones (PT_NULL).

    Raise SourceError if their size is impossible.
    """
    return _headers(header, program_header_count(header, read), read)


def has_all_headers(header: ElfHeader, count: int, read: ReadAt) -> bool:
    """Return whether the file holds so many program headers, and `program_headers` yields them all."""
    if not count:
        return True
    return count <= _MOST_HEADERS and bool(read(header.phoff + count * header.phentsize - 1, 1))


def _headers(header: ElfHeader, count: int, read: ReadAt) -> Iterator[ProgramHeader]:
    if not count:
        return  # and whatever size they should have doesn't matter
    known = header.order + ("IIQQQQQQ" if header.word_size == 8 else "8I")
    more = header.phentsize - struct.calcsize(known)
    if not 0 <= more <= _LONGEST_HEADER:
        raise SourceError(f"program headers of {header.phentsize} bytes")
    layout = struct.Struct(f"{known}{more}x")
    count = min(count, _MOST_HEADERS)
    for first in range(0, count, _AT_ONCE):
        wanted = layout.size * min(_AT_ONCE, count - first)
        table = read(header.phoff + layout.size * first, wanted)
        if table.count(0) < len(table):  # a hole in the file may be large
            yield from _used(header, layout.iter_unpack(table[: align_down(len(table), layout.size)]))
        if len(table) < wanted:
            return


def _used(header: ElfHeader, table: Iterable[tuple[int, ...]]) -> Iterator[ProgramHeader]:
    for fields in table:
        if header.word_size == 8:
            kind, flags, offset, address, _, file_size, memory_size, align = fields
        else:
            kind, offset, address, _, file_size, memory_size, flags, align = fields
        if kind != _PT_NULL:
            yield ProgramHeader(kind, flags, offset, address, file_size, memory_size, align)


# Page sizes of Linux, where a machine has but one or one that is usual; 4 KiB on all others.
_PAGE_SIZES = {
    EM_PPC64: 65536,
    EM_LOONGARCH: 16384,
    EM_IA_64: 16384,
    EM_SPARC: 8192,
    EM_SPARC32PLUS: 8192,
    EM_SPARCV9: 8192,
    EM_ALPHA: 8192,
}


def usual_page_size(machine: int, borders: Iterable[int]) -> int:
    """Return the page size that a machine (EM_*) usually has, in bytes.

    `borders` are addresses at which pages begin: where they contradict it, pages have the smallest size.
    """
    size = _PAGE_SIZES.get(machine, SMALLEST_PAGE)
    return size if all(border % size == 0 for border in borders) else SMALLEST_PAGE
