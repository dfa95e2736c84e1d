"""Notes: the named records in PT_NOTE segments (elf(5), "Notes"), and the build-id among them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..errors import SourceError
from ..ranges import align_up
from .headers import PT_NOTE, ProgramHeader, ReadAt, program_headers, read_header

NT_GNU_BUILD_ID = 3
# No owner's name is longer; no dump has more notes; no build-id is longer, nor lies in a larger segment.
_LONGEST_NAME, _MOST_NOTES, _LONGEST_ID, _LARGEST_SEGMENT = 64, 1 << 21, 64, 1 << 22
_WINDOW = 1 << 18


class Note(NamedTuple):
    """A note's owner and type, and where its description lies.

    `thread` is the number behind an `@` that some systems put behind the owner (`NetBSD-CORE@1`).
    """

    owner: bytes
    type: int
    offset: int = 0
    size: int = 0
    thread: int | None = None


class SlidingWindow:
    """Reads through a window that slides forward, so that many small reads become few large ones."""

    def __init__(self, read: ReadAt) -> None:
        self._read = read
        self._start, self._data = 0, b""

    def __call__(self, offset: int, size: int) -> bytes:
        """Return the bytes there, fewer at the end."""
        if not self._start <= offset <= offset + size <= self._start + len(self._data):
            self._start, self._data = offset, self._read(offset, max(size, _WINDOW))
        return self._data[offset - self._start :][:size]


def notes(order: str, segment: ProgramHeader, read: ReadAt) -> Iterator[Note]:
    """Yield the notes of a segment; raise SourceError if they aren't as documented, after those that are.

    `order` is the byte order, as struct wants it.
    """
    layout = struct.Struct(order + "III")
    align = 8 if segment.align == 8 else 4
    at, end = segment.offset, segment.offset + segment.file_size
    for _ in range(_MOST_NOTES):
        if at + layout.size > end:
            return
        head = read(at, layout.size)
        if len(head) < layout.size:
            raise SourceError("the notes are cut off")
        name_size, size, kind = layout.unpack(head)
        if not 0 < name_size <= _LONGEST_NAME or at + layout.size + name_size + size > end:
            raise SourceError("the notes are damaged")
        name_at = at + layout.size
        content = segment.offset + align_up(name_at + name_size - segment.offset, align)
        owner, thread = _owner(read(name_at, name_size).rstrip(b"\0"))
        yield Note(owner, kind, content, size, thread)
        at = segment.offset + align_up(content + size - segment.offset, align)
    raise SourceError("there are too many notes")


def _owner(name: bytes) -> tuple[bytes, int | None]:
    """Return an owner, and the thread's number if there is one behind it."""
    owner, _, thread = name.partition(b"@")
    return (owner, int(thread)) if thread.isdigit() else (name, None)


def find_build_id(read: ReadAt) -> bytes | None:
    """Return the build-id of the ELF file that `read` reads; None if it has none or isn't one."""
    try:
        header = read_header(read)
        return build_id_in(header.order, program_headers(header, read), read)
    except SourceError:
        return None  # damaged headers lead to no build-id


def build_id_in(order: str, segments: Iterable[ProgramHeader], read: ReadAt) -> bytes | None:
    """Return the build-id (the GNU note) of the first segment that has one, or None.

    `read` takes the offsets of the segments. Damaged notes end their segment.
    """
    for segment in segments:
        if segment.type == PT_NOTE and segment.offset >= 0 and segment.file_size <= _LARGEST_SEGMENT:
            # In one read of limited size: reading memory may be slow.
            content = read(segment.offset, segment.file_size)
            found = _build_id_in(order, segment._replace(offset=0), content)
            if found is not None:
                return found
    return None


def _build_id_in(order: str, segment: ProgramHeader, content: bytes) -> bytes | None:
    try:
        for note in notes(order, segment, lambda offset, size: content[offset : offset + size]):
            if note.owner == b"GNU" and note.type == NT_GNU_BUILD_ID and 0 < note.size <= _LONGEST_ID:
                found = content[note.offset : note.offset + note.size]
                return found if len(found) == note.size else None
    except SourceError:
        pass  # no build-id among the intact notes; another segment may have one
    return None
