"""Threads without signals: GDB and LLDB rely on getting theirs in the threads that wait for them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def blocked_signals() -> Iterator[None]:
    """Block signals in this thread for a while; threads that begin meanwhile never get any.

    Those that a fault of a thread itself raises stay: blocked, they would end the process unexplained.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    faults = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - faults)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
