"""What images need of an ELF file, read the same way from a file and from memory where it is mapped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from ..arch import ORDER_CODES, SMALLEST_PAGE, Endian, WordSize
from ..errors import SourceError
from ..ranges import Range
from .headers import (
    PF_X,
    PT_INTERP,
    PT_LOAD,
    PT_NOTE,
    ProgramHeader,
    ReadAt,
    program_header_count,
    program_headers,
    read_header,
)
from .notes import build_id_in

# What a header may claim before it is taken for damage, in bytes.
_MOST = 1 << 22
_LONGEST_PATH = 4096  # PATH_MAX of Linux


class Elf(NamedTuple):
    """The header of an ELF file and its segments."""

    word_size: WordSize
    endian: Endian
    type: int
    machine: int
    segments: tuple[ProgramHeader, ...]

    @classmethod
    def parse(cls, read: ReadAt) -> Elf | None:
        """Read the headers at 0; None for what is no ELF file or a damaged one."""
        try:
            header = read_header(read)
            count = program_header_count(header, read)
            if count * header.phentsize > _MOST:
                return None
            segments = tuple(program_headers(header, read))
        except SourceError:
            return None
        if len(segments) < count:
            return None
        return cls(header.word_size, header.endian, header.type, header.machine, segments)

    @property
    def order(self) -> str:
        """The byte order as struct wants it, without padding."""
        return ORDER_CODES[self.endian]

    def of_type(self, kind: int) -> Iterator[ProgramHeader]:
        """Iterate over the segments of a type (PT_*)."""
        return (segment for segment in self.segments if segment.type == kind)

    @property
    def base(self) -> int:
        """The unrelocated address at which offset 0 of the file is loaded; 0 if it isn't."""
        first = next((each for each in self.of_type(PT_LOAD) if each.offset < SMALLEST_PAGE), None)
        return 0 if first is None else first.address - first.offset

    @property
    def top(self) -> int:
        """The unrelocated address at which its memory ends."""
        return max((each.address + each.memory_size for each in self.of_type(PT_LOAD)), default=0)

    def interpreter(self, read: ReadAt) -> str | None:
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
            pages = Range(segment.address, segment.address + segment.file_size).widened(SMALLEST_PAGE)
            if address in pages and address - segment.address == offset - segment.offset:
                return True
        return False

    def is_code(self, offset: int) -> bool:
        """Tell whether the file asks for this offset of it to be executable (PF_X)."""
        return any(
            segment.offset <= offset < segment.offset + segment.file_size and segment.flags & PF_X
            for segment in self.of_type(PT_LOAD)
        )

    def offset_of(self, address: int) -> int | None:
        """Return where in the file the byte of an unrelocated address lies, or None."""
        for segment in self.of_type(PT_LOAD):
            if segment.address <= address < segment.address + segment.file_size:
                return segment.offset + address - segment.address
        return None

    def build_id(self, read: ReadAt, *, in_memory: bool) -> bytes | None:
        """Return the build-id (the GNU note), or None.

        `read` takes offsets: of the file, or in memory from where the file's offset 0 is mapped.
        """
        base = self.base if in_memory else 0
        for segment in self.of_type(PT_NOTE):
            place = segment.address - base if in_memory else segment.offset
            if segment.file_size <= _MOST and place >= 0:
                # At once, and no more than that: reading memory may be slow.
                content = read(place, segment.file_size)
                found = self._build_id_in(content, segment._replace(offset=0))
                if found is not None:
                    return found
        return None

    def _build_id_in(self, content: bytes, segment: ProgramHeader) -> bytes | None:
        try:
            return build_id_in(self.order, segment, lambda offset, size: content[offset : offset + size])
        except SourceError:
            return None  # damaged notes show none; another segment may
