"""Ticks reach the thread that asked for them whatever it does, and nobody else's signals are touched."""

from __future__ import annotations

import re
import signal
from threading import Thread

import pytest
from ptatlas.core.ticks import ticking

PERIOD = 0.001


class Enough(Exception):
    """What a tick raises to end the work."""


def _end() -> None:
    raise Enough


def _loop() -> None:
    while True:
        pass


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(_loop, id="a loop that asks nothing"),
        pytest.param(lambda: re.search(rb"(a+)+b", b"a" * 64), id="an expression that backtracks"),
        pytest.param(lambda: sum(iter(lambda: 1, 0)), id="a sum without end"),
    ],
)
def test_what_a_tick_raises_ends_work_that_would_never_end(work):
    with ticking(_end, PERIOD), pytest.raises(Enough):
        work()


def test_ticks_go_on_and_end_with_the_block():
    ticks: list[None] = []
    with ticking(lambda: ticks.append(None), PERIOD):
        while len(ticks) < 3:
            pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    before = len(ticks)
    signal.raise_signal(signal.SIGALRM)  # one that comes late ends no process, and is no tick
    assert len(ticks) == before


def test_ticks_end_with_the_first_that_raises_wherever_it_comes():
    """On the way out of the block, too, where nothing else would end them."""
    for _ in range(300):
        try:
            with ticking(_end, PERIOD / 20) as is_ticking:
                assert is_ticking
                sum(range(100))
        except Enough:
            assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_block_within_a_block_has_the_outer_ticks_alone():
    with ticking(_end, 10), ticking(_end, PERIOD) as is_ticking:
        assert not is_ticking


def test_another_s_handler_stays():
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        with ticking(_end, PERIOD) as is_ticking:
            assert not is_ticking
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGALRM, before)


def test_another_thread_has_no_ticks():
    told: list[bool] = []

    def work() -> None:
        with ticking(_end, PERIOD) as is_ticking:
            told.append(is_ticking)

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert told == [False]
