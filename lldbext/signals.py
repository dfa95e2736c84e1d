"""The signals that stopped a process's threads."""

from __future__ import annotations

import signal
from collections.abc import Mapping

import lldb

from .threads import threads_of

_TRAPS = (
    lldb.eStopReasonBreakpoint,
    lldb.eStopReasonWatchpoint,
    lldb.eStopReasonTrace,
    lldb.eStopReasonPlanComplete,
)


class LldbSignals:
    """The signals that stopped a process's threads."""

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process

    def signals(self) -> Mapping[int, int]:
        """Return the signals; a thread that LLDB itself stopped has SIGTRAP."""
        found: dict[int, int] = {}
        for thread in threads_of(self._process):
            reason = thread.GetStopReason()
            if reason == lldb.eStopReasonSignal:
                found[thread.GetThreadID()] = int(thread.GetStopReasonDataAtIndex(0))
            elif reason in _TRAPS:
                found[thread.GetThreadID()] = int(signal.SIGTRAP)
        return found
