"""The progress of a walk over memory, reported to its watch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Interrupted
from ..watch import UNWATCHED, Progress, Watch


class Pace:
    """The progress of a piece of work: `done` of `total` bytes."""

    def __init__(self, total: int, watch: Watch = UNWATCHED, noun: str = "difference") -> None:
        self.done, self.total = 0, total
        self.watch, self._noun = watch, noun

    def report(self, hits: int | None = None) -> None:
        """Show the progress, and how much was found, if the work looks for anything."""
        now = Progress(self.done, self.total)
        self.watch.show(now if hits is None else now._replace(hits=hits, noun=self._noun))

    def go_on(self) -> None:
        """Show the progress; raise Interrupted if the work is to end."""
        self.report()
        self.watch.check()


@contextmanager
def given_up(message: str) -> Iterator[None]:
    """Turn a KeyboardInterrupt or an Interrupted in the block into an Interrupted that says what it means."""
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        raise Interrupted(message) from None
