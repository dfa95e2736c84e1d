"""Whether there is a process, and whether it runs."""

from __future__ import annotations

import lldb

# lldb-enumerations.h, StateType: states in which there is a process or a core file to look at ...
_STOPPED = (lldb.eStateStopped, lldb.eStateCrashed, lldb.eStateSuspended)
# ... and in which there will be one, or one that can't be read now.
_RUNNING = (lldb.eStateAttaching, lldb.eStateLaunching, lldb.eStateRunning, lldb.eStateStepping)


class LldbRunState:
    """Knows whether a process runs."""

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process

    def is_running(self) -> bool:
        """Return whether the process runs, or is being started or attached to."""
        return is_running(self._process)


def is_alive(process: lldb.SBProcess) -> bool:
    """Return whether there is a process, or a core file in its place."""
    return bool(process.IsValid()) and process.GetState() in (*_STOPPED, *_RUNNING)


def is_running(process: lldb.SBProcess) -> bool:
    """Return whether the process runs, or is being started or attached to."""
    return process.GetState() in _RUNNING
