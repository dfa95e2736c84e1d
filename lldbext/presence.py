"""Whether the process is still there, where only LLDB can tell."""

from __future__ import annotations

from collections.abc import Iterator

import lldb
from ptatlas.core.ports.target import Target
from ptatlas.core.sources.presence import MemoryPresence

from .uncached import uncached


def presence(process: lldb.SBProcess, target: Target) -> MemoryPresence:
    """Return the presence of a process by its memory, read past LLDB's cache."""

    def why_not(address: int) -> str | None:
        error = lldb.SBError()
        with uncached(process):
            process.ReadMemory(address, 1, error)
        return None if error.Success() else str(error.GetCString())

    def here() -> Iterator[int]:
        frame = process.GetSelectedThread().GetFrameAtIndex(0)
        yield from (place for place in (frame.GetPC(), frame.GetSP()) if place != lldb.LLDB_INVALID_ADDRESS)

    return MemoryPresence(target, why_not, here)
