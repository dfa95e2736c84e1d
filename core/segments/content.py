"""Content: bytes that can be read at any offset, wherever they lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Content(Protocol):
    """A run of bytes, by offsets from 0 on. Files are content as they are (`files.pinned`)."""

    def __hash__(self) -> int:
        """Equal contents have equal bytes at equal offsets."""

    @property
    def thread_safe(self) -> bool:
        """Whether several threads may read at once."""

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Fill the buffer from `offset` on; return how many bytes there are before the first missing one.

        Raise SourceError, which says why, when the content is lost: a file that was replaced, a damaged
        store.
        """


@dataclass(frozen=True)
class BytesContent:
    """Bytes in this process's memory."""

    data: bytes = field(repr=False)
    thread_safe = True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.data):#x} bytes)"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Copy; short at the end of the data."""
        part = memoryview(self.data)[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        return len(part)


class ZeroContent:
    """Endless zeros. `ZEROS` is the only instance, so that `is ZEROS` recognises them."""

    thread_safe = True

    def __repr__(self) -> str:
        return "ZEROS"

    def read_at(self, _offset: int, buffer: memoryview) -> int:
        """Fill with zeros."""
        buffer[:] = bytes(len(buffer))
        return len(buffer)


ZEROS = ZeroContent()
