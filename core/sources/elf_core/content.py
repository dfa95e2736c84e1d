"""Bytes in files: the core file itself, kept open, and mapped files, opened when they are read."""

from __future__ import annotations

import errno
import os
import weakref
from collections.abc import Iterator

from ...errors import SourceError
from ...files.regular import look_at_regular_file, open_regular_file, read_file_at
from ...ranges import Range


class CoreFile:
    """A core file, open as long as this object lives, so that replacing the file changes nothing."""

    def __init__(self, path: str) -> None:
        """Open the file; SourceDenied or SourceError if it can't be had or is no regular file."""
        self._descriptor, self._identity = open_regular_file(path)
        weakref.finalize(self, os.close, self._descriptor)
        self.path = path

    @property
    def size(self) -> int:
        """Bytes in the file when it was opened."""
        return self._identity.size

    @property
    def modified(self) -> float:
        """When it had been written then, in seconds since 1970."""
        return self._identity.mtime_ns / 1e9

    def __repr__(self) -> str:
        return f"CoreFile({self.path!r})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill the buffer from `offset` on; short at the end of the file."""
        return read_file_at(self._descriptor, offset, buffer)

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes there, fewer at the end of the file, however large `size` is."""
        room = bytearray(max(0, min(size, self.size - offset)))
        return bytes(room[: self.read_at(offset, memoryview(room))])

    def holes(self, start: int, end: int) -> Iterator[Range]:
        """Yield the holes between two offsets: parts that no disk block holds and that read as zeros.

        None where the file system doesn't tell. The position that lseek(2) leaves matters to nobody.
        """
        end = min(end, os.fstat(self._descriptor).st_size)
        while start < end:
            try:
                data = os.lseek(self._descriptor, start, os.SEEK_DATA)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    return
                data = end  # nothing but hole
            if start < data:
                yield Range(start, min(data, end))
            if data >= end:
                return
            start = os.lseek(self._descriptor, data, os.SEEK_HOLE)


class MappedFile:
    """A file that a process had mapped, as it was when it was checked.

    It is opened for each read, because a process maps more files than may be open at once. A file that
    has been changed or replaced since reads as nothing.
    """

    def __init__(self, path: str) -> None:
        """Look at the file; SourceDenied or SourceError if it can't be had or is no regular file."""
        self._identity = look_at_regular_file(path)
        self.path = path

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._identity.size

    @property
    def modified(self) -> float:
        """When it was written, in seconds since 1970."""
        return self._identity.mtime_ns / 1e9

    def __repr__(self) -> str:
        return f"MappedFile({self.path!r})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill the buffer from `offset` on; short at the end of the file, 0 if it is another by now."""
        try:
            descriptor, identity = open_regular_file(self.path)
        except SourceError:
            return 0
        try:
            return read_file_at(descriptor, offset, buffer) if identity == self._identity else 0
        finally:
            os.close(descriptor)

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes there, fewer at the end of the file, however large `size` is."""
        room = bytearray(max(0, min(size, self.size - offset)))
        return bytes(room[: self.read_at(offset, memoryview(room))])
