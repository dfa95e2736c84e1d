"""Sections: content placed at addresses of an address space, and the kinds of content."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from ...errors import InvalidArgument, SourceError
from ...files.paths import FilePath
from ...files.pinned import RegularFile
from ...integers import as_address, as_integer
from ...segments.content import BytesContent, Content
from ...segments.segment import Segment
from .asid import Asid


class Origin(NamedTuple):
    """Where bytes of a content lie: in some object, from a position on; None: they can't be identified.

    Bytes of equal objects at equal positions are equal; of ZEROS, at any position.
    """

    size: int
    thing: Hashable | None
    position: int = 0


class SectionContent(Content, Protocol):
    """Where the bytes of a section come from."""

    @property
    def kind(self) -> str:
        """`file` or `captured`."""

    @property
    def path(self) -> str | None:
        """The path of the file as it was given; None for captured bytes. Offsets are those of the file."""

    def origins(self, offset: int, size: int) -> Iterator[Origin]:
        """Yield, in order, the origins of the bytes from `offset` on, so that equal ones needn't be read."""

    def check(self) -> None:
        """Raise SourceError if the content is lost, as far as that is cheap to check."""


@dataclass(frozen=True)
class FileContent:
    """The bytes of a file; `unproven` says why they are taken although nothing proves that it was mapped."""

    file: RegularFile
    unproven: str | None = field(default=None, compare=False)
    thread_safe = True

    @property
    def kind(self) -> str:
        """Always `file`."""
        return "file"

    @property
    def path(self) -> str:
        """The path of the file as it was given."""
        return self.file.path

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Read the file; raise SourceError also where it ends too early."""
        self.file.read_into(offset, buffer)
        return len(buffer)

    def origins(self, offset: int, size: int) -> Iterator[Origin]:
        """Yield one origin in the file; see SectionContent."""
        yield Origin(size, self.file, offset)

    def check(self) -> None:
        """Raise SourceError unless the file is still there and unchanged."""
        self.file.check()


class Captured:
    """The common part of all content that is in no file."""

    thread_safe = True

    @property
    def kind(self) -> str:
        """Always `captured`."""
        return "captured"

    @property
    def path(self) -> None:
        """Captured bytes have no file."""
        return

    def check(self) -> None:
        """Do nothing: captured bytes are never lost."""


class CapturedContent(Captured, BytesContent):
    """Bytes that are kept in memory."""

    def origins(self, _offset: int, size: int) -> Iterator[Origin]:
        """Yield one origin that can't be identified; see SectionContent."""
        yield Origin(size, None)


@dataclass(frozen=True)
class Section(Segment[SectionContent]):
    """A segment of the address spaces that match `asid`.

    `isid` identifies it in the section cache that it came from; None where there is none. `serial`
    grows with each addition to an image; the parts of a section that was cut keep it.
    """

    asid: Asid
    isid: int | None = None
    serial: int = field(default=0, compare=False)

    @property
    def file_offset(self) -> int | None:
        """Where in the file the section's first byte lies; None for captured bytes."""
        return None if self.content.path is None else self.offset

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes from `address` on, all within the section; raise as its content does.

        Raise InvalidArgument for others.
        """
        address, size = as_address(address), as_integer(size)
        if not self.start <= address <= address + size <= self.end:
            raise InvalidArgument(f"{size:#x} bytes at {address:#x} are not in {self!r}")
        data = bytearray(size)
        self.read_into(address, memoryview(data))
        return bytes(data)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer from `address` on, all within the section; raise as its content does."""
        done = super().read_into(as_address(address), buffer)
        if done < len(buffer):
            raise SourceError(f"the content of {self!r} ends at {address + done:#x}")
        return done

    def origins(self, start: int, end: int) -> Iterator[Origin]:
        """Yield, in order, where the bytes of a part of the section lie; see Origin."""
        return self.content.origins(self.offset_of(start), end - start)

    def __contains__(self, address: object) -> bool:
        return isinstance(address, int) and self.start <= address < self.end

    def __repr__(self) -> str:
        where = f"{self.content.path!r}+{self.offset:#x}" if self.content.path else self.content.kind
        isid = "" if self.isid is None else f", isid={self.isid}"
        return f"Section({self.start:#x}, {self.end:#x}, {self.asid}, {where}{isid})"


def file_content(path: FilePath, offset: int, size: int) -> tuple[FileContent, int]:
    """Return the content of a file, and the size from `offset` on, cut at its end; see Image.add_file."""
    offset, size = as_integer(offset), as_integer(size)
    if offset < 0 or size < 1:
        raise InvalidArgument(f"offset {offset:#x} and size {size:#x} make no section of a file")
    file = RegularFile.at(path)
    if offset >= file.size:
        raise InvalidArgument(f"offset {offset:#x} is beyond the end of {file.path!r}: {file.size:#x} bytes")
    return FileContent(file), min(size, file.size - offset)
