"""The auxiliary vector of a local process."""

from __future__ import annotations

from .handle import ProcessHandle


class ProcfsAuxv:
    """Reads the auxiliary vector from /proc/PID/auxv."""

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process

    def auxv(self) -> bytes | None:
        """Return the vector that the kernel gave the program (proc_pid_auxv(5)); None if it can't be read."""
        try:
            with open(self._process.path("auxv"), "rb", buffering=0) as stream:
                return stream.read() or None
        except OSError:
            return None
