"""An ELF file with all its segments, read the same way from a file and from memory where it is mapped.

The top level over `headers`: for programs and libraries, which have few segments. Core files have up to
millions and are read one by one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from ..arch import SMALLEST_PAGE
from ..errors import SourceError
from ..ranges import Range
from .headers import (
    PF_X,
    PT_INTERP,
    PT_LOAD,
    ElfHeader,
    ProgramHeader,
    ReadAt,
    program_header_count,
    program_headers,
    read_header,
)
from .notes import build_id_in

# Larger program headers, in bytes, are taken for damage.
_LARGEST_TABLE = 1 << 22
_LONGEST_PATH = 4096  # PATH_MAX of Linux


class Elf(NamedTuple):
    """The header of an ELF file and its segments."""

    header: ElfHeader
    segments: tuple[ProgramHeader, ...]

    @classmethod
    def parse(cls, read: ReadAt) -> Elf | None:
        """Read the headers at offset 0; return None for what is no ELF file or a damaged one."""
        try:
            header = read_header(read)
            count = program_header_count(header, read)
            if count * header.phentsize > _LARGEST_TABLE:
                return None
            segments = tuple(program_headers(header, read))
        except SourceError:
            return None
        return cls(header, segments) if len(segments) >= count else None

    @property
    def word_size(self) -> int:
        """Bytes of an address."""
        return self.header.word_size

    @property
    def order(self) -> str:
        """The byte order as struct wants it, without padding."""
        return self.header.order

    def of_type(self, kind: int) -> Iterator[ProgramHeader]:
        """Yield the segments of a type (PT_*)."""
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
        """Return whether a loader puts this offset of the file at this unrelocated address.

        It loads whole pages, so a page in which two segments meet is loaded at two addresses.
        """
        for segment in self.of_type(PT_LOAD):
            pages = Range(segment.address, segment.address + segment.file_size).widened(SMALLEST_PAGE)
            if address in pages and address - segment.address == offset - segment.offset:
                return True
        return False

    def is_code(self, offset: int) -> bool:
        """Return whether the file asks for this offset of it to be executable (PF_X)."""
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
        segments = map(self._where_mapped, self.segments) if in_memory else self.segments
        return build_id_in(self.order, segments, read)

    def _where_mapped(self, segment: ProgramHeader) -> ProgramHeader:
        return segment._replace(offset=segment.address - self.base)
