"""The threads of a process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import lldb
from ptatlas.core.ports.threads import Thread, ThreadName

# What LLDB calls the ABI's thread pointer, by its names for processors.
_THREAD_POINTERS = {"x86_64": "fs_base", "aarch64": "tpidr", "arm64": "tpidr"}


class LldbThreads:
    """The threads of a process, by their newest frames."""

    def __init__(self, process: lldb.SBProcess, *, is_dump: bool = False) -> None:
        """Take the process; `is_dump` says that it is a dump.

        LLDB gives the first thread of a Linux core file, whichever that is, the name of the process.
        """
        self._process, self._is_dump = process, is_dump

    def threads(self) -> Sequence[Thread]:
        """Return the threads, the main one first, the others as LLDB numbers them."""
        pid = self._process.GetProcessID()
        return sorted(map(_thread, threads_of(self._process)), key=lambda thread: thread.tid != pid)

    def names(self) -> Mapping[int, ThreadName]:
        """Return LLDB's numbers of the threads, and of a process their names."""
        return {
            one.GetThreadID(): ThreadName(one.GetIndexID(), None if self._is_dump else one.GetName())
            for one in threads_of(self._process)
        }

    def thread_pointers(self, tids: Iterable[int]) -> Mapping[int, int]:
        """Return the thread pointers of these threads."""
        wanted, found = set(tids), dict[int, int]()
        processor = (self._process.GetTarget().GetTriple() or "").partition("-")[0]
        name = _THREAD_POINTERS.get(processor)
        if name is None:
            return found
        for thread in threads_of(self._process):
            if thread.GetThreadID() in wanted:
                register = thread.GetFrameAtIndex(0).FindRegister(name)
                if register.IsValid():
                    found[thread.GetThreadID()] = register.GetValueAsUnsigned(0)
        return found


def _thread(thread: lldb.SBThread) -> Thread:
    frame = thread.GetFrameAtIndex(0)
    known = (None if one == lldb.LLDB_INVALID_ADDRESS else one for one in (frame.GetSP(), frame.GetPC()))
    return Thread(thread.GetThreadID(), *known)


def threads_of(process: lldb.SBProcess) -> Iterator[lldb.SBThread]:
    """Yield the threads as LLDB numbers them."""
    return (process.GetThreadAtIndex(index) for index in range(process.GetNumThreads()))
