"""Regular files as they were when first opened or checked, read by pread(2), not mapped.

A mapped file that shrinks kills its reader (docs/decisions/0010-pread-not-mmap.md); only a last page is
mapped, and read so that this can't happen (last_page.py). `OpenFile` is kept open, `RegularFile` is opened
for each read; docs/decisions/0150-one-segment-tree.md says which is for what.
"""

from __future__ import annotations

import errno
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from ..errors import InvalidArgument, SourceError
from ..ranges import Range
from .descriptor import Descriptor
from .last_page import read_last_page
from .paths import FilePath, HasFileno, descriptor_of, path_text
from .regular import (
    FileIdentity,
    look_at_regular_file,
    open_regular_file,
    read_file_at,
    regular_file_identity,
)
from .systems import tells_current_holes

_BLOCK = 512  # bytes that st_blocks of stat(3type) counts


class PinnedFile(ABC):
    """A regular file, by its path as it was given and its identity when it was first looked at."""

    path: str
    identity: FileIdentity
    thread_safe = True

    @property
    def size(self) -> int:
        """Bytes in the file, as of then."""
        return self.identity.size

    @property
    def modified(self) -> float:
        """The time of the last write, as of then, in seconds since 1970."""
        return self.identity.mtime_ns / 1e9

    @abstractmethod
    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill the buffer from `offset` on; return how many bytes there are before the end of the file."""

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes there, fewer at the end of the file, however large `size` is."""
        room = bytearray(max(0, min(size, self.size - offset)))
        return bytes(room[: self.read_at(offset, memoryview(room))])


class OpenFile(PinnedFile):
    """A regular file that is kept open for as long as this object lives.

    Replacing or deleting it changes nothing; what is written into it later is read, and where it was cut
    or the disk fails a read is short.
    """

    def __init__(self, descriptor: int, identity: FileIdentity, path: str) -> None:
        """Own an open descriptor, which is closed when nothing refers to this object any more."""
        self._open, self.identity, self.path = Descriptor(descriptor), identity, path

    @classmethod
    def open(cls, path: FilePath) -> OpenFile:
        """Open a file; raise as `open_regular_file` does."""
        name = path_text(path)
        return cls(*open_regular_file(name), name)

    @classmethod
    def shared(cls, file: HasFileno | int) -> OpenFile:
        """Return a file over a copy of a descriptor, or of an open file's; the original may be closed then.

        Raise SourceError if it is no regular file, InvalidArgument for what isn't open for reading.
        """
        is_number = isinstance(file, int)
        name = f"descriptor {file}" if is_number else str(getattr(file, "name", "the file"))
        given, flags = descriptor_of(file)
        if flags & os.O_ACCMODE == os.O_WRONLY or flags & os.O_PATH:
            raise InvalidArgument(f"{name!r} is not open for reading")
        descriptor = os.dup(given)
        return cls(descriptor, regular_file_identity(descriptor, name), name)

    def __repr__(self) -> str:
        return f"OpenFile({self.path!r})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Read what the file holds now; see PinnedFile."""
        return read_file_at(self._open.number, offset, buffer)

    @property
    def size_now(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self._open.number).st_size

    def last_page(self, page_size: int) -> bytes | None:
        """Return the page that the file's end cuts, as mappings of the file show it; see `read_last_page`."""
        return read_last_page(self._open.number, self.size_now, page_size)

    def holes(self, start: int, end: int) -> Iterator[Range]:
        """Yield the holes between two offsets: parts that no disk block holds and that read as zeros.

        Yield nothing if the file system can't list them, no more where the file is cut meanwhile. The
        descriptor's position is moved, which nothing uses.
        """
        end = min(end, self.size_now)
        try:
            while start < end:
                data = self._next_data(start, end)
                if start < data:
                    yield Range(start, min(data, end))
                if data >= end:
                    return
                start = os.lseek(self._open.number, data, os.SEEK_HOLE)
        except OSError:
            return

    def _next_data(self, start: int, end: int) -> int:
        """Return where data comes next; `end` if there is none behind `start`."""
        try:
            return os.lseek(self._open.number, start, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return end
            raise

    def read_no_further(self) -> None:
        """Let the kernel read what is asked for and no more, where it would fill the page cache with holes.

        In a file without any it reads ahead, as always. It is left so, too, where the kernel can't be told.
        """
        status = os.fstat(self._open.number)
        if status.st_blocks * _BLOCK < status.st_size:
            with suppress(OSError):
                os.posix_fadvise(self._open.number, 0, 0, os.POSIX_FADV_RANDOM)

    @property
    def tells_current_holes(self) -> bool:
        """Whether its file system is known to tell holes as mappings of the file show them now."""
        return tells_current_holes(self._open.number)


@dataclass(frozen=True)
class RegularFile(PinnedFile):
    """A regular file that is opened for each read: nothing stays open, and a change is detected."""

    path: str
    identity: FileIdentity
    # A relative path must not change its meaning when the debugger changes its directory.
    location: str = field(repr=False)

    @classmethod
    def at(cls, path: FilePath) -> RegularFile:
        """Look at a file that can be read now.

        Raise SourceDenied if it may not be opened, SourceError if it isn't there or is no regular file (a
        directory, a FIFO, a device, ...); neither blocks.
        """
        given = cls.name_of(path)
        location = os.path.abspath(given)
        return cls(given, look_at_regular_file(location, given), location)

    @staticmethod
    def name_of(path: FilePath) -> str:
        """Return the path as it is kept and compared: as it was given."""
        return path_text(path)

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Read the file; see PinnedFile. Raise SourceError if it is gone, was replaced or changed."""
        handle = self._reopen()
        try:
            return read_file_at(handle, offset, buffer)
        finally:
            os.close(handle)

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill the buffer with what the file holds from `offset` on.

        Raise SourceError, and leave the buffer undefined, when the file is gone, was replaced or changed, or
        ends before the buffer is full.
        """
        done = self.read_at(offset, buffer)
        if done < len(buffer):
            place = max(offset + done, 0)
            how = "ends" if place >= self.size else "can't be read"
            raise SourceError(f"{self.path!r} {how} at {place:#x}, before {offset + len(buffer):#x}")

    def holes(self, start: int, end: int) -> Iterator[Range]:
        """Yield its holes as an open file does, if its file system is known to tell them as they are now.

        Raise SourceError as a read does.
        """
        file = OpenFile(self._reopen(), self.identity, self.path)
        if file.tells_current_holes:
            yield from file.holes(start, end)

    def check(self) -> None:
        """Raise SourceError unless the file can be read and is unchanged."""
        os.close(self._reopen())

    def _reopen(self) -> int:
        handle, identity = open_regular_file(self.location, self.path)
        if identity != self.identity:
            os.close(handle)
            raise SourceError(f"{self.path!r} was {_difference(self.identity, identity)} since it was added")
        return handle


def _difference(before: FileIdentity, after: FileIdentity) -> str:
    if before.node != after.node:
        return "replaced"
    return "cut" if after.size < before.size else "changed"
