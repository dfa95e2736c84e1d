"""`pt-maps --follow on`: at every stop, what changed in the map since the last one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gdb
from ptatlas.core.commands.shell.history import History
from ptatlas.core.inferior import Inferior


def follow_stops(history: History, known: Callable[[], Inferior | None]) -> None:
    """Show the map's changes at each of GDB's stops, if the inferior that `known` returns is followed."""

    def tell(_event: Any) -> None:
        inferior = known()
        if inferior is not None and history.is_followed(inferior):
            _tell(history, inferior)

    gdb.events.stop.connect(tell)


def _tell(history: History, inferior: Inferior) -> None:
    from ptatlas.core.commands.maps.follow import tell_news
    from ptatlas.core.commands.shell.dispatch import CommandFailed

    from .terminal import GdbTerminal

    try:
        tell_news(history, inferior, GdbTerminal(from_tty=True))
    except CommandFailed as error:
        gdb.write(f"{error}\n", gdb.STDERR)
