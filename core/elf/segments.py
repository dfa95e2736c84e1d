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
from ..ranges import Range, align_down
from .headers import (
    PF_X,
    PT_INTERP,
    PT_LOAD,
    ElfHeader,
    ProgramHeader,
    ReadAt,
    has_all_headers,
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
            if count * header.phentsize > _LARGEST_TABLE or not has_all_headers(header, count, read):
                return None
            return cls(header, tuple(program_headers(header, read)))
        except SourceError:
            return None

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

    def loads(self, offset: int, address: int, page_size: int = SMALLEST_PAGE) -> bool:
        """Return whether a loader puts this offset of the file at this unrelocated address."""
        return any(segment.address_of(offset) == address for segment in self.loading(offset, page_size))

    def loading(self, offset: int, page_size: int = SMALLEST_PAGE) -> Iterator[ProgramHeader]:
        """Yield the segments with which a loader maps this offset of the file.

        It maps whole pages: one in which two segments meet is mapped with both, at two addresses.
        """
        for segment in self.of_type(PT_LOAD):
            part = Range(segment.offset, segment.offset + segment.file_size)
            if segment.file_size and offset in part.widened(page_size):
                yield segment

    def is_code(self, offset: int, address: int | None = None, page_size: int = SMALLEST_PAGE) -> bool:
        """Return whether the file asks for an area that begins at this offset to be executable (PF_X).

        `address` is where it begins, unrelocated. Without one, a segment whose pages begin there comes before
        one that has the offset in its midst: it may share this page with the other.
        """
        found = list(self.loading(offset, page_size))
        if address is not None:
            found = [each for each in found if each.address_of(offset) == address]
        first = [each for each in found if align_down(each.offset, page_size) == offset]
        held = [each for each in found if each.offset <= offset < each.offset + each.file_size]
        return any(each.flags & PF_X for each in first or held or found)

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
