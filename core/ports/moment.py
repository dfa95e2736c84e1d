"""One moment of an inferior, which belongs to one command: the clock is asked at its borders."""

from __future__ import annotations

from collections.abc import Hashable
from types import TracebackType
from weakref import ref

from .running import Clock


class HeldClock:
    """A clock that stands still while a `Moment` of it lasts; between them it is the clock that it holds.

    What is kept by the value of a clock (the map, the threads, the flags of areas, what was compared with a
    debugger) is so read once in a moment, whether or not the inferior runs, and however often it is asked
    for. The clock itself may cost a question to each thread, and is asked when a moment is first used.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        # Not the moment itself: one whose end was lost, to an interrupt there, must not go on.
        self._moment: ref[Moment] | None = None

    def moment(self) -> Moment:
        """Return a moment to be entered; within another one, it belongs to that."""
        return Moment(self)

    @property
    def held(self) -> Moment | None:
        """The moment that lasts now, or None."""
        return None if self._moment is None else self._moment()

    @property
    def token(self) -> object:
        """An object of the moment that lasts now, another one once it has begun anew; None outside of one."""
        moment = self.held
        return None if moment is None else moment.token

    def now(self) -> Hashable:
        """Return the held clock's value, in a moment always the one that it had when it was first asked."""
        moment = self.held
        return self.clock.now() if moment is None else moment.now()

    def is_still(self) -> bool:
        """Return whether the inferior can't run by itself while the moment lasts, as far as the clock tells.

        The clock of an inferior that runs moves on whenever it is asked.
        """
        moment = self.held
        return moment is None or moment.is_still()

    def ask_again(self) -> None:
        """Let the moment begin anew: what was done in it may have let the inferior run."""
        moment = self.held
        if moment is not None:
            moment.begin()

    def enter(self, moment: Moment) -> bool:
        """Hold the clock for a moment; return whether it is held by that now, not by one around it."""
        if self.held is None:
            self._moment = ref(moment)
        return self.held is moment

    def leave(self) -> None:
        """Let the clock go on."""
        self._moment = None


class Moment:
    """A context manager: in its block the clock stands still."""

    def __init__(self, clock: HeldClock) -> None:
        self._clock = clock
        self._is_outermost = False
        self.begin()

    def begin(self) -> None:
        """Forget what the clock said."""
        self.token = object()
        self._value: Hashable = None
        self._was_asked = False
        self._is_still: bool | None = None

    @property
    def was_asked(self) -> bool:
        """Whether anybody asked for the time in it."""
        return self._was_asked

    def now(self) -> Hashable:
        """Return what the clock said when it was first asked."""
        if not self._was_asked:
            self._value = self._clock.clock.now()
            self._was_asked = True
        return self._value

    def is_still(self) -> bool:
        """Return whether the clock, asked once more, says the same."""
        if self._is_still is None:
            before = self.now()
            self._is_still = self._clock.clock.now() == before
        return self._is_still

    def __enter__(self) -> Moment:
        self._is_outermost = self._clock.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_outermost:
            self._clock.leave()


def held(clock: Clock) -> HeldClock:
    """Return the clock as one that can be held, which it may be already."""
    return clock if isinstance(clock, HeldClock) else HeldClock(clock)
