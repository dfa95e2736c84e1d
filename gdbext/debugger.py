"""What ptatlas keeps for one GDB: its inferiors, the session, and the clock of GDB's events."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

import gdb
from ptatlas.core.commands.shell.context import Session
from ptatlas.core.inferior import Inferior
from ptatlas.core.inferiors import Inferiors

from .areas import regions_of
from .clock import GdbClock, GdbEvents
from .dump import dump_path
from .following import follow_stops
from .run_state import has_running_thread
from .settings import CHOSEN
from .target import target_of


class Debugger:
    """The inferiors that GDB has, each with its own model, made when it is first asked for."""

    def __init__(self) -> None:
        self.session = Session(settings=CHOSEN)
        self.clock = GdbEvents()
        self._inferiors = Inferiors()
        self._regions: dict[int, Hashable] = {}
        follow_stops(self.session.history, self.known)

    def selected(self) -> Inferior | None:
        """Return GDB's selected inferior, or None where it has no process and no core file."""
        return self.of(gdb.selected_inferior())

    def of(self, inferior: gdb.Inferior) -> Inferior | None:
        """Return the model of GDB's inferior, or None where it has no process and no core file.

        It stays the same until GDB's inferior becomes another process, core file or program; one that is read
        otherwise, because the user has set so, is another model.
        """
        identity = self._identity(inferior)
        if identity is None:
            self._inferiors.forget(inferior.num)
            return None
        directly = self.session.settings.reads_directly
        make = partial(target_of, inferior, GdbClock(self.clock, inferior), directly=directly)
        runs = partial(has_running_thread, inferior)
        found = self._inferiors.of(inferior.num, identity, make, runs, directly=directly)
        return found.trusting() if self.session.settings.trusts_files else found

    def _identity(self, inferior: gdb.Inferior) -> Hashable | None:
        """Return what identifies an inferior: its connection, process, program, architecture and regions.

        Regions that the user defines (`mem`) change what GDB reads, and come without an event.
        """
        connection = inferior.connection
        if connection is None or not inferior.threads():
            return None
        if connection.type not in ("native", "core") and not has_running_thread(inferior):
            self._regions[inferior.num] = regions_of(inferior)
        dump, program = dump_path(inferior), inferior.progspace.filename
        parts = (connection.num, connection.type, inferior.pid, dump, program, inferior.architecture().name())
        return (*parts, self._regions.get(inferior.num))

    def known(self) -> Inferior | None:
        """Return GDB's selected inferior if it has a model already, else None."""
        return self.selected() if gdb.selected_inferior().num in self._inferiors else None


# The adapter's only module-level state, but for what the user has set (settings.py). This Python runs inside
# one GDB, which calls commands, functions, event handlers and scripts without passing them any object of
# ours: here they find what they share.
DEBUGGER = Debugger()
