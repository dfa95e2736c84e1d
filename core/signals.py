"""Signals and threads: a debugger wants its signals in its own thread."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def blocked_signals() -> Iterator[None]:
    """Block signals in this thread for a while; threads that it starts meanwhile never get any.

    Those that a fault of the thread itself raises stay: blocked, they would end the process unseen
    (signal(7), "Signal mask and pending signals").
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


@contextmanager
def failing_at_file_size_limit() -> Iterator[None]:
    """Let writes beyond the limit on the size of files fail with EFBIG, and nothing else happen.

    The kernel also sends this thread SIGXFSZ (setrlimit(2), RLIMIT_FSIZE), which ends a process that
    doesn't expect it: LLDB. It is blocked meanwhile, and taken away.
    """
    if not hasattr(signal, "sigtimedwait"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGXFSZ})
    try:
        yield
    finally:
        if signal.SIGXFSZ not in before:
            signal.sigtimedwait({signal.SIGXFSZ}, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
