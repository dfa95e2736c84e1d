"""`pt-maps --follow on`: at every stop, what changed in the map since the last one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import gdb


def follow_stops() -> None:
    """Look at the map at each of GDB's stops, if the inferior is followed. Twice is as good as once."""
    with suppress(ValueError):  # the first time, there is nothing to take back
        gdb.events.stop.disconnect(_tell)
    gdb.events.stop.connect(_tell)


def _tell(_event: Any) -> None:
    from .debugger import DEBUGGER

    inferior = DEBUGGER.known()
    if inferior is None or inferior.followed is None:
        return
    from ptatlas.core.commands.dispatch import CommandFailed, tell_news

    from .running import GdbTerminal

    try:
        tell_news(inferior, GdbTerminal(from_tty=True))
    except CommandFailed as error:
        gdb.write(f"{error}\n", gdb.STDERR)
