"""Reads the parts of memory that lie in files from these, and the rest through another reader."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter

from ..errors import SourceError
from ..files.pinned import OpenFile
from ..ports.files import FilePart
from ..ports.memory import MemoryReader, ScatteredReader
from ..ranges import align_up
from ..walk.reading import next_readable

# Files kept open at most: a search goes through memory in order, and so through one file after the other. The
# descriptors count against the debugger's limit, which may be low.
_MOST_OPEN = 8


class FilePartReader:
    """Reads parts from their files and everything else as the other reader does.

    A part whose file is another by now, or can't be opened, is read by the other reader too. Memory behind
    the end of a file can't be read, except for the rest of its last page, which isn't always zeros. The files
    that were read last stay open until others take their place, or the reader goes.
    """

    def __init__(self, reader: MemoryReader, parts: Sequence[FilePart], page_size: int) -> None:
        """Take the parts in order."""
        self.source = reader.source
        self.thread_safe = reader.thread_safe
        self._reader, self._parts, self._page_size = reader, parts, page_size
        self._ends = list(map(attrgetter("end"), parts))
        self._open = lru_cache(_MOST_OPEN)(_opened)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as it can be read; see MemoryReader."""
        index, done = bisect_right(self._ends, address), 0
        while done < len(buffer):
            at = address + done
            part = self._parts[index] if index < len(self._parts) else None
            if part is not None and part.start <= at:
                wanted = min(part.end - at, len(buffer) - done)
                got = self._read_part(part, at, buffer[done : done + wanted])
                index += 1
            else:
                wanted = len(buffer) - done if part is None else min(part.start - at, len(buffer) - done)
                got = self._reader.read_into(at, buffer[done : done + wanted])
            done += got
            if got < wanted:
                break
        return done

    def read_each(self, addresses: Sequence[int], size: int, buffer: memoryview) -> int:
        """Fill the buffer from each address, up to one that crosses a part's edge; see ScatteredReader."""
        done = 0
        while done < len(addresses):
            index = bisect_right(self._ends, addresses[done])
            part = self._parts[index] if index < len(self._parts) else None
            is_inside = part is not None and part.start <= addresses[done]
            edge = None if part is None else part.end if is_inside else part.start
            end = len(addresses) if edge is None else bisect_left(addresses, edge - size + 1, done)
            run, place = addresses[done:end], buffer[done * size : end * size]
            read = self._read_each_there if part is not None and is_inside else self._read_each_elsewhere
            got = read(run, size, place)
            done += got
            if got < len(run) or not run:
                break
        return done

    def next_readable(self, address: int, end: int) -> int:
        """Return where bytes may come next: behind a file's end not before the part's; see SparseReader.

        A file may end long before its mapping does: databases map what they may grow to.
        """
        index = bisect_right(self._ends, address)
        part = self._parts[index] if index < len(self._parts) else None
        file = self._open(part.path, part.identity) if part is not None and part.start <= address else None
        if part is None or file is None:
            border = end if part is None or part.start <= address else min(part.start, end)
            return next_readable(self._reader, address, border, self._page_size)
        page = align_up(address, self._page_size)
        behind = part.start + align_up(file.size_now, self._page_size) - part.offset
        return min(page, part.end, end) if page < behind else min(part.end, end)

    def _read_each_there(self, addresses: Sequence[int], size: int, buffer: memoryview) -> int:
        for number, address in enumerate(addresses):
            if self.read_into(address, buffer[number * size : (number + 1) * size]) < size:
                return number
        return len(addresses)

    def _read_each_elsewhere(self, addresses: Sequence[int], size: int, buffer: memoryview) -> int:
        if not isinstance(self._reader, ScatteredReader):
            return 0
        return self._reader.read_each(addresses, size, buffer)

    def _read_part(self, part: FilePart, address: int, buffer: memoryview) -> int:
        file = self._open(part.path, part.identity)
        if file is None:
            return self._reader.read_into(address, buffer)
        offset = part.offset + address - part.start
        got = file.read_at(offset, buffer)
        size = file.size_now
        rest = buffer[got : max(got, align_up(size, self._page_size) - offset)]
        if not rest or offset + got < size:  # all is read, or the disk fails
            return got
        page = file.last_page(self._page_size)
        if page is None:
            return got + self._reader.read_into(address + got, rest)
        place = (offset + got) % self._page_size
        rest[:] = page[place : place + len(rest)]
        return got + len(rest)


def _opened(path: str, identity: tuple[int, int]) -> OpenFile | None:
    """Return the part's file, open; None if that fails, or if the path leads to another file by now."""
    try:
        file = OpenFile.open(path)
    except SourceError:
        return None
    if file.identity.node != identity:
        return None
    file.read_no_further()
    return file
