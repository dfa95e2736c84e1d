"""Regular files as they were when they were first looked at, read without ever mapping them.

They are opened for each read: nothing stays open, and a file that isn't the one it was is noticed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Union

from ..errors import SourceError
from .regular import FileIdentity, open_regular_file, read_file_at

FilePath = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


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
        handle, identity = open_regular_file(location, given)
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
            done = read_file_at(handle, offset, buffer)
        finally:
            os.close(handle)
        if done < len(buffer):
            place = max(offset + done, 0)
            how = "ends" if place >= self.size else "can't be read"
            raise SourceError(f"{self.path!r} {how} at {place:#x}, before {offset + len(buffer):#x}")

    def check(self) -> None:
        """Raise SourceError unless the file can be read and is the one that it was."""
        os.close(self._reopen())

    def _reopen(self) -> int:
        handle, identity = open_regular_file(self.location, self.path)
        if identity != self.identity:
            os.close(handle)
            raise SourceError(f"{self.path!r} was {_difference(self.identity, identity)} since it was added")
        return handle


def _difference(before: FileIdentity, after: FileIdentity) -> str:
    if before[:2] != after[:2]:
        return "replaced"
    return "cut" if after.size < before.size else "changed"
