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
        told = self._process.read_of_each("syscall", self._process.tids())
        return [Thread(tid, *_registers(content)) for tid, content in told]

    def names(self) -> Mapping[int, ThreadName]:
        """Return the threads' names (proc_pid_comm(5)); raise as `threads` does."""
        told = self._process.read_of_each("comm", self._process.tids())
        names = (
            (tid, content.decode("utf-8", "surrogateescape").rstrip("\n")) for tid, content in told if content
        )
        return {tid: ThreadName(None, name) for tid, name in names if name}


def _registers(content: bytes | None) -> tuple[int | None, int | None]:
    """Read the last two fields of proc_pid_syscall(5), the stack pointer and the program counter.

    They aren't known where the file can't be read, or is not as documented; `running` has none, and a thread
    that has ended has 0.
    """
    fields = (content or b"").split()
    try:
        stack_pointer, program_counter = (
            (int(field, 16) for field in fields[-2:]) if len(fields) >= 3 else (0, 0)
        )
    except ValueError:
        return None, None
    return stack_pointer or None, program_counter or None
