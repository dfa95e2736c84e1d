"""A sync in a thread of its own: the system call can't be interrupted, waiting for it can."""

from __future__ import annotations

from threading import Event, Thread

from ..errors import PoolError
from ..signals import start_without_signals
from ..watch import Watch
from .files import PoolFile

# Seconds between two polls of the watch while waiting.
_TICK = 0.05


class Syncing:
    """A running sync of a file."""

    def __init__(self, file: PoolFile) -> None:
        self._file = file
        self._error: PoolError | None = None
        self._ended = Event()
        # A daemon: the end of Python doesn't wait for it. If the thread can't start, sync here.
        if not start_without_signals(Thread(target=self._run, name="ptatlas-sync", daemon=True)):
            self._run()

    def wait(self, watch: Watch) -> None:
        """Return once everything written before is on the disk.

        Raises `PoolError` if the sync failed; Interrupted if the watch asks, while the sync continues.
        """
        while not self._ended.wait(_TICK):
            watch.check("the commit was interrupted; nothing was committed")
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._file.sync()
        except PoolError as error:
            self._error = error
        finally:
            self._ended.set()
