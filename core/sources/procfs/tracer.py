"""The proof that a process of this machine is the one that this debugger debugs."""

from __future__ import annotations

import os

from .namespace import is_proc_ours


def is_traced_by_us(pid: int) -> bool:
    """Return whether the process's tracer is this process (GDB) or a descendant of it (LLDB's server).

    A process identifier alone proves nothing: a remote stub gives those of another machine. Anything
    that can't be read is no proof.
    """
    if not is_proc_ours():
        return False
    tracer = _status_number(pid, "TracerPid")
    # The kernel names the tracing thread; its group is the process (proc_pid_status(5)).
    process = _status_number(tracer, "Tgid") if tracer else None
    return process is not None and _is_self_or_descendant(process)


def _is_self_or_descendant(pid: int) -> bool:
    seen: set[int] = set()
    current: int | None = pid
    while current and current not in seen:
        if current == os.getpid():
            return True
        seen.add(current)
        current = _status_number(current, "PPid")
    return False


def _status_number(pid: int, name: str) -> int | None:
    """Return a number from /proc/PID/status, None if it can't be read."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                key, _, value = line.partition(b":")
                if key == name.encode():
                    return int(value)
    except (OSError, ValueError):
        return None
    return None
