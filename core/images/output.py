"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from ..errors import Interrupted, SourceError
from ..ranges import Range
from . import coverage
from .files import FilePath
from .section import ZEROS, Section

CHUNK = 1 << 20


@contextmanager
def whole_or_not(path: FilePath) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes its name when all is written, and is gone otherwise.

    Raises SourceError where it can't be written: the message says why (no space, no such directory, ...).
    """
    target = os.fsdecode(path)
    try:
        handle, temporary = tempfile.mkstemp(prefix=".ptatlas-", dir=os.path.dirname(os.path.abspath(target)))
    except OSError as error:
        raise _failure(target, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            os.fchmod(file.fileno(), 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise _failure(target, error) from error
        raise


def _umask() -> int:
    """Return the process's umask: umask(2) tells it only while setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _failure(path: str, error: OSError) -> SourceError:
    return SourceError(f"{path!r} can't be written: {error.strerror}")


def write_sparse(
    section: Section, part: Range, file: BinaryIO, place: int, interrupted: coverage.Interrupted
) -> None:
    """Write a part of a section at a place in a file; zeros stay holes.

    Raises SourceError when the content can't be had any more, Interrupted.
    """
    at = part.start
    for size, thing, _ in section.content.origins(at - section.start, part.size):
        for begin in () if thing == ZEROS else range(at, at + size, CHUNK):
            if interrupted():
                raise Interrupted("the export was interrupted; nothing was written")
            data = section.read(begin, min(CHUNK, at + size - begin))
            if data.count(0) < len(data):
                file.seek(place + begin - part.start)
                file.write(data)
        at += size
