"""Whether a process that no debugger holds may have run in between."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count

from ...errors import AtlasError
from .handle import ProcessHandle

# Of the sixty fields of proc_pid_status(5), which are looked for and not parsed, since there may be thousands
# of threads. No name holds a newline: the kernel writes `\n` for it.
_STATE, _SWITCHES = b"\nState:\t", b"\nvoluntary_ctxt_switches:"
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
        self._rests: tuple[Hashable, ...] | None = None
        self._value = -1

    def now(self) -> Hashable:
        """Return the same value as before only if every thread has rested since.

        It is a number: what is kept by it is compared area by area, and there may be thousands of threads.
        """
        try:
            rests = tuple(map(self._rest, self._process.read_of_each("status", self._process.tids())))
        except (AtlasError, OSError, ValueError):
            # Threads came or went during the reading, the process ended, or this kernel doesn't count:
            # anything may have changed.
            rests = None
        if rests is None or rests != self._rests:
            self._rests, self._value = rests, next(self._ticks)
        return self._value

    def _rest(self, told: tuple[int, bytes | None]) -> Hashable:
        """Return a value that stays while the thread rests; raise ValueError for one that has ended."""
        tid, status = told
        if status is None:
            raise ValueError("the thread has ended")
        state = status.index(_STATE) + len(_STATE)
        if status[state : state + 1] not in _RESTING:
            return tid, next(self._ticks)
        return tid, status[status.index(_SWITCHES, state) :]  # both counts, which come last but for flags
