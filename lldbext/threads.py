"""The threads of a process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import lldb
from ptatlas.core.ports.threads import Thread


class LldbThreads:
    """The threads of a process and their stack pointers."""

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process

    def threads(self) -> Sequence[Thread]:
        """Return the threads, the main one first, the others as LLDB numbers them."""
        pid, count = self._process.GetProcessID(), self._process.GetNumThreads()
        found = [self._thread(self._process.GetThreadAtIndex(index)) for index in range(count)]
        return sorted(found, key=lambda thread: thread.tid != pid)

    @staticmethod
    def _thread(thread: lldb.SBThread) -> Thread:
        pointer = thread.GetFrameAtIndex(0).GetSP()
        return Thread(thread.GetThreadID(), None if pointer == lldb.LLDB_INVALID_ADDRESS else pointer)


def threads_of(process: lldb.SBProcess) -> Iterator[lldb.SBThread]:
    """Yield the threads as LLDB numbers them."""
    return (process.GetThreadAtIndex(index) for index in range(process.GetNumThreads()))
