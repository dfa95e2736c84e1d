"""Whether the inferior is still there, where only GDB can tell."""

from __future__ import annotations

from collections.abc import Iterator

import gdb
from ptatlas.core.ports.target import Target
from ptatlas.core.sources.presence import MemoryPresence

from .selection import selected


def presence(inferior: gdb.Inferior, target: Target) -> MemoryPresence:
    """Return the presence of an inferior by its memory. GDB caches none that it isn't asked for by itself."""

    def why_not(address: int) -> str | None:
        try:
            with selected(inferior):
                inferior.read_memory(address, 1)
        except gdb.error as error:
            return str(error)
        return None

    def here() -> Iterator[int]:
        with selected(inferior):
            try:
                frame = gdb.newest_frame()
                places = frame.pc(), int(frame.read_register("sp"))
            except (gdb.error, ValueError):
                places = ()
        yield from places

    return MemoryPresence(target, why_not, here)
