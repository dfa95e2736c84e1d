"""What ptatlas keeps for LLDB: its inferiors, one a process, and the session."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

import lldb
from ptatlas.core.commands.shell.context import Session
from ptatlas.core.inferior import Inferior
from ptatlas.core.inferiors import Inferiors
from ptatlas.core.ports.moment import held

from .clock import LldbClock
from .run_state import is_alive, is_running
from .settings import CHOSEN
from .target import target_of


class Debugger:
    """The processes that LLDB has, each with its own model, made when it is first asked for."""

    def __init__(self) -> None:
        self.session = Session(settings=CHOSEN)
        self._inferiors = Inferiors()
        self._processes: dict[int, lldb.SBProcess] = {}
        self._hooked: list[lldb.SBTarget] = []

    def selected(self, debugger: lldb.SBDebugger) -> Inferior | None:
        """Return the inferior that is selected in this session of LLDB; see `of`."""
        return self.of(debugger.GetSelectedTarget().GetProcess())

    def of(self, process: lldb.SBProcess) -> Inferior | None:
        """Return the model of LLDB's process, or None where there is no process and no core file.

        It stays the same until the process ends or becomes another program; one that is read otherwise,
        because the user has set so, is another model.
        """
        self._forget_ended()
        if not is_alive(process):
            return None
        number = process.GetUniqueID()
        self._processes[number] = process
        directly = self.session.settings.reads_directly
        make, runs = partial(target_of, process, directly=directly), partial(is_running, process)
        inferior = self._inferiors.of(number, _identity(process), make, runs, directly=directly)
        clock = held(inferior.target.clock).clock
        if isinstance(clock, LldbClock):
            clock.tick()
        return inferior.trusting() if self.session.settings.trusts_files else inferior

    def is_hooked(self, target: lldb.SBTarget) -> bool:
        """Return whether `remember_hook` was called for the target."""
        return any(other == target for other in self._hooked)

    def remember_hook(self, target: lldb.SBTarget) -> None:
        """Remember that the target has its stop hook, or that LLDB was asked for it."""
        self._hooked.append(target)

    def _forget_ended(self) -> None:
        ended = [number for number, process in self._processes.items() if not is_alive(process)]
        for number in ended:
            del self._processes[number]
            self._inferiors.forget(number)


def _identity(process: lldb.SBProcess) -> Hashable:
    """Return what execve(2) changes in a process: if it differs, the program is another one."""
    target = process.GetTarget()
    return target.GetExecutable().fullpath, target.GetTriple(), process.GetAddressByteSize()


# The adapter's only module-level state, but for what the user has set (settings.py). LLDB makes the objects
# of commands and stop hooks by the names of their classes, in each of its sessions in one Python, and passes
# them no object of ours; scripts import it. Here they find what they share.
DEBUGGER = Debugger()
