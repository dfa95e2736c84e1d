"""Whether an inferior may have changed: by GDB's events."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import gdb

from .run_state import has_running_thread


class GdbEvents:
    """Moves whenever GDB reports that an inferior ran, or that its files or its breakpoints changed."""

    # GDB 12 has all of these; events of later versions are used where they exist.
    EVENTS = (
        "cont",
        "stop",
        "exited",
        "inferior_call",
        "new_objfile",
        "clear_objfiles",
        "free_objfile",
        "executable_changed",
        "connection_removed",
        "memory_changed",
        "breakpoint_created",
        "breakpoint_modified",
        "breakpoint_deleted",
    )

    def __init__(self) -> None:
        self._ticks = 0
        for name in self.EVENTS:
            registry = getattr(gdb.events, name, None)
            if registry is not None:
                registry.connect(self.tick)

    def tick(self, _event: Any = None) -> None:
        """Count an event."""
        self._ticks += 1

    def now(self, inferior: gdb.Inferior) -> Hashable:
        """Return the count of such events; while any thread of the inferior runs, a new value each time."""
        if not inferior.is_valid() or has_running_thread(inferior):
            self._ticks += 1
        return self._ticks


class GdbClock:
    """The clock of one inferior."""

    def __init__(self, events: GdbEvents, inferior: gdb.Inferior) -> None:
        self._events, self._inferior = events, inferior

    def now(self) -> Hashable:
        """Return the count of GDB's events; while the inferior runs, a new value each time."""
        return self._events.now(self._inferior)
