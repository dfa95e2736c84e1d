"""A moment holds the clock: it is asked once, and goes on afterwards."""

from __future__ import annotations

from ptatlas.core.ports.moment import HeldClock, held
from ptatlas.core.ports.running import StillClock


class Ticking:
    """The clock of an inferior that runs: another value each time."""

    def __init__(self) -> None:
        self.asked = 0

    def now(self):
        self.asked += 1
        return self.asked


def test_in_a_moment_the_clock_stands_still_and_is_asked_once():
    ticking = Ticking()
    clock = HeldClock(ticking)
    with clock.moment():
        assert len({clock.now() for _ in range(1000)}) == 1
    assert ticking.asked == 1
    assert clock.now() != clock.now()


def test_a_moment_that_nobody_asks_in_costs_nothing():
    ticking = Ticking()
    with HeldClock(ticking).moment() as moment:
        assert not moment.was_asked
    assert ticking.asked == 0


def test_a_moment_within_another_belongs_to_it():
    clock = HeldClock(Ticking())
    with clock.moment():
        before, token = clock.now(), clock.token
        with clock.moment():
            assert (clock.now(), clock.token) == (before, token)
        assert (clock.now(), clock.token) == (before, token)
    assert clock.token is None


def test_it_begins_anew_where_something_let_the_inferior_run():
    clock = HeldClock(Ticking())
    with clock.moment():
        before, token = clock.now(), clock.token
        clock.ask_again()
        assert clock.now() != before
        assert clock.token is not token


def test_a_moment_whose_end_was_lost_holds_nothing():
    clock = HeldClock(Ticking())
    clock.moment().__enter__()  # nobody keeps it, as after an interrupt in its end
    assert clock.held is None
    assert clock.now() != clock.now()


def test_an_inferior_that_runs_is_not_still():
    running, stopped = HeldClock(Ticking()), HeldClock(StillClock())
    with running.moment(), stopped.moment():
        assert not running.is_still()
        assert stopped.is_still()
    assert held(running) is running
