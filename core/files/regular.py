"""Opening regular files without waiting or side effects, identifying them, and reading them.

Nothing is mapped: a mapped file that shrinks kills its reader with SIGBUS, and here that reader is the
debugger (docs/decisions/0010-pread-not-mmap.md).
"""

from __future__ import annotations

import errno
import os
import stat
from typing import NamedTuple

from ..errors import SourceDenied, SourceError

# O_NONBLOCK: opening a FIFO must not wait for its other end; O_NOCTTY: a terminal must not become ours.
OPENING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_MOST = 1 << 30  # bytes in one call; Linux reads at most 0x7ffff000


class FileIdentity(NamedTuple):
    """What distinguishes a file from another, and from itself before a change; as of stat(2)."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @property
    def node(self) -> tuple[int, int]:
        """Device and inode: which file it is, whatever is written into it."""
        return self.device, self.inode


def open_regular_file(path: str, name: str | None = None) -> tuple[int, FileIdentity]:
    """Return a descriptor for reading a regular file, and which file that is.

    `name` is what messages call it (the path, if None). Raise SourceDenied if it may not be opened,
    SourceError if it isn't there or is no regular file (a directory, a FIFO, a device, ...).
    """
    name = path if name is None else name
    try:
        # Opening a device can have side effects; so it is checked by stat(2) before it is opened.
        check_regular(name, os.stat(path).st_mode)
        descriptor = os.open(path, OPENING)
    except (OSError, ValueError) as error:
        raise refusal(name, error) from error
    return descriptor, regular_file_identity(descriptor, name)


def regular_file_identity(descriptor: int, name: str) -> FileIdentity:
    """Return which regular file is open; if it is none, close it and raise SourceError."""
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        check_regular(name, found.st_mode)
    return FileIdentity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def look_at_regular_file(path: str, name: str | None = None) -> FileIdentity:
    """Return which regular file this is now, if it can be read; raise as `open_regular_file` does."""
    descriptor, identity = open_regular_file(path, name)
    os.close(descriptor)
    return identity


def check_regular(name: str, mode: int) -> None:
    """Raise SourceError for the mode (st_mode) of anything but a regular file."""
    if not stat.S_ISREG(mode):
        raise SourceError(f"{name!r} is {_kind(mode)}, not a regular file")


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a character device"),
        (stat.S_ISBLK, "a block device"),
    )
    return next((kind for test, kind in kinds if test(mode)), "something else")


def refusal(name: str, error: OSError | ValueError) -> SourceError:
    """Return the error of a file that couldn't be opened: SourceDenied where it may not be."""
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM):
        return SourceDenied(f"{name!r} may not be read", hint="check its permissions")
    # ValueError: a path with a NUL in it.
    why = error.strerror if isinstance(error, OSError) else str(error)
    return SourceError(f"{name!r} can't be read: {why}")


def read_file_at(descriptor: int, offset: int, buffer: memoryview) -> int:
    """Fill the buffer from the file, by pread(2); short at its end, and where the disk fails."""
    done = 0
    # preadv(2) takes -1 for "from where we are".
    while offset >= 0 and done < len(buffer):
        try:
            got = os.preadv(descriptor, [buffer[done : done + _MOST]], offset + done)
        except (OSError, OverflowError):
            break
        if got == 0:
            break
        done += got
    return done
