"""The threads of an inferior."""

from __future__ import annotations

from collections.abc import Sequence

import gdb
from ptatlas.core.ports.threads import Thread

from .selection import kept_selection


class GdbThreads:
    """The threads of an inferior and their stack pointers."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def threads(self) -> Sequence[Thread]:
        """Return the threads in the order of their numbers. The selection is restored."""
        with kept_selection():
            return [self._thread(one) for one in sorted(self._inferior.threads(), key=lambda one: one.num)]

    @staticmethod
    def _thread(thread: gdb.InferiorThread) -> Thread:
        tid = thread_id(thread)
        try:
            thread.switch()
            return Thread(tid, int(gdb.newest_frame().read_register("sp")))
        except (gdb.error, ValueError):
            return Thread(tid, None)


def thread_id(thread: gdb.InferiorThread) -> int:
    """Return the system's identifier of a thread, as far as the target reports it."""
    return int(thread.ptid[1] or thread.ptid[2] or thread.ptid[0])
