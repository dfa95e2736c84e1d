"""The threads of a process, from /proc/PID/task."""

from __future__ import annotations

from collections.abc import Sequence

from ...ports.threads import Thread
from .handle import ProcessHandle


class ProcfsThreads:
    """Lists threads; stack pointers are known only of threads that wait, and only with the right to trace."""

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process

    def threads(self) -> Sequence[Thread]:
        """Return the threads, the main one first; raise SourceDenied or SourceError if they can't be read."""
        return [Thread(tid, self._stack_pointer(tid)) for tid in self._process.tids()]

    def _stack_pointer(self, tid: int) -> int | None:
        """Read the last field but one of proc_pid_syscall(5): `NUMBER ARGUMENTS... SP PC`."""
        try:
            with open(f"/proc/{self._process.pid}/task/{tid}/syscall", "rb", buffering=0) as file:
                fields = file.read().split()
        except OSError:
            # Ended meanwhile, no right to trace it, or a kernel without the file: not known.
            return None
        # `running` has none, and a thread that has ended has 0.
        pointer = int(fields[-2], 16) if len(fields) >= 3 else 0
        return pointer or None
