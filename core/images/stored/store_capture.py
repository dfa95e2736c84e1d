"""Writes a snapshot's memory straight into a store, where `PageDedup` keeps it in this process's memory."""

from __future__ import annotations

from typing import NamedTuple

from ...segments.joined import JoinedContent
from ...store.writer import PageWriter
from ..capture.page_dedup import CHUNK


class StagedBuffer(NamedTuple):
    """The buffer that a chunk is read into."""

    view: memoryview


class StoreSink:
    """Takes in the memory of one snapshot, of which it holds at most two chunks at a time."""

    def __init__(self, writer: PageWriter) -> None:
        self._writer = writer
        # One is read into while the other is processed.
        self._buffers = [memoryview(bytearray(CHUNK)) for _ in range(2)]

    def region(self, size: int) -> StagedBuffer:
        """Return where to read the next chunk to, of at most CHUNK bytes: not where the last one was."""
        self._buffers.reverse()
        return StagedBuffer(self._buffers[0][:size])

    def keep(self, region: StagedBuffer, start: int, size: int, pages: JoinedContent) -> None:
        """Keep the part of a region that was read, and add to `pages` where. Raise `PoolError`."""
        self._writer.write(bytes(region.view[start : start + size]), pages.append)

    def finish(self, region: StagedBuffer) -> None:
        """Do nothing: no part of a region is needed any more."""
        region.view.release()

    def close(self) -> None:
        """Do nothing: the writer's owner closes it."""
