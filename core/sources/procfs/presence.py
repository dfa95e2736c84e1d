"""Whether a process is still there."""

from __future__ import annotations

from ...errors import SourceError
from .handle import ProcessHandle


class ProcessPresence:
    """The presence of a process: it has its memory, and still the debugger that it had at first, if any.

    A process that was killed has lost its memory some time before it counts as ended (`State`); one that lost
    its debugger runs, and nobody tells when. Of processes without memory, which the kernel has some of,
    nothing is asked.
    """

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process
        first = self._status()
        self._had_memory, self._was_traced = b"VmSize" in first, _is_traced(first)

    def check(self) -> None:
        """Raise SourceError if no thread has the memory any more, or the debugger lost the process."""
        status = self._status()
        if self._had_memory and b"VmSize" not in status:
            self._process.elect()
            status = self._status()
            if b"VmSize" not in status:
                raise SourceError(f"process {self._process.pid}: the process is gone")
        if self._was_traced and not _is_traced(status):
            raise SourceError(f"process {self._process.pid}: the debugger has lost it")

    def _status(self) -> dict[bytes, bytes]:
        """Return the fields of proc_pid_status(5); none if the thread has ended."""
        try:
            lines = self._process.read("status").splitlines()
        except SourceError:
            return {}
        return {name: value.strip() for name, _, value in (line.partition(b":") for line in lines)}


def _is_traced(status: dict[bytes, bytes]) -> bool:
    return status.get(b"TracerPid", b"0") != b"0"
