"""Where a result goes: the debugger's stream in pieces, or a file, whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Optional, Protocol

from ..errors import AtlasError


class Terminal(Protocol):
    """The debugger's output: `width` in columns or None for no limit, whether it shows colours."""

    width: Optional[int]
    color: bool

    def write(self, text: str) -> None:
        """Print the text, through the debugger's pager where it has one."""


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """Give a file to write to that becomes `path` when all is written, and vanishes otherwise.

    A link is followed, and what isn't a regular file (a device, a pipe) is written to directly.
    Raises AtlasError where the file can't be written: permissions, a full disk.
    """
    try:
        target = os.path.realpath(path)
        if os.path.exists(target) and not os.path.isfile(target):
            with open(target, "wb") as stream:
                yield stream
            return
        with _beside(target) as stream:
            yield stream
    except OSError as error:
        raise AtlasError(f"cannot write {path}: {error.strerror}", hint="nothing was written") from None


@contextmanager
def _beside(target: str) -> Iterator[BinaryIO]:
    temporary = f"{target}.{secrets.token_hex(4)}.part"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        if os.path.exists(target):
            os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
