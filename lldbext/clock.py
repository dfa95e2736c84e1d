"""Whether a process under LLDB may have changed."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count

import lldb


class LldbClock:
    """Moves with LLDB's count of stops (those of calls into the process among them) and its breakpoints.

    LLDB also maps memory into a process without letting it run, even for the simplest expressions. No count
    shows that, but the size of a process of this machine does (proc_pid_statm(5)). Nothing shows memory that
    the user writes: `tick` is called after anything that may have done so.
    """

    def __init__(self, process: lldb.SBProcess, local: bool) -> None:
        self._process = process
        self._statm = f"/proc/{process.GetProcessID()}/statm" if local else None
        self._ticks = count()
        self._tick = next(self._ticks)
        self._listener = lldb.SBListener("ptatlas")
        broadcaster = process.GetTarget().GetBroadcaster()
        broadcaster.AddListener(self._listener, lldb.SBTarget.eBroadcastBitBreakpointChanged)

    def tick(self) -> None:
        """Move the clock."""
        self._tick = next(self._ticks)

    def now(self) -> Hashable:
        """Return the counts and the size; while the process isn't stopped, a new value each time."""
        event = lldb.SBEvent()
        while self._listener.GetNextEvent(event):
            self.tick()
        if self._process.GetState() != lldb.eStateStopped:
            self.tick()
        return self._tick, self._process.GetStopID(True), self._pages()

    def _pages(self) -> bytes:
        if self._statm is None:
            return b""
        try:
            with open(self._statm, "rb", buffering=0) as file:
                return file.read().partition(b" ")[0]
        except OSError:
            return b""  # it has ended, which the count of stops will show
