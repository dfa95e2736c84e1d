"""Opening a file that an input names, inside a root that neither links nor `..` lead out of."""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from ..errors import SourceError
from .regular import OPENING, FileIdentity, check_regular, refusal, regular_file_identity

# As path_resolution(7) has it.
_MOST_LINKS = 40
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class FileInside(NamedTuple):
    """An open regular file, which one that is, and where it lies: a path without links below the root."""

    descriptor: int
    identity: FileIdentity
    location: str


def open_inside(root: str, path: str, name: str | None = None) -> FileInside:
    """Open the regular file that a path means to a process whose root this is, as openat2(2) does it in root.

    Each folder is opened in the one before, and links are read, not followed: a link to `/etc` leads to `etc`
    below the root, and the kernel's own links (/proc/PID/fd, /proc/PID/root) lead nowhere. `name` is what
    messages call the file (the path, if None). Nothing but a regular file is opened, and nothing waits. Raise
    as `open_regular_file`.
    """
    name = path if name is None else name
    walk = _Walk(os.path.abspath(root))
    try:
        walk.enter_root()
        return walk.open(path, name)
    except (OSError, ValueError) as error:
        raise refusal(name, error) from error
    finally:
        walk.leave(0)


class _Walk:
    """A walk down from a root: the folders that are open, and their names."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._open: list[int] = []
        self._names: list[str] = []

    def enter_root(self) -> None:
        """Open the root itself, whose own path is the user's: its links are followed."""
        self._open.append(os.open(self._root, _FOLDER & ~os.O_NOFOLLOW))

    def leave(self, kept: int) -> None:
        """Go back up until this many folders are open."""
        while len(self._open) > kept:
            with suppress(OSError):
                os.close(self._open.pop())
        del self._names[max(kept - 1, 0) :]

    def open(self, path: str, name: str) -> FileInside:
        """Walk to the file and open it; raise OSError, ValueError, or SourceError for what is none."""
        todo, links = deque(_parts(path)), 0
        while todo:
            part = todo.popleft()
            if part == "..":
                self.leave(max(len(self._open) - 1, 1))
                continue
            mode = os.stat(part, dir_fd=self._open[-1], follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                todo.extendleft(reversed(self._behind(part)))
            elif todo:
                self._open.append(os.open(part, _FOLDER, dir_fd=self._open[-1]))
                self._names.append(part)
            else:
                check_regular(name, mode)
                return self._file(part, name)
        raise SourceError(f"{name!r} is a directory, not a regular file")

    def _behind(self, link: str) -> list[str]:
        target = os.readlink(link, dir_fd=self._open[-1])
        if target.startswith("/"):
            self.leave(1)
        return _parts(target)

    def _file(self, part: str, name: str) -> FileInside:
        descriptor = os.open(part, OPENING | os.O_NOFOLLOW, dir_fd=self._open[-1])
        identity = regular_file_identity(descriptor, name)
        return FileInside(descriptor, identity, os.path.join(self._root, *self._names, part))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
