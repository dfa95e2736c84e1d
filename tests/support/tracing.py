"""Tracing a process as a debugger does, without one."""

from __future__ import annotations

import ctypes
import os

# linux/ptrace.h
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207


def seize(pid: int) -> int:
    """Trace a process that is not stopped by it; return 0, or -1 if that isn't allowed."""
    return _ptrace(PTRACE_SEIZE, pid)


def let_go(pid: int) -> None:
    """Trace it no more."""
    assert _ptrace(PTRACE_INTERRUPT, pid) == 0
    os.waitpid(pid, 0)
    assert _ptrace(PTRACE_DETACH, pid) == 0


def _ptrace(request: int, pid: int) -> int:
    return ctypes.CDLL(None, use_errno=True).ptrace(request, pid, None, None)
