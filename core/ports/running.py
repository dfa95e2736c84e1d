"""What knows whether the inferior runs, or may have run."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol


class Clock(Protocol):
    """Shows whether the inferior may have changed."""

    def now(self) -> Hashable:
        """Return a value that differs from an earlier one if the inferior may have changed.

        That is: if it may have run in between, or its map may have changed for another reason.
        Costs next to nothing.
        """


class StillClock:
    """The clock of targets that never run: a core file, a buffer."""

    def now(self) -> Hashable:
        """Return the same value always."""
        return 0


class RunState(Protocol):
    """Knows whether the inferior is running now."""

    def is_running(self) -> bool:
        """Return whether the inferior runs, so that it can't be read now."""


class Presence(Protocol):
    """Knows whether the inferior is still there: debuggers notice late, and answer from caches till then."""

    def check(self) -> None:
        """Raise SourceError if it is gone or out of reach, in the debugger's words if it has some."""
