"""The threads of a process, from /proc/PID/task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...ports.threads import Thread, ThreadName
from .handle import ProcessHandle


class ProcfsThreads:
    """Lists threads; registers are known only of threads that wait, and only with the right to trace."""

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process

    def threads(self) -> Sequence[Thread]:
        """Return the threads, the main one first; raise SourceDenied or SourceError if they can't be read."""
        return [Thread(tid, *self._registers(tid)) for tid in self._process.tids()]

    def _registers(self, tid: int) -> tuple[int | None, int | None]:
        """Read the last two fields of proc_pid_syscall(5), the stack pointer and the program counter."""
        try:
            with open(f"/proc/{self._process.pid}/task/{tid}/syscall", "rb", buffering=0) as file:
                fields = file.read().split()
            # `running` has none, and a thread that has ended has 0.
            stack_pointer, program_counter = (
                (int(text, 16) for text in fields[-2:]) if len(fields) >= 3 else (0, 0)
            )
        except (OSError, ValueError):
            # Ended meanwhile, no right to trace it, or a kernel without such a file: not known.
            return None, None
        return stack_pointer or None, program_counter or None

    def names(self) -> Mapping[int, ThreadName]:
        """Return the threads' names (proc_pid_comm(5)); raise as `threads` does."""
        found = ((tid, self._name(tid)) for tid in self._process.tids())
        return {tid: ThreadName(None, name) for tid, name in found if name}

    def _name(self, tid: int) -> str | None:
        try:
            with open(f"/proc/{self._process.pid}/task/{tid}/comm", "rb", buffering=0) as file:
                return file.read().decode("utf-8", "surrogateescape").rstrip("\n")
        except OSError:
            return None  # ended meanwhile
