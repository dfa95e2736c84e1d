"""Regular files as they were when they were first looked at, read without ever mapping them.

A mapped file that shrinks kills its reader with SIGBUS, and here that reader is the debugger. So files
are read with pread(2), opened for each read: nothing stays open, and a file that isn't the one it was
is noticed.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from typing import NamedTuple, Union

from ..errors import SourceDenied, SourceError

FilePath = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]

# O_NONBLOCK: opening a FIFO must not wait for its other end.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class FileIdentity(NamedTuple):
    """What tells a file from another, or from itself before a change; as of stat(2)."""

    device: int
    inode: int
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class RegularFile:
    """A regular file: its path as it was given, and its identity at that time."""

    path: str
    identity: FileIdentity
    # A relative path must not change its meaning when the debugger changes its directory.
    location: str = field(repr=False)

    @classmethod
    def at(cls, path: FilePath) -> RegularFile:
        """Look at a file that can be read now.

        Raises SourceDenied if it may not be opened, SourceError if it isn't there or is no regular
        file (a directory, a FIFO, a device, ...); neither blocks.
        """
        given = cls.name_of(path)
        location = os.path.abspath(given)
        handle, identity = _open(given, location)
        os.close(handle)
        return cls(given, identity, location)

    @staticmethod
    def name_of(path: FilePath) -> str:
        """Return the path as it is kept and compared: as it was given."""
        return os.fsdecode(path)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self.identity.size

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill the buffer with what the file holds from `offset` on.

        Raises SourceError, and leaves the buffer undefined, when the file is gone, was replaced or
        changed, or ends before the buffer is full.
        """
        handle = self._reopen()
        try:
            _fill(self.path, handle, offset, buffer)
        finally:
            os.close(handle)

    def check(self) -> None:
        """Raise SourceError unless the file can be read and is the one that it was."""
        os.close(self._reopen())

    def _reopen(self) -> int:
        handle, identity = _open(self.path, self.location)
        if identity != self.identity:
            os.close(handle)
            raise SourceError(f"{self.path!r} was {_difference(self.identity, identity)} since it was added")
        return handle


def _open(given: str, location: str) -> tuple[int, FileIdentity]:
    """Return a descriptor of a regular file, and which file that is."""
    try:
        # Opening a device can have effects of its own; so it isn't opened to be looked at.
        _check_regular(given, os.stat(location).st_mode)
        handle = os.open(location, _FLAGS)
    except (OSError, ValueError) as error:
        raise _refusal(given, error) from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        _check_regular(given, found.st_mode)
    return handle, FileIdentity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _check_regular(given: str, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise SourceError(f"{given!r} is {_kind(mode)}, not a regular file")


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a character device"),
        (stat.S_ISBLK, "a block device"),
    )
    return next((name for test, name in kinds if test(mode)), "something else")


def _refusal(given: str, error: OSError | ValueError) -> SourceError:
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return SourceDenied(f"{given!r} may not be read", hint="check its permissions")
    # ValueError: a path with a NUL in it.
    why = error.strerror if isinstance(error, OSError) else str(error)
    return SourceError(f"{given!r} can't be read: {why}")


def _difference(before: FileIdentity, after: FileIdentity) -> str:
    if before[:2] != after[:2]:
        return "replaced"
    return "cut" if after.size < before.size else "changed"


def _fill(path: str, handle: int, offset: int, buffer: memoryview) -> None:
    done = 0
    while done < len(buffer):
        try:
            count = os.preadv(handle, [buffer[done:]], offset + done)
        except OSError as error:
            raise SourceError(f"{path!r} can't be read at {offset + done:#x}: {error.strerror}") from error
        if count == 0:
            raise SourceError(f"{path!r} ends at {offset + done:#x}, before {offset + len(buffer):#x}")
        done += count
