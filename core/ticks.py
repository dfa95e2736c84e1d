"""Ticks on the calling thread, whatever it is doing: between two steps of Python, and within `re`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

# Seconds before the first tick, so that short work has none, and between two ticks.
PERIOD = 0.01


@contextmanager
def ticking(tick: Callable[[], None], period: float = PERIOD) -> Iterator[bool]:
    """Call `tick` every `period` seconds during the block; if it raises, that is raised in the block, once.

    Yield whether it does: only Python's main thread can, where there are timers, and nobody else uses theirs.
    It is a signal's handler, so it must be short. It comes between two steps of Python, within a wait that
    has a time limit, and within a match of `re`, which asks for signals every 4096 steps (MAYBE_CHECK_SIGNALS
    in CPython's Modules/_sre); no other call of a C function is interrupted.
    """

    def handler(_number: int, _frame: FrameType | None) -> None:
        try:
            tick()
        except BaseException:
            _stop()  # before it is raised: that may be on the way out of the block, which then stops nothing
            raise

    if not _is_free() or not _handle(handler):
        yield False
        return
    try:
        signal.setitimer(signal.ITIMER_REAL, period, period)
        yield True
    finally:
        _stop()


def _stop() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    # Never back to the system's own, which ends the process: another thread may be about to take the
    # last one, and it counts what is set then.
    _handle(_late)


def _is_free() -> bool:
    if not hasattr(signal, "setitimer"):
        return False
    is_ours = signal.getsignal(signal.SIGALRM) in (signal.SIG_DFL, _late)
    return is_ours and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def _handle(handler: Callable[[int, FrameType | None], Any]) -> bool:
    """Set the handler; return False in another thread than Python's main one.

    `threading` doesn't know which that is: the thread that imports it first takes itself for it. System calls
    of other code go on after the handler (SA_RESTART in sigaction(2)).
    """
    try:
        signal.signal(signal.SIGALRM, handler)
    except ValueError:
        return False
    signal.siginterrupt(signal.SIGALRM, False)
    return True


def _late(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the work that the tick was for has ended."""
