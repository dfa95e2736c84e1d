"""Reading through LLDB's own API."""

from __future__ import annotations

import lldb
from ptatlas.core.errors import SourceError
from ptatlas.core.range_set import RangeSet

from .arch import architecture
from .run_state import is_alive
from .uncached import uncached

SOURCE = "lldb"
# Reads of at least this many bytes bypass LLDB's cache.
_LARGE = 1 << 16


class LldbMemory:
    """Reads through LLDB, which shows original bytes where it has breakpoints inserted."""

    source = SOURCE
    thread_safe = False

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process
        self._limit = architecture(process).address_limit

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as LLDB can read; raise SourceError if the process is gone.

        LLDB may refuse a whole request because of one byte, and stop early where one area of a saved process
        ends and the next begins. So only a byte that can't be read by itself ends the read.
        """
        if len(buffer) < _LARGE:
            return self._read_up_to(address, buffer)
        with uncached(self._process):
            return self._read_up_to(address, buffer)

    def _read_up_to(self, address: int, buffer: memoryview) -> int:
        buffer = buffer[: max(0, self._limit - address)]
        done, span = 0, len(buffer)
        while done < len(buffer):
            got = self._read(address + done, buffer[done : done + span])
            done += got
            if got == 0 and span == 1:
                break
            if got == 0:
                span //= 2
        if done == 0 and not is_alive(self._process):
            raise SourceError("the process is gone")
        return done

    def _read(self, address: int, buffer: memoryview) -> int:
        content = self._process.ReadMemory(address, len(buffer), lldb.SBError()) or b""
        buffer[: len(content)] = content
        return len(content)


class MemoryHeld(LldbMemory):
    """Reads a file in a process's place of which it is known what memory it holds."""

    def __init__(self, process: lldb.SBProcess, held: RangeSet) -> None:
        super().__init__(process)
        self._held = held

    def next_readable(self, address: int, end: int) -> int:
        """Return where the next bytes are; see SparseReader."""
        return next((part.start for part in self._held.within(address, end)), end)


class MemoryShown(LldbMemory):
    """Reads a file in a process's place, and the modules where it has nothing, as `memory read` does."""

    def _read(self, address: int, buffer: memoryview) -> int:
        target = self._process.GetTarget()
        place = lldb.SBAddress(address, target)
        content = target.ReadMemory(place, len(buffer), lldb.SBError()) or b""
        buffer[: len(content)] = content
        return len(content)
