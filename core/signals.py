"""Signals and threads: a debugger wants its signals in its own thread."""

from __future__ import annotations

import mmap
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

# Memory that a new thread needs, in bytes: its stack (8 MiB unless configured otherwise), and Python's own
# start.
_ROOM_FOR_THREAD = 32 << 20


def start_without_signals(thread: Thread) -> bool:
    """Start a thread that never gets signals; return False if the system refuses it or lacks memory for it.

    A thread that finds no memory for its first steps ends before it says that it began, and Thread.start
    waits for that forever. So the memory is checked first (RLIMIT_AS in setrlimit(2)).
    """
    try:
        mmap.mmap(-1, _ROOM_FOR_THREAD, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
        with blocked_signals():
            thread.start()
    except (OSError, RuntimeError):
        return False
    return True


@contextmanager
def blocked_signals() -> Iterator[None]:
    """Block signals in this thread during the block; threads started in it never get any.

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
    """Let writes beyond the limit on file sizes fail with EFBIG during the block, without a signal.

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
