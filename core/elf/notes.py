"""Notes: the named records in PT_NOTE segments (elf(5), "Notes"), and the build-id among them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

from ..errors import SourceError
from .headers import PT_NOTE, ProgramHeader, ReadAt, program_headers, read_header

NT_GNU_BUILD_ID = 3
# No owner's name is longer; no dump has more notes; no build-id is longer, nor lies in a larger segment.
_LONGEST_NAME, _MOST_NOTES, _LONGEST_ID, _LARGEST_SEGMENT = 64, 1 << 19, 64, 1 << 22
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
    head, unpack = layout.size, layout.unpack_from
    less = (8 if segment.align == 8 else 4) - 1  # what is aligned is so from the segment's beginning on
    base, whole = segment.offset, segment.file_size
    start, window, at = 0, b"", 0
    for _ in range(_MOST_NOTES):
        if at + head > whole:
            return
        if at + head + _LONGEST_NAME > start + len(window):
            start, window = at, read(base + at, min(_WINDOW, whole - at))
            if len(window) < head:
                raise SourceError("the notes are cut off")
        name_size, size, kind = unpack(window, at - start)
        name_at = at + head
        if not 0 < name_size <= _LONGEST_NAME or name_at + name_size + size > whole:
            raise SourceError("the notes are damaged")
        content = (name_at + name_size + less) & ~less
        owner = window[name_at - start : name_at - start + name_size].rstrip(b"\0")
        if b"@" in owner:
            yield _of_thread(owner, kind, base + content, size)
        else:
            yield Note(owner, kind, base + content, size)
        at = (content + size + less) & ~less
    raise SourceError("there are too many notes")


def _of_thread(name: bytes, kind: int, offset: int, size: int) -> Note:
    """Return a note whose owner has a thread's number behind it, if that is one."""
    owner, _, thread = name.partition(b"@")
    return (
        Note(owner, kind, offset, size, int(thread)) if thread.isdigit() else Note(name, kind, offset, size)
    )


def note_segments(segments: Iterable[ProgramHeader]) -> Iterator[ProgramHeader]:
    """Yield the segments of notes in the file's order; none that shares bytes with an earlier one.

    So no more is read than the file has, however often its headers name the same bytes.
    """
    reached = 0
    for segment in sorted(segments, key=attrgetter("offset")):
        if segment.type == PT_NOTE and segment.offset >= reached:
            yield segment
            reached = segment.offset + segment.file_size


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
    for segment in note_segments(segments):
        if segment.offset >= 0 and segment.file_size <= _LARGEST_SEGMENT:
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
