"""The signals that stopped an inferior's threads."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress

import gdb

from .selection import kept_selection
from .threads import thread_id


class GdbSignals:
    """The signals that stopped an inferior's threads."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def signals(self) -> Mapping[int, int]:
        """Return the signals as the target reports them; none if it doesn't. The selection is restored."""
        found: dict[int, int] = {}
        with kept_selection():
            for one in self._inferior.threads():
                with suppress(gdb.error):  # the target reports no signal
                    one.switch()
                    info = gdb.parse_and_eval("$_siginfo")
                    number = int(info["si_signo"])
                    is_ours = int(info["_sifields"]["_kill"]["si_pid"]) == os.getpid()
                    # By SIGSTOP, GDB itself stops the other threads.
                    if number != signal.SIGSTOP or not is_ours:
                        found[thread_id(one)] = number
        return found
