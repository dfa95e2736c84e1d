"""Long work between two steps: it tells how far it is, and asks whether it is to stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Interrupted
from .coverage import Interrupted as Poll
from .coverage import never
from .progress import Progress, Watch, unwatched


class Pace:
    """How far a piece of work is: `done` of `total` bytes."""

    def __init__(
        self, total: int, interrupted: Poll = never, progress: Watch = unwatched, noun: str = "difference"
    ) -> None:
        self.done, self.total = 0, total
        self._interrupted, self._progress, self._noun = interrupted, progress, noun

    def is_stopped(self, hits: int | None = None) -> bool:
        """Tell how far the work is, and what it found; return whether it is to stop."""
        told = Progress(self.done, self.total)
        self._progress(told if hits is None else told._replace(hits=hits, noun=self._noun))
        return self._interrupted()

    def go_on(self) -> None:
        """Tell how far the work is; Interrupted if it is to stop."""
        if self.is_stopped():
            raise Interrupted("interrupted")


@contextmanager
def given_up(message: str) -> Iterator[None]:
    """Turn an interrupt, asked for or come by itself, into an Interrupted that says what it means."""
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        raise Interrupted(message) from None
