"""The frames of an inferior's threads."""

from __future__ import annotations

import re
from collections.abc import Iterator

import gdb
from ptatlas.core.ports.threads import Frame

from .selection import kept_selection, told
from .threads import thread_id

# As info_frame_command_core of gdb/stack.c prints it.
_END = re.compile(r"Previous frame's sp is (0x[0-9a-f]+)")


class GdbFrames:
    """The frames of an inferior's threads, as `backtrace` has them."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def frames(self, tid: int) -> Iterator[Frame]:
        """Yield the frames of a thread, the newest first. The selection is restored at the end."""
        thread = next((one for one in self._inferior.threads() if thread_id(one) == tid), None)
        if thread is None:
            return
        with kept_selection():
            try:
                thread.switch()
                frame: gdb.Frame | None = gdb.newest_frame()
                while frame is not None:
                    older = frame.older()
                    end = None if older is not None else _end_of(frame)
                    yield Frame(int(frame.read_register("sp")) & (1 << 64) - 1, int(frame.pc()), end)
                    frame = older
            except (gdb.error, ValueError):
                return  # it can unwind no further


def _end_of(frame: gdb.Frame) -> int | None:
    """Return where a frame ends, which GDB's API doesn't tell; None where GDB doesn't either."""
    frame.select()
    found = _END.search(told("info frame"))
    return int(found[1], 16) if found else None
