"""What images need of an ELF file, read the same way from a file and from memory where it is mapped.

Layouts: System V gABI, chapters "ELF Header", "Program Header" and "Note Section". pyelftools reads
files only, and one table entry at a time; here whole tables are read at once, and only what is asked.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_GNU_RELRO = 1, 2, 3, 4, 0x6474E552
NT_GNU_BUILD_ID = 3
_PN_XNUM = 0xFFFF
# What a header may claim before it is taken for damage, in bytes.
_MOST = 1 << 22
_LONGEST_PATH = 4096  # PATH_MAX of Linux
# The smallest page there is: what a loader rounds to at least.
_PAGE = 4096

# Returns the bytes at an offset: all that were asked for, fewer, or none.
Read = Callable[[int, int], bytes]


class Segment(NamedTuple):
    """A program header: offsets, addresses and sizes in bytes, flags in the bits of PF_X, PF_W, PF_R."""

    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int


class Elf(NamedTuple):
    """The header of an ELF file and its segments. `endian` is `<` or `>`, as in struct."""

    word_size: int
    endian: str
    type: int
    machine: int
    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, read: Read) -> Elf | None:
        """Read the headers at 0; None for what is no ELF file or a damaged one."""
        identity = read(0, 16)
        if (
            len(identity) < 16
            or identity[:4] != b"\x7fELF"
            or identity[4] not in (1, 2)
            or identity[5] not in (1, 2)
        ):
            return None
        word_size, endian = 4 * identity[4], "<>"[identity[5] - 1]
        layout = struct.Struct(endian + ("HHIIIIIHHH" if word_size == 4 else "HHIQQQIHHH"))
        header = read(16, layout.size)
        if len(header) < layout.size:
            return None
        kind, machine, _, _, table, sections, _, _, entry_size, count = layout.unpack(header)
        if count == _PN_XNUM:
            count = _many_segments(read, sections, word_size, endian)
        segments = _segments(read(table, entry_size * count), entry_size, count, word_size, endian)
        return None if segments is None else cls(word_size, endian, kind, machine, segments)

    def of_type(self, kind: int) -> Iterator[Segment]:
        """Iterate over the segments of a type (PT_*)."""
        return (segment for segment in self.segments if segment.type == kind)

    @property
    def base(self) -> int:
        """The unrelocated address at which offset 0 of the file is loaded; 0 if it isn't."""
        first = next((each for each in self.of_type(PT_LOAD) if each.offset < _PAGE), None)
        return 0 if first is None else first.address - first.offset

    @property
    def top(self) -> int:
        """The unrelocated address at which its memory ends."""
        return max((each.address + each.memory_size for each in self.of_type(PT_LOAD)), default=0)

    def interpreter(self, read: Read) -> str | None:
        """Return the path of the dynamic linker that the file asks for, or None. `read` takes offsets."""
        segment = next(self.of_type(PT_INTERP), None)
        if segment is None:
            return None
        return os.fsdecode(read(segment.offset, min(segment.file_size, _LONGEST_PATH)).rstrip(b"\0"))

    def loads(self, offset: int, address: int) -> bool:
        """Tell whether a loader puts this offset of the file at this unrelocated address.

        It loads whole pages, so a page in which two segments meet is loaded at two addresses.
        """
        for segment in self.of_type(PT_LOAD):
            start = segment.address & -_PAGE
            end = segment.address + segment.file_size + _PAGE - 1 & -_PAGE
            if start <= address < end and address - segment.address == offset - segment.offset:
                return True
        return False

    def offset_of(self, address: int) -> int | None:
        """Return where in the file the byte of an unrelocated address lies, or None."""
        for segment in self.of_type(PT_LOAD):
            if segment.address <= address < segment.address + segment.file_size:
                return segment.offset + address - segment.address
        return None

    def build_id(self, read: Read, *, in_memory: bool) -> bytes | None:
        """Return the build-id (the GNU note), or None.

        `read` takes offsets: of the file, or in memory from where the file's offset 0 is mapped.
        """
        base = self.base if in_memory else 0
        for segment in self.of_type(PT_NOTE):
            place = segment.address - base if in_memory else segment.offset
            if segment.file_size > _MOST or place < 0:
                continue
            for name, kind, content in notes(read(place, segment.file_size), self.endian):
                if name == b"GNU\0" and kind == NT_GNU_BUILD_ID:
                    return content
        return None


def _many_segments(read: Read, sections: int, word_size: int, endian: str) -> int:
    """Return the number of segments where it doesn't fit: sh_info of the first section (elf(5), PN_XNUM)."""
    data = read(sections + (28 if word_size == 4 else 44), 4)
    return int(struct.unpack(endian + "I", data)[0]) if len(data) == 4 else 0


def _segments(
    table: bytes, entry_size: int, count: int, word_size: int, endian: str
) -> tuple[Segment, ...] | None:
    layout = struct.Struct(endian + ("8I" if word_size == 4 else "IIQQQQQQ"))
    if entry_size < layout.size or len(table) < entry_size * count:
        return None
    rows = (layout.unpack_from(table, entry_size * number) for number in range(count))
    if word_size == 4:
        return tuple(Segment(row[0], row[6], row[1], row[2], row[4], row[5]) for row in rows)
    return tuple(Segment(row[0], row[1], row[2], row[3], row[5], row[6]) for row in rows)


def notes(data: bytes, endian: str) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield name (with its NUL), type and content of each note, as far as the data is whole."""
    layout, place = struct.Struct(endian + "III"), 0
    while place + layout.size <= len(data):
        name_size, size, kind = layout.unpack_from(data, place)
        name_at = place + layout.size
        content_at = name_at + (name_size + 3 & ~3)
        if content_at + size > len(data):
            return
        yield data[name_at : name_at + name_size], kind, data[content_at : content_at + size]
        place = content_at + (size + 3 & ~3)
