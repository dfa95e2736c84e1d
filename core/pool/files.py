"""The file layer under a pool: whole writes, and a sync that is the only promise of durability.

`PoolFile` is what the pool requires. `OsFile` is a file of the operating system, `MemoryFile` serves
anonymous pools. All of them report failure as `PoolError` with the errno of the system call.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import sys
from typing import Protocol, Union

from ..errors import InvalidArgument, PoolError, PoolRefused, SourceError
from ..files.descriptor import Descriptor
from ..files.paths import File, HasFileno, path_text
from ..files.private import PRIVATE_FILE

Buffer = Union[bytes, bytearray, memoryview]


class PoolFile(Protocol):
    """Bytes at offsets, durable once `sync` has returned."""

    def size(self) -> int:
        """Return the file's size in bytes."""

    def read(self, offset: int, size: int) -> bytes:
        """Return `size` bytes at `offset`; fewer only where the file ends."""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill `buffer` from `offset`; return the number of bytes read, smaller only where the file ends."""

    def write(self, offset: int, data: Buffer) -> None:
        """Write all of `data`, extending the file as needed. Raises `PoolError` if the system can't."""

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes."""

    def sync(self) -> None:
        """Return once everything written is on stable storage. Raises `PoolError` if the system can't."""

    def room(self) -> int:
        """Return by how many bytes the file can grow at most, as an estimate for now."""

    def close(self) -> None:
        """Close the file; idempotent."""


def system_failure(action: str, name: str, error: OSError) -> PoolError:
    """Return a `PoolError` for a system call that failed while the pool did `action` with file `name`."""
    hint = _HINTS.get(error.errno or 0)
    return PoolError(f"cannot {action} {name}: {error.strerror}", errno=error.errno or 0, hint=hint)


_HINTS = {
    errno.ENOSPC: "make room on the disk and try again; the last commit is whole",
    errno.EDQUOT: "make room within the quota and try again; the last commit is whole",
    errno.EFBIG: "raise the limit (ulimit -f) and try again; the last commit is whole",
}


class OsFile:
    """A regular file of the operating system. It is closed with its last reference at the latest."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.descriptor = descriptor
        self.name = name
        self._owner = os.getpid()
        self._open = Descriptor(descriptor)

    def size(self) -> int:
        """Return the file's size in bytes."""
        return os.fstat(self.descriptor).st_size

    def read(self, offset: int, size: int) -> bytes:
        """See `PoolFile`."""
        pieces = []
        try:
            while size:
                piece = os.pread(self.descriptor, size, offset)
                if not piece:
                    break
                pieces.append(piece)
                offset, size = offset + len(piece), size - len(piece)
        except OSError as error:
            raise system_failure("read", self.name, error) from error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `PoolFile`."""
        done = 0
        try:
            while done < len(buffer):
                count = os.preadv(self.descriptor, [buffer[done:]], offset + done)
                if not count:
                    break
                done += count
        except OSError as error:
            raise system_failure("read", self.name, error) from error
        return done

    def write(self, offset: int, data: Buffer) -> None:
        """See `PoolFile`. Only the process that opened the file writes to it."""
        self.check_owner()
        with memoryview(data) as view:
            self._check_size_limit(offset + len(view))
            done = 0
            try:
                while done < len(view):
                    done += os.pwrite(self.descriptor, view[done:], offset + done)
            except OSError as error:
                raise system_failure("write", self.name, error) from error

    def truncate(self, size: int) -> None:
        """See `PoolFile`."""
        self.check_owner()
        try:
            os.ftruncate(self.descriptor, size)
        except OSError as error:
            raise system_failure("cut", self.name, error) from error

    def sync(self) -> None:
        """See `PoolFile`: fdatasync(2), or where it exists F_FULLFSYNC, which empties the disk's cache."""
        try:
            if hasattr(fcntl, "F_FULLFSYNC"):
                fcntl.fcntl(self.descriptor, fcntl.F_FULLFSYNC)
            else:
                os.fdatasync(self.descriptor)
        except OSError as error:
            raise system_failure("sync", self.name, error) from error

    def room(self) -> int:
        """See `PoolFile`."""
        disk = os.fstatvfs(self.descriptor)
        return disk.f_bavail * disk.f_frsize

    def close(self) -> None:
        """Close the descriptor, which releases every lock of this opening."""
        self._open.close()

    def check_owner(self) -> None:
        """Raise `PoolError` (EPERM) in any process but the one that opened the file."""
        # A forked child shares the lock, so only the process id distinguishes it from the writer.
        if os.getpid() != self._owner:
            raise PoolRefused(
                f"{self.name} was opened for writing by process {self._owner}", errno=errno.EPERM
            )

    def _check_size_limit(self, end: int) -> None:
        # An embedding debugger need not ignore SIGXFSZ, whose default is to kill.
        import resource

        limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
        if limit != resource.RLIM_INFINITY and end > limit:
            error = OSError(errno.EFBIG, f"the file size limit is {limit} bytes")
            raise system_failure("write", self.name, error) from error


