"""When a process began."""

from __future__ import annotations

import os
import time

from ...errors import SourceError
from .handle import ProcessHandle

# proc_pid_stat(5): `starttime`, in clock ticks since boot, is field 22; 3 is the first after the name.
_STARTTIME = 22 - 3


def process_began(process: ProcessHandle) -> float | None:
    """Return when the process began, in seconds since 1970, to a hundredth; None if it can't be read.

    That is by this machine's present clock: whether it was set since then isn't known.
    """
    try:
        # The name, in parentheses, may hold anything, parentheses too. The main thread's file, even if that
        # thread has ended: the thread that is elected may be younger.
        fields = ProcessHandle(process.pid).read("stat").rpartition(b")")[2].split()
        ticks = int(fields[_STARTTIME])
    except (SourceError, IndexError, ValueError):
        return None
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age
