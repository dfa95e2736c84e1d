"""Whether /proc shows processes by the numbers that this process knows them by."""

from __future__ import annotations

import os


def is_proc_ours() -> bool:
    """Return whether /proc is of our own pid namespace (pid_namespaces(7), "/proc and PID namespaces").

    One of another namespace, which `unshare --pid --fork` leaves mounted, gives the same numbers to other
    processes.
    """
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False
