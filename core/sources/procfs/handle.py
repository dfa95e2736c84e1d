"""One process under /proc, read through a thread that still has its memory."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ...errors import SourceDenied, SourceError

# The kernel's half of the addresses. The map shows what there is of it ([vsyscall]), but the ioctls that ask
# about the process's own memory refuse it or don't cover it.
KERNEL_HALF = 1 << (8 * struct.calcsize("P") - 1)

# The kernel gives less than this at a time of what it makes as it is read.
_PIECE = 1 << 16

# Bytes that a thread's file has at most, but for a `status` with hundreds of groups.
_USUAL_SIZE = 4096

_GONE = (errno.ENOENT, errno.ESRCH)
_DENIED = (errno.EACCES, errno.EPERM)
_SHOWN = "run as its owner, as root, or where /proc is mounted without hidepid"


def source_error(pid: int, error: OSError) -> SourceError:
    """Return the SourceDenied or SourceError for a system call's error."""
    if error.errno in _DENIED:
        return SourceDenied(f"process {pid} may not be looked at", hint="run as its owner, or as root")
    if error.errno in _GONE:
        if _is_hidden(pid):
            return SourceDenied(f"process {pid} is there, and /proc doesn't show it", hint=_SHOWN)
        return SourceError(f"process {pid}: the process is gone")
    return SourceError(f"process {pid}: {error.strerror}")


def _is_hidden(pid: int) -> bool:
    """Return whether there is such a process without a folder for us: `hidepid` of proc(5), or a mount."""
    if os.path.exists(f"/proc/{pid}/stat") or pid <= 0:
        return False
    try:
        os.kill(pid, 0)  # sends nothing: it only asks
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


@contextmanager
def source_errors(pid: int) -> Iterator[None]:
    """Turn OSError into SourceDenied or SourceError."""
    try:
        yield
    except OSError as error:
        raise source_error(pid, error) from error


def _content(path: str, folder: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
        try:
            content = part = os.read(descriptor, _USUAL_SIZE)
            while len(part) == _USUAL_SIZE:
                part = os.read(descriptor, _USUAL_SIZE)
                content += part
        finally:
            os.close(descriptor)
        return content
    except OSError:
        return None  # ended meanwhile, no right to trace it, or a kernel without the file


class ProcessHandle:
    """A process identifier and the thread whose files in /proc are read.

    A main thread that has ended leaves files in /proc that are empty, while the other threads go on:
    `elect` finds one of those (proc_pid_task(5)).
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.tid = pid

    def __repr__(self) -> str:
        return f"ProcessHandle({self.pid}, tid={self.tid})"

    def path(self, name: str) -> str:
        """Return the path of a file of the elected thread."""
        if self.tid == self.pid:
            return f"/proc/{self.pid}/{name}"
        return f"/proc/{self.pid}/task/{self.tid}/{name}"

    def read(self, name: str) -> bytes:
        """Return a file's content; raise SourceDenied or SourceError if it can't be read."""
        with source_errors(self.pid), open(self.path(name), "rb", buffering=0) as file:
            # Piece by piece, in a loop of Python's: nobody can interrupt a call that reads all, half a second
            # of smaps, nor one that joins what an iterator reads.
            pieces = []
            while piece := file.read(_PIECE):
                pieces.append(piece)
            return b"".join(pieces)

    def probe(self, name: str) -> None:
        """Raise what `read` would, at the cost of the file's first byte."""
        with source_errors(self.pid), open(self.path(name), "rb", buffering=0) as file:
            file.read(1)

    @contextmanager
    def opened(self, name: str) -> Iterator[int]:
        """Open a file for reading; the descriptor is closed at the end of the block."""
        with source_errors(self.pid):
            descriptor = os.open(self.path(name), os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def tids(self) -> list[int]:
        """Return the threads' identifiers, the main one first, the others in order."""
        with source_errors(self.pid):
            found = sorted(map(int, os.listdir(f"/proc/{self.pid}/task")))
        return sorted(found, key=lambda tid: tid != self.pid)

    def read_of_each(self, name: str, tids: Iterable[int]) -> Iterator[tuple[int, bytes | None]]:
        """Yield a file's content for each thread; None where it can't be read.

        Raise SourceDenied or SourceError if no thread can be asked. There may be thousands of threads: the
        kernel looks their folder up once.
        """
        with source_errors(self.pid):
            folder = os.open(f"/proc/{self.pid}/task", os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            for tid in tids:
                yield tid, _content(f"{tid}/{name}", folder)
        finally:
            os.close(folder)

    def elect(self) -> None:
        """Choose a living thread whose files are read from now on; raise SourceError if none is left."""
        if not self._is_alive(self.tid):
            alive = next(filter(self._is_alive, self.tids()), None)
            if alive is None:
                raise SourceError(f"process {self.pid}: the process is gone")
            self.tid = alive

    def _is_alive(self, tid: int) -> bool:
        """Return whether the thread has neither ended nor vanished (`Z` and `X` in proc_pid_stat(5))."""
        try:
            with open(f"/proc/{self.pid}/task/{tid}/stat", "rb", buffering=0) as file:
                stat = file.read()
        except OSError as error:
            if error.errno in _GONE:
                return False
            raise source_error(self.pid, error) from error
        # The name in parentheses may hold anything, parentheses too.
        return stat.rpartition(b") ")[2][:1] not in (b"Z", b"X", b"x")