class MemoryFile:
    """A file in this process's memory, for anonymous pools."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)

    def size(self) -> int:
        """Return the size in bytes."""
        return len(self.content)

    def read(self, offset: int, size: int) -> bytes:
        """See `PoolFile`."""
        return bytes(self.content[offset : offset + size])

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """See `PoolFile`."""
        data = self.read(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, offset: int, data: Buffer) -> None:
        """See `PoolFile`."""
        if offset > len(self.content):
            self.content.extend(bytes(offset - len(self.content)))
        self.content[offset : offset + len(data)] = data

    def truncate(self, size: int) -> None:
        """See `PoolFile`."""
        del self.content[size:]
        self.content.extend(bytes(size - len(self.content)))

    def sync(self) -> None:
        """Do nothing: memory can't be made more durable."""

    def room(self) -> int:
        """See `PoolFile`."""
        return sys.maxsize

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def open_file(file: File, *, read_only: bool) -> OsFile:
    """Return `file`, a path, a descriptor or an open file, opened for a pool; a writer creates a missing one.

    An open file is opened anew, so that its position, its locks and its closing stay its owner's.
    Raises `PoolError` with the errno if the system can't, `SourceError` if it is not a regular file.
    """
    writing = 0 if read_only else os.O_CREAT
    flags = (os.O_RDONLY if read_only else os.O_RDWR) | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    if isinstance(file, (str, bytes, os.PathLike)):
        path, name = path_text(file), repr(path_text(file))
        existed = os.path.lexists(path)
    else:
        path, name = _reopened(file, read_only=read_only)
        existed, writing = True, 0
    try:
        # Opening a device can have side effects, so it is looked at first.
        if existed and _is_special(path):
            raise SourceError(f"{name} is not a regular file")
        descriptor = os.open(path, flags | writing, PRIVATE_FILE)
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError):
            raise InvalidArgument(f"not the path of a file: {path!r}") from error
        raise system_failure("open", name, error) from error
    opened = OsFile(descriptor, name)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        opened.close()
        raise SourceError(f"{name} is not a regular file")
    if not existed:
        _sync_folder(path)
    return opened


def _is_special(path: str) -> bool:
    """Return whether a path names a device, a FIFO or a socket."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False  # opening says why
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _reopened(file: int | HasFileno, *, read_only: bool) -> tuple[str, str]:
    try:
        descriptor = file if isinstance(file, int) else file.fileno()
    except (AttributeError, TypeError, ValueError, OSError) as error:
        raise InvalidArgument(f"not a path or an open file: {file!r}") from error
    try:
        mode = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
    except (OSError, OverflowError, TypeError, ValueError) as error:
        raise PoolError(f"descriptor {descriptor} is not open", errno=errno.EBADF) from error
    if mode == os.O_WRONLY or (mode == os.O_RDONLY and not read_only):
        needed = "reading" if mode == os.O_WRONLY else "writing"
        raise PoolError(f"descriptor {descriptor} is not open for {needed}", errno=errno.EBADF)
    return f"/proc/self/fd/{descriptor}", f"descriptor {descriptor}"


def _sync_folder(path: str) -> None:
    """Make a new file's name durable by syncing its folder."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise system_failure("sync the folder of", repr(path), error) from error
