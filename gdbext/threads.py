"""The threads of an inferior."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import gdb
from ptatlas.core.ports.threads import Thread, ThreadName

from .selection import kept_selection

# What GDB calls the ABI's thread pointer, by the beginning of its name for the architecture.
_THREAD_POINTERS = {"i386:x86-64": "fs_base", "aarch64": "tpidr", "riscv": "tp", "powerpc:common64": "r13"}


class GdbThreads:
    """The threads of an inferior, by their newest frames."""

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
            frame = gdb.newest_frame()
            return Thread(tid, int(frame.read_register("sp")), int(frame.read_register("pc")))
        except (gdb.error, ValueError):
            return Thread(tid, None)

    def names(self) -> Mapping[int, ThreadName]:
        """Return GDB's numbers and names of the threads."""
        return {thread_id(one): ThreadName(one.num, one.name) for one in self._inferior.threads()}

    def thread_pointers(self, tids: Iterable[int]) -> Mapping[int, int]:
        """Return the thread pointers of these threads. The selection is restored."""
        wanted, found = set(tids), dict[int, int]()
        arch = self._inferior.architecture().name()
        name = next((name for start, name in _THREAD_POINTERS.items() if arch.startswith(start)), None)
        if name is None:
            return found
        with kept_selection():
            for thread in self._inferior.threads():
                tid = thread_id(thread)
                if tid in wanted:
                    with suppress(gdb.error, ValueError):  # it ended, or this target has no such register
                        thread.switch()
                        found[tid] = int(gdb.newest_frame().read_register(name)) & (1 << 64) - 1
        return found


def thread_id(thread: gdb.InferiorThread) -> int:
    """Return the system's identifier of a thread, as far as the target reports it."""
    return int(thread.ptid[1] or thread.ptid[2] or thread.ptid[0])
