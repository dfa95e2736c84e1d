"""The section cache: sections of files that many images share, with their bytes cached in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from ...errors import InvalidArgument, MemoryFault, UnknownSection
from ...files.paths import FilePath
from ...integers import IntegerLike, as_address, as_integer
from ...ranges import Range
from .asid import ANY
from .section import FileContent, Origin, Section, file_content

# Bytes of a file that are read and cached at once: a power of 2 near a disk's efficient read size.
CHUNK = 1 << 16
DEFAULT_LIMIT = 64 << 20


class SectionCache:
    """Sections of files, each with a positive identifier; recently read bytes stay in memory.

    Equal sections are one, and sections that differ only in their address share their content. Kept
    bytes are served even if the file changed since. Several threads may use a cache.
    """

    def __init__(self, name: str | None = None, limit: int = DEFAULT_LIMIT) -> None:
        """Make an empty cache that keeps at most `limit` bytes in memory."""
        self.name = name
        self._lock = threading.Lock()
        self._kept = _Chunks(_checked_limit(limit))
        self._contents: dict[tuple[FileContent, int, int], CachedContent] = {}
        self._numbers = count()  # of contents; never used again, for images outlive `clear`
        self._isids: dict[tuple[CachedContent, int], int] = {}
        self._sections: list[Section] = []

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections by their identifiers, 1 first."""
        return tuple(self._sections)

    @property
    def limit(self) -> int:
        """How many bytes may be kept in memory."""
        return self._kept.limit

    @property
    def used(self) -> int:
        """How many bytes are kept in memory; never more than `limit`."""
        return self._kept.used

    def __repr__(self) -> str:
        return f"SectionCache({self.name!r}, {len(self._sections)} sections, {self.used:#x} bytes kept)"

    def add_file(self, path: FilePath, offset: int, size: int, address: IntegerLike) -> int:
        """Add a section of a file and return its identifier, a positive number.

        The size is cut at the end of the file. The same section again has the same identifier. Raise as
        Image.add_file does, and changes nothing then.
        """
        address = as_address(address)
        content, size = file_content(path, offset, size)
        place = Range.checked(address, address + size)
        with self._lock:
            cached = self._contents.setdefault(
                (content, offset, size), CachedContent(self, content, offset, size, next(self._numbers))
            )
            isid = self._isids.setdefault((cached, address), len(self._sections) + 1)
            if isid > len(self._sections):
                self._sections.append(Section(place.start, place.end, cached, offset, ANY, isid))
            return isid

    def section(self, isid: int) -> Section:
        """Return the section; raise UnknownSection if there is none of this identifier."""
        isid = as_integer(isid)
        if not 1 <= isid <= len(self._sections):
            raise UnknownSection(f"there is no section {isid} in the cache", hint="see `cache list`")
        return self._sections[isid - 1]

    def read(self, isid: int, size: IntegerLike, address: IntegerLike) -> bytes:
        """Return at least 1 and at most `size` bytes at `address`, ending where the section ends.

        Raise InvalidArgument for a size below 1, UnknownSection, MemoryFault if the address isn't in the
        section, SourceError if its file is gone or changed.
        """
        address, size = as_address(address), as_integer(size)
        if size < 1:
            raise InvalidArgument(f"{size} bytes can't be read")
        section = self.section(isid)
        if address not in section:
            raise MemoryFault(address, size)
        return section.read(address, min(size, section.end - address))

    def set_limit(self, limit: int) -> None:
        """Keep at most `limit` bytes in memory; what was used least recently goes first. 0: none."""
        with self._lock:
            self._kept.set_limit(_checked_limit(limit))

    def clear(self) -> None:
        """Forget all sections and what is kept of them; identifiers begin at 1 again.

        Images that have sections of the cache keep them: these read their files as before.
        """
        with self._lock:
            self._sections.clear()
            self._isids.clear()
            self._contents.clear()
            self._kept = _Chunks(self._kept.limit)

    def chunk(self, content: CachedContent, number: int) -> bytes:
        """Return a chunk of a content, from memory or from its file; raise SourceError as the file does."""
        key = (content.number, number)
        with self._lock:
            data = self._kept.get(key)
        if data is None:
            buffer = bytearray(min(CHUNK, content.size - number * CHUNK))
            content.origin.read_at(content.begin + number * CHUNK, memoryview(buffer))
            data = bytes(buffer)
            with self._lock:
                self._kept.put(key, data)
        return data


class _Chunks:
    """Pieces of bytes under keys, the least recently used first, never more than `limit` in sum."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._chunks: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def get(self, key: tuple[int, int]) -> bytes | None:
        data = self._chunks.get(key)
        if data is not None:
            self._chunks.move_to_end(key)
        return data

    def put(self, key: tuple[int, int], data: bytes) -> None:
        """Keep the data, unless it alone is too much or it is kept already."""
        if key in self._chunks or len(data) > self.limit:
            return
        self._shrink(self.limit - len(data))
        self._chunks[key] = data
        self.used += len(data)

    def set_limit(self, limit: int) -> None:
        self.limit = limit
        self._shrink(limit)

    def _shrink(self, room: int) -> None:
        while self.used > room:
            self.used -= len(self._chunks.popitem(last=False)[1])


@dataclass(frozen=True, eq=False)
class CachedContent:
    """A part of a file, `size` bytes from `begin` on, read through the cache. Offsets are the file's.

    A cache has one of each, so that it is equal to itself alone.
    """

    cache: SectionCache
    origin: FileContent
    begin: int
    size: int
    number: int
    thread_safe = True

    @property
    def kind(self) -> str:
        """Always `file`."""
        return self.origin.kind

    @property
    def path(self) -> str:
        """The path of the file as it was given."""
        return self.origin.path

    def __repr__(self) -> str:
        return f"CachedContent({self.path!r}, begin={self.begin:#x}, number={self.number})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Copy out of the cache's chunks; see SectionContent."""
        position, done = offset - self.begin, 0
        while done < len(buffer):
            number, inside = divmod(position + done, CHUNK)
            piece = memoryview(self.cache.chunk(self, number))[inside : inside + len(buffer) - done]
            buffer[done : done + len(piece)] = piece
            done += len(piece)
        return done

    def origins(self, offset: int, size: int) -> Iterator[Origin]:
        """Yield the origins in the file; see SectionContent."""
        return self.origin.origins(offset, size)

    def check(self) -> None:
        """Raise SourceError unless the file is still there and unchanged."""
        self.origin.check()


def _checked_limit(limit: int) -> int:
    limit = as_integer(limit)
    if limit < 0:
        raise InvalidArgument(f"a limit of {limit} bytes can't be kept")
    return limit
