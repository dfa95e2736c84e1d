"""Whether an inferior runs."""

from __future__ import annotations

import gdb


class GdbRunState:
    """Knows whether an inferior's threads run."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def is_running(self) -> bool:
        """Return whether all threads run: one stopped thread is enough to read through."""
        threads = self._inferior.threads()
        return bool(threads) and all(thread.is_running() for thread in threads)


def has_running_thread(inferior: gdb.Inferior) -> bool:
    """Return whether any thread of the inferior runs, so that its target may refuse requests."""
    return any(thread.is_running() for thread in inferior.threads())
