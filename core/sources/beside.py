"""Reads from files what lies in files, and the rest through another reader."""

from __future__ import annotations

import os
import stat
from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from ..ports import FilePart, MemoryReader, ScatteredReader
from ..regular_file import read_file_at

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class BesideReader:
    """Reads parts from their files, opened each time, and everything else as the other reader does.

    A part whose file is another by now, or can't be opened, is read by the other reader too. What lies
    behind the end of a file can't be read, but for the rest of its last page, which is zeros (mmap(2)).
    """

    def __init__(self, reader: MemoryReader, parts: Sequence[FilePart], page_size: int) -> None:
        """Take the parts in order."""
        self.source = reader.source
        self.thread_safe = reader.thread_safe
        self._reader, self._parts, self._page_size = reader, parts, page_size
        self._ends = list(map(attrgetter("end"), parts))

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
        """Fill the buffer from each address, if none of these parts is among them; see ScatteredReader."""
        if not addresses or not isinstance(self._reader, ScatteredReader):
            return 0
        index = bisect_right(self._ends, addresses[0])
        if index < len(self._parts) and self._parts[index].start < addresses[-1] + size:
            return 0
        return self._reader.read_each(addresses, size, buffer)

    def _read_part(self, part: FilePart, address: int, buffer: memoryview) -> int:
        try:
            descriptor = os.open(part.path, _FLAGS)
        except OSError:
            return self._reader.read_into(address, buffer)
        try:
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) != part.identity or not stat.S_ISREG(status.st_mode):
                return self._reader.read_into(address, buffer)
            return self._read_file(descriptor, part.offset + address - part.start, status.st_size, buffer)
        finally:
            os.close(descriptor)

    def _read_file(self, descriptor: int, offset: int, size: int, buffer: memoryview) -> int:
        got = read_file_at(descriptor, offset, buffer)
        if offset + got < min(size, offset + len(buffer)):
            return got  # the disk fails, or the file has just become shorter
        last_page_end = -(-size // self._page_size) * self._page_size
        end = max(got, min(len(buffer), last_page_end - offset))
        buffer[got:end] = bytes(end - got)
        return end
