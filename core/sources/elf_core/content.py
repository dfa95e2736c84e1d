"""Bytes in files: the core file itself, kept open, and mapped files, opened when they are read."""

from __future__ import annotations

import errno
import os
import stat
import weakref
from collections.abc import Iterator

from ...errors import SourceDenied, SourceError
from ...ranges import Range

# Neither waits for a FIFO's writer nor makes a terminal ours.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_MOST = 1 << 30  # bytes in one call; Linux reads at most 0x7ffff000


def read_file_at(descriptor: int, offset: int, buffer: memoryview) -> int:
    """Fill the buffer from the file, by pread(2); short at its end, and where the disk fails.

    Not mapped: a file that shrinks while it is mapped ends the debugger with SIGBUS
    (docs/decisions/0010-pread-not-mmap.md).
    """
    done = 0
    while done < len(buffer):
        try:
            got = os.preadv(descriptor, [buffer[done : done + _MOST]], offset + done)
        except (OSError, OverflowError):
            break
        if got == 0:
            break
        done += got
    return done


def source_error(path: str, error: OSError) -> SourceError:
    """Say what a system call's error means for a file: SourceDenied or SourceError."""
    kind = SourceDenied if isinstance(error, PermissionError) else SourceError
    return kind(f"{path}: {error.strerror}")


class CoreFile:
    """A core file, open as long as this object lives, so that replacing the file changes nothing."""

    def __init__(self, path: str) -> None:
        """Open the file; SourceDenied or SourceError if it can't be had or is no regular file."""
        try:
            descriptor = os.open(path, _FLAGS)
        except OSError as error:
            raise source_error(path, error) from error
        weakref.finalize(self, os.close, descriptor)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"{path}: not a regular file")
        self._descriptor = descriptor
        self.path = path
        self.size = status.st_size
        self.modified = status.st_mtime

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
        try:
            status = os.stat(path)
        except (OSError, ValueError) as error:
            raise source_error(
                path, error if isinstance(error, OSError) else OSError(2, str(error))
            ) from error
        # Only now is it safe to open: a device or a FIFO would notice.
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"{path}: not a regular file")
        self.path = path
        self.size = status.st_size
        self.modified = status.st_mtime
        self._identity = _identity(status)

    def __repr__(self) -> str:
        return f"MappedFile({self.path!r})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill the buffer from `offset` on; short at the end of the file, 0 if it is another by now."""
        try:
            descriptor = os.open(self.path, _FLAGS)
        except OSError:
            return 0
        try:
            if _identity(os.fstat(descriptor)) != self._identity:
                return 0
            return read_file_at(descriptor, offset, buffer)
        finally:
            os.close(descriptor)

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes there, fewer at the end of the file, however large `size` is."""
        room = bytearray(max(0, min(size, self.size - offset)))
        return bytes(room[: self.read_at(offset, memoryview(room))])


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
