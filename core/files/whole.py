"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from ..errors import SourceError
from ..signals import failing_at_file_size_limit
from .paths import FilePath, path_to_write
from .private import new_private_file

_PERMISSIONS = 0o777  # not the bits that let a program run as its owner: write(2) takes these off, too


@contextmanager
def whole_file(path: FilePath) -> Iterator[BinaryIO]:
    """Yield a file to write to, which becomes `path` if the block succeeds and is removed otherwise.

    A link is followed, a new file is its owner's only, one that is there keeps its permissions, and what
    isn't a regular file (a device, a pipe) is written to directly. Raise SourceError if the file can't be
    written: permissions, a full disk, a limit on its size; a pipe that nobody reads. Raise InvalidArgument
    for what no file can be called.
    """
    name = path_to_write(path)
    try:
        target = os.path.realpath(name)
        if os.path.exists(target) and not os.path.isfile(target):
            with failing_at_file_size_limit(), open(target, "wb", opener=_open_at_once) as stream:
                yield stream
            return
        with failing_at_file_size_limit(), _beside(target) as stream:
            yield stream
    except OSError as error:
        why = "nobody reads this pipe" if error.errno == errno.ENXIO else error.strerror
        reason = f"cannot write {name}: {why}"
        raise SourceError(reason, hint="nothing was written") from None


def _open_at_once(path: str, _flags: int) -> int:
    """Open what isn't a regular file; raise OSError (ENXIO) for a FIFO that nobody reads, and never wait."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    os.set_blocking(descriptor, True)
    return descriptor


@contextmanager
def becoming(target: str) -> Iterator[str]:
    """Yield a path to write to, which becomes the target if the block succeeds and is removed otherwise.

    A target that is there keeps its permissions. Raise the system's OSError.
    """
    path = f"{target}.{os.urandom(4).hex()}.part"
    try:
        yield path
        if os.path.exists(target):
            os.chmod(path, os.stat(target).st_mode & _PERMISSIONS)
        os.replace(path, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(path)
        raise


@contextmanager
def _beside(target: str) -> Iterator[BinaryIO]:
    with becoming(target) as path, new_private_file(path) as stream:
        yield stream
