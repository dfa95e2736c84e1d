"""What a memory map is made of beside files: bytes, and whatever else can be read."""

from __future__ import annotations

from ..ports import MemoryReader


class BytesContent:
    """Bytes that are in memory already."""

    thread_safe = True

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def __repr__(self) -> str:
        return f"BytesContent({len(self._data):#x} bytes)"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Copy; short at the end of the data."""
        part = self._data[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        return len(part)


class ReaderContent:
    """Memory that something else reads, at its own addresses: an offset here is an address there."""

    def __init__(self, reader: MemoryReader) -> None:
        self._reader = reader

    @property
    def thread_safe(self) -> bool:
        """As the reader says."""
        return self._reader.thread_safe

    def __repr__(self) -> str:
        return f"ReaderContent({self._reader.source})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Let the reader read."""
        return self._reader.read_into(offset, buffer)
