"""The auxiliary vector of a local process."""

from __future__ import annotations

from .handle import ProcessHandle


class ProcfsAuxv:
    """Reads it from the kernel."""

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process

    def auxv(self) -> bytes | None:
        """Return it as the kernel gave it to the program (proc_pid_auxv(5)); None where it can't be had."""
        try:
            with open(self._process.path("auxv"), "rb", buffering=0) as stream:
                return stream.read() or None
        except OSError:
            return None
