"""The auxiliary vector of a local process."""

from __future__ import annotations


def auxiliary_vector(pid: int) -> bytes | None:
    """Return it as the kernel gave it to the program (proc_pid_auxv(5)); None where it can't be had."""
    try:
        with open(f"/proc/{pid}/auxv", "rb") as stream:
            return stream.read() or None
    except OSError:
        return None
