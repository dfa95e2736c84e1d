"""Whether a process that no debugger holds may have run in between."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count

from ...errors import AtlasError
from .handle import ProcessHandle

# States of proc_pid_stat(5) in which a thread is neither running nor ready to run.
_RESTING = (b"S", b"D", b"T", b"t", b"Z", b"I")


class ProcessClock:
    """The clock of a process that may be running: it stands still while no thread has run.

    A thread that rests now and rested then, and was never switched away from in between, hasn't run:
    the kernel counts every switch (proc_pid_status(5), *_ctxt_switches).
    """

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process
        self._ticks = count()

    def now(self) -> Hashable:
        """Return the same value as before only if every thread has rested since."""
        try:
            return tuple(self._thread(tid) for tid in self._process.tids())
        except (AtlasError, OSError, KeyError):
            # Threads came or went during the reading, the process ended, or this kernel doesn't count:
            # anything may have changed.
            return next(self._ticks)

    def _thread(self, tid: int) -> Hashable:
        with open(f"/proc/{self._process.pid}/task/{tid}/status", "rb", buffering=0) as file:
            status = file.read()
        fields = dict(line.split(b":", 1) for line in status.splitlines() if b":" in line)
        if fields[b"State"].strip()[:1] not in _RESTING:
            return tid, next(self._ticks)
        return tid, fields[b"voluntary_ctxt_switches"], fields[b"nonvoluntary_ctxt_switches"]
