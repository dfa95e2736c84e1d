"""The users of a pool's file: one writer, and readers that each pin the commit they read.

The locks are open-file-description locks (fcntl(2), F_OFD_SETLK, Linux 3.15) on single bytes far
beyond any file's end: the kernel drops them with the descriptor's last reference, so a dead process holds
none, and another opening in the same process counts as another user. One byte is the writer's;
generation N has its own, on which each of its readers holds a shared lock.
"""

from __future__ import annotations

import errno
import fcntl
import struct
from typing import Protocol

from ..errors import PoolError
from .files import OsFile, system_failure

_WRITER = 1 << 61
_READERS = _WRITER + 1
_FLOCK = struct.Struct("hhqqi4x")  # struct flock of the 64-bit calls: type, whence, start, length, pid
_SEEK_SET = 0


class Locks(Protocol):
    """Locks that keep the users of one pool from interfering with each other."""

    def lock_writer(self) -> None:
        """Become the writer. Raises `PoolError` at once if there is one already."""

    def unlock_writer(self) -> None:
        """Stop being the writer."""

    def pin(self, generation: int) -> None:
        """Pin a commit: its pages stay as they are until `unpin` or the file is closed."""

    def unpin(self, generation: int) -> None:
        """Unpin a commit."""

    def oldest_pin(self, before: int) -> int | None:
        """Return the oldest generation under `before` that another user has pinned, or None."""


class FileLocks:
    """`Locks` on a file of the operating system."""

    def __init__(self, file: OsFile) -> None:
        self._file = file
        if not hasattr(fcntl, "F_OFD_SETLK"):
            raise PoolError("this system has no locks per open file (F_OFD_SETLK)", errno=errno.ENOLCK)

    def lock_writer(self) -> None:
        """See `Locks`."""
        try:
            self._set(fcntl.F_WRLCK, _WRITER)
        except BlockingIOError as error:
            raise PoolError(
                f"{self._file.name} has a writer already",
                errno=errno.EAGAIN,
                hint="detach it there first, or attach it read-only",
            ) from error

    def unlock_writer(self) -> None:
        """See `Locks`. Raises `PoolError` (EPERM) in a forked child, which shares the lock."""
        self._file.check_owner()
        self._set(fcntl.F_UNLCK, _WRITER)

    def pin(self, generation: int) -> None:
        """See `Locks`."""
        self._set(fcntl.F_RDLCK, _READERS + generation)

    def unpin(self, generation: int) -> None:
        """See `Locks`."""
        self._set(fcntl.F_UNLCK, _READERS + generation)

    def oldest_pin(self, before: int) -> int | None:
        """See `Locks`. The kernel reports any one conflicting lock, so ask below it until there is none."""
        oldest = None
        end = _READERS + before
        while end > _READERS:
            ask = _FLOCK.pack(fcntl.F_WRLCK, _SEEK_SET, _READERS, end - _READERS, 0)
            kind, _, start, _, _ = _FLOCK.unpack(self._call(fcntl.F_OFD_GETLK, ask))
            if kind == fcntl.F_UNLCK:
                break
            oldest, end = start - _READERS, start
        return oldest

    def _set(self, kind: int, offset: int) -> None:
        self._call(fcntl.F_OFD_SETLK, _FLOCK.pack(kind, _SEEK_SET, offset, 1, 0))

    def _call(self, command: int, argument: bytes) -> bytes:
        try:
            return fcntl.fcntl(self._file.descriptor, command, argument)
        except BlockingIOError:
            raise
        except OSError as error:
            raise system_failure("lock", self._file.name, error) from error
