"""Whether an inferior runs."""

from __future__ import annotations

import gdb


class GdbRunState:
    """Knows whether an inferior's threads run."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def is_running(self) -> bool:
        """Tell whether all threads run: one that is stopped is enough to look through."""
        threads = self._inferior.threads()
        return bool(threads) and all(thread.is_running() for thread in threads)
