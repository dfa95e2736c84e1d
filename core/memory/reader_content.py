"""A reader's memory as content of a memory map."""

from __future__ import annotations

from ..ports.memory import MemoryReader


class ReaderContent:
    """Memory that something else reads, at its own addresses: an offset here is an address there."""

    def __init__(self, reader: MemoryReader) -> None:
        self._reader = reader

    @property
    def thread_safe(self) -> bool:
        """Whether the reader allows it."""
        return self._reader.thread_safe

    def __repr__(self) -> str:
        return f"ReaderContent({self._reader.source})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Read through the reader; see Content."""
        return self._reader.read_into(offset, buffer)
