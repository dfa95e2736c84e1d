"""What a memory map is made of: bytes, files, and whatever else can be read."""

from __future__ import annotations

import os
import stat
import weakref
from typing import Protocol, Union

from ..errors import InvalidArgument, SourceError
from ..ports import MemoryReader


class HasFileno(Protocol):
    """An open file."""

    def fileno(self) -> int:
        """Return its descriptor."""


File = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]", HasFileno]


class BytesContent:
    """Bytes that are in memory already."""

    thread_safe = True

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def __repr__(self) -> str:
        return f"BytesContent({len(self._data):#x} bytes)"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Copy; short at the end of the data."""
        part = self._data[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        return len(part)


class FileContent:
    """A regular file, kept open; what is read is what it holds then.

    It is read by pread(2), not mapped: a file that shrinks makes a short read, where a mapping of it
    would end the debugger by SIGBUS.
    """

    thread_safe = True

    def __init__(self, descriptor: int, name: str) -> None:
        """Own an open descriptor, which is closed when nobody holds this object any more."""
        self._descriptor, self._name = descriptor, name
        weakref.finalize(self, os.close, descriptor)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"{name} is no regular file")
        self.size = status.st_size
        self.identity = (status.st_dev, status.st_ino)

    @classmethod
    def open(cls, file: File) -> FileContent:
        """Open a path, or share an open file, which may be closed afterwards.

        Raises SourceError if it can't be opened or is no regular file, InvalidArgument for an object
        that is no file of the system.
        """
        if isinstance(file, (str, bytes, os.PathLike)):
            name = os.fsdecode(file)
            try:
                # Without O_NONBLOCK, opening a FIFO would wait for its writer.
                return cls(os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), name)
            except OSError as error:
                raise SourceError(f"{name}: {error.strerror}") from error
        try:
            return cls(os.dup(file.fileno()), str(getattr(file, "name", "the file")))
        except (AttributeError, OSError, ValueError) as error:
            raise InvalidArgument(f"{file!r} is no open file", hint="add_bytes takes contents") from error

    def __repr__(self) -> str:
        return f"FileContent({self._name!r})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Read; short where the file ends, or where the system can't read on."""
        done = 0
        while done < len(buffer):
            try:
                got = os.preadv(self._descriptor, [buffer[done:]], offset + done)
            except OSError:
                # EIO and the like: what lies here is unreadable, which a short read says.
                break
            if got == 0:
                break
            done += got
        return done


class ReaderContent:
    """Memory that something else reads, at its own addresses: an offset here is an address there."""

    def __init__(self, reader: MemoryReader) -> None:
        self._reader = reader

    @property
    def thread_safe(self) -> bool:
        """As the reader says."""
        return self._reader.thread_safe

    def __repr__(self) -> str:
        return f"ReaderContent({self._reader.source})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Let the reader read."""
        return self._reader.read_into(offset, buffer)
