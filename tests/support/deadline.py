"""No test hangs: one that takes far too long ends its process, and where it was is shown."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Iterator

import pytest


class Deadline:
    """Ends the process in which a test takes so many seconds, with the stacks of all its threads.

    Beside others (pytest-xdist) the test is reported as one that crashed, and a new process goes on with the
    rest. What waits has shorter patience of its own: this is for what nobody thought of.
    """

    def __init__(self, seconds: float) -> None:
        """Take the time; call it while output isn't captured."""
        self._seconds, self._stderr = seconds, os.dup(2)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        """Watch a test, with what it sets up and tears down."""
        faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._stderr)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()
