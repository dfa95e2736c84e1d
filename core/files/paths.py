"""What a caller may name a file by: its path, or the file itself, open, or its descriptor."""

from __future__ import annotations

import fcntl
import os
from typing import Protocol, Union

from ..errors import InvalidArgument


class HasFileno(Protocol):
    """An open file, of any kind that knows its descriptor."""

    def fileno(self) -> int:
        """Return its descriptor."""


FilePath = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
File = Union[FilePath, HasFileno, int]  # the number: an open descriptor


def descriptor_of(file: HasFileno | int) -> tuple[int, int]:
    """Return the descriptor of an open file, and its flags (F_GETFL); raise InvalidArgument for any other."""
    try:
        descriptor = file if isinstance(file, int) else file.fileno()
        return descriptor, fcntl.fcntl(descriptor, fcntl.F_GETFL)
    except (AttributeError, OSError, OverflowError, TypeError, ValueError) as error:
        raise InvalidArgument(f"{file!r} is no open file") from error


def path_text(path: FilePath) -> str:
    """Return a path as text, with surrogates for what isn't UTF-8; raise InvalidArgument for what is none."""
    try:
        return os.fsdecode(path)
    except TypeError:
        raise InvalidArgument(f"a {type(path).__name__} is no path of a file") from None


def possible_path(path: FilePath) -> str:
    """Return a path as text; raise InvalidArgument also for what no file can be called."""
    text = path_text(path)
    try:
        if b"\0" not in os.fsencode(text):
            return text
    except UnicodeEncodeError:
        pass
    raise InvalidArgument(f"{text!r} is no name that a file can have")
