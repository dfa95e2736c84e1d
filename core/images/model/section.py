"""Sections: content placed at addresses of an address space, and the kinds of content."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from ...errors import InvalidArgument
from ...files.paths import FilePath
from ...files.pinned import RegularFile
from .asid import Asid

# The origin of zeros that lie nowhere.
ZEROS = "zeros"


class Origin(NamedTuple):
    """Where bytes of a content lie: in some thing, from a position on; None: nothing to tell them by.

    Bytes of equal origins and positions are equal, and zeros are, wherever.
    """

    size: int
    thing: Hashable | None
    position: int = 0


class Content(Protocol):
    """Where the bytes of a section come from, counted from the section's start."""

    @property
    def kind(self) -> str:
        """`file` or `captured`."""

    @property
    def path(self) -> str | None:
        """The path of the file as it was given; None for captured bytes."""

    @property
    def offset(self) -> int | None:
        """Where in the file the section's first byte lies; None for captured bytes."""

    def read_into(self, skip: int, buffer: memoryview) -> None:
        """Fill the buffer with the bytes from `skip` on; the section has them all.

        Raises SourceError when they can't be had any more.
        """

    def advance(self, count: int) -> Content:
        """Return the content without its first `count` bytes: what is left of a section that was cut."""

    def origins(self, skip: int, size: int) -> Iterator[Origin]:
        """Tell, in order, where the bytes from `skip` on lie, so that equal ones needn't be read."""

    def check(self) -> None:
        """Raise SourceError if the content can't be had any more, as far as that is cheap to tell."""


@dataclass(frozen=True)
class FileContent:
    """The bytes of a file from an offset on."""

    file: RegularFile
    offset: int

    @property
    def kind(self) -> str:
        """Always `file`."""
        return "file"

    @property
    def path(self) -> str:
        """The path of the file as it was given."""
        return self.file.path

    def read_into(self, skip: int, buffer: memoryview) -> None:
        """Read the file; see Content."""
        self.file.read_into(self.offset + skip, buffer)

    def advance(self, count: int) -> FileContent:
        """Begin further on in the file."""
        return FileContent(self.file, self.offset + count)

    def origins(self, skip: int, size: int) -> Iterator[Origin]:
        """All lie in the file; see Content."""
        yield Origin(size, self.file, self.offset + skip)

    def check(self) -> None:
        """Look whether the file is still there and the same."""
        self.file.check()


class Captured:
    """What all content has in common that is in no file."""

    @property
    def kind(self) -> str:
        """Always `captured`."""
        return "captured"

    @property
    def path(self) -> None:
        """Captured bytes have no file."""
        return

    @property
    def offset(self) -> None:
        """Captured bytes have no file."""
        return

    def check(self) -> None:
        """Nothing can happen to them."""


@dataclass(frozen=True)
class CapturedContent(Captured):
    """Bytes that are kept in memory, from `skipped` on."""

    data: bytes = field(repr=False)
    skipped: int = 0

    def read_into(self, skip: int, buffer: memoryview) -> None:
        """Copy the bytes; see Content."""
        begin = self.skipped + skip
        buffer[:] = memoryview(self.data)[begin : begin + len(buffer)]

    def advance(self, count: int) -> CapturedContent:
        """Begin further on in the same bytes, without copying them."""
        return CapturedContent(self.data, self.skipped + count)

    def origins(self, _skip: int, size: int) -> Iterator[Origin]:
        """Nothing tells them from others; see Content."""
        yield Origin(size, None)


@dataclass(frozen=True)
class Section:
    """Content at addresses `start` to `end` (not included) of the address spaces that match `asid`.

    `isid` identifies it in the section cache that it came from; None where there is none. `serial`
    grows with each addition to an image; the parts of a section that was cut keep it.
    """

    start: int
    end: int
    asid: Asid
    content: Content
    isid: int | None = None
    serial: int = field(default=0, compare=False)

    @property
    def size(self) -> int:
        """Bytes in the section."""
        return self.end - self.start

    def part(self, start: int, end: int) -> Section:
        """Return the part of the section that lies in `start..end`, which is within it."""
        content = self.content.advance(start - self.start) if start > self.start else self.content
        return replace(self, start=start, end=end, content=content)

    def read(self, address: int, size: int) -> bytes:
        """Return the `size` bytes at `address`, all within the section; SourceError as of its content."""
        data = bytearray(size)
        self.content.read_into(address - self.start, memoryview(data))
        return bytes(data)

    def __contains__(self, address: object) -> bool:
        return isinstance(address, int) and self.start <= address < self.end

    def __repr__(self) -> str:
        where = f"{self.content.path!r}+{self.content.offset:#x}" if self.content.path else self.content.kind
        isid = "" if self.isid is None else f", isid={self.isid}"
        return f"Section({self.start:#x}, {self.end:#x}, {self.asid}, {where}{isid})"


def file_content(path: FilePath, offset: int, size: int) -> tuple[Content, int]:
    """Return the content of a file from `offset` on, and the size cut at its end; see Image.add_file."""
    if offset < 0 or size < 1:
        raise InvalidArgument(f"offset {offset:#x} and size {size:#x} make no section of a file")
    file = RegularFile.at(path)
    if offset >= file.size:
        raise InvalidArgument(f"offset {offset:#x} is beyond the end of {file.path!r}: {file.size:#x} bytes")
    return FileContent(file, offset), min(size, file.size - offset)
