"""A sync in a thread of its own: the system call can't be interrupted, waiting for it can."""

from __future__ import annotations

from threading import Event, Thread

from ..errors import PoolError
from ..signals import start_without_signals
from ..watch import Watch
from .files import PoolFile

# How often whoever waits asks whether it was interrupted, in seconds.
_TICK = 0.05


class Syncing:
    """A sync of a file that is under way."""

    def __init__(self, file: PoolFile) -> None:
        self._file = file
        self._error: PoolError | None = None
        self._ended = Event()
        # Not one that the end of Python waits for. Without a thread to be had it is done here.
        if not start_without_signals(Thread(target=self._run, name="ptatlas-sync", daemon=True)):
            self._run()

    def wait(self, watch: Watch) -> None:
        """Returns when all is on the disk that was written before.

        Raises `PoolError`; Interrupted, asked for meanwhile, and then it goes on by itself.
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
