"""What a caller may name a file by: its path, or the file itself, open, or its descriptor."""

from __future__ import annotations

import os
from typing import Protocol, Union


class HasFileno(Protocol):
    """An open file, of any kind that knows its descriptor."""

    def fileno(self) -> int:
        """Return its descriptor."""


FilePath = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
File = Union[FilePath, HasFileno, int]  # the number: an open descriptor
