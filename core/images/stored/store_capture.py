"""Taking a snapshot's memory straight into a store, as an `Intake` takes it into this process's memory."""

from __future__ import annotations

from typing import NamedTuple

from ...segments.joined import JoinedContent
from ...store.writer import PageWriter
from ..capture.page_dedup import CHUNK


class StagedBuffer(NamedTuple):
    """Where a chunk is read to."""

    view: memoryview


class StoreSink:
    """Takes in the memory of one snapshot; what is held of it at a time is two chunks, whatever its size."""

    def __init__(self, writer: PageWriter) -> None:
        self._writer = writer
        # One is read into while the other is looked at.
        self._buffers = [memoryview(bytearray(CHUNK)) for _ in range(2)]

    def region(self, size: int) -> StagedBuffer:
        """Return where to read the next chunk to, of at most CHUNK bytes: not where the last one was."""
        self._buffers.reverse()
        return StagedBuffer(self._buffers[0][:size])

    def keep(self, region: StagedBuffer, start: int, size: int, pages: JoinedContent) -> None:
        """Keep the part of a region that was read, and add to `pages` where. Raises `PoolError`."""
        self._writer.write(bytes(region.view[start : start + size]), pages.append)

    def finish(self, region: StagedBuffer) -> None:
        """Nothing of a region is needed any more."""
        region.view.release()

    def close(self) -> None:
        """The writer is its owner's to close."""
