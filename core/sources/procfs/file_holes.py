"""Holes of mapped files: pages of zeros that no file system keeps, and that nobody needs to read.

A read of one goes through the page cache, which then holds a page of zeros for it; through the process it
would even make a page of shared memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...errors import SourceError
from ...files.pinned import OpenFile
from ...ports.files import FilePart
from ...ranges import Range, align_down, align_up

# Less than this in a file is read as quickly as the file is asked about.
_WORTHWHILE = 1 << 16


def holes_of(parts: Iterable[FilePart], page_size: int) -> Iterator[Range]:
    """Yield, in order and in whole pages, where these parts, which come in order, are holes of their files.

    Only what a file system says of its files now counts. The page that a file's end cuts is none: behind the
    end it may hold what was written through a mapping.
    """
    files: dict[tuple[int, int], OpenFile | None] = {}
    for part in parts:
        if part.identity not in files:
            files[part.identity] = _opened(part)
        file = files[part.identity]
        if file is not None:
            yield from _holes(file, part, page_size)


def is_worth_asking(size: int) -> bool:
    """Return whether so much of a file, in bytes, may have holes that are worth knowing."""
    return size >= _WORTHWHILE


def _holes(file: OpenFile, part: FilePart, page_size: int) -> Iterator[Range]:
    end = part.offset + part.end - part.start
    moved = part.start - part.offset
    for hole in file.holes(part.offset, min(end, align_down(file.size_now, page_size))):
        first, last = align_up(hole.start, page_size), align_down(hole.end, page_size)
        if first < last:
            yield Range(first + moved, last + moved)


def _opened(part: FilePart) -> OpenFile | None:
    """Return the part's file; None if it can't be opened, is another one by now, or can't tell its holes."""
    try:
        file = OpenFile.open(part.path)
    except SourceError:
        return None
    return file if file.identity.node == part.identity and file.tells_current_holes else None
