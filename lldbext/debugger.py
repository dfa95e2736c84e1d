"""What ptatlas keeps for LLDB: its inferiors, one a process, and the session."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import NamedTuple

import lldb
from ptatlas.core.commands.shell.context import Session
from ptatlas.core.errors import AtlasError, SourceError
from ptatlas.core.inferior import Inferior
from ptatlas.core.ports import Module, Target
from ptatlas.core.sources import core_target
from ptatlas.core.sources.layered import over_core, over_process
from ptatlas.core.sources.procfs.tracer import is_traced_by_us

from .arch import architecture
from .areas import LldbRegions, find_lister
from .breakpoints import LldbBreakpoints
from .clock import LldbClock
from .disassembler import LldbDisassembler
from .dump import core_path
from .evaluator import LldbEvaluator
from .memory import LldbMemory
from .modules import LldbModules
from .registers import LldbRegisters
from .run_state import LldbRunState, is_alive, is_running
from .signals import LldbSignals
from .symbols import LldbSymbols
from .threads import LldbThreads

# The plugins of LLDB whose processes are files.
_CORES = ("elf-core", "mach-o-core", "minidump")


class Known(NamedTuple):
    """A process that was asked for, what it was then, and what was made of it."""

    process: lldb.SBProcess
    identity: Hashable
    inferior: Inferior
    clock: LldbClock


class Debugger:
    """The processes that LLDB has, each with its own model, made when it is first asked for."""

    def __init__(self) -> None:
        self.session = Session()
        self._known: dict[int, Known] = {}
        self._hooked: list[lldb.SBTarget] = []

    def of(self, process: lldb.SBProcess) -> Inferior | None:
        """Return the process's inferior, or None where there is no process and no core file.

        It stays the same until the process ends or becomes another program.
        """
        self._known = {number: known for number, known in self._known.items() if is_alive(known.process)}
        if not is_alive(process):
            return None
        number, identity = process.GetUniqueID(), _identity(process)
        known = self._known.get(number)
        if known is None or known.identity != identity:
            target, clock = _target(process)
            known = Known(process, identity, Inferior(target), clock)
            # While it runs, a target that is reached through LLDB alone can't be asked what it can do.
            if target.raw is not None or not is_running(process):
                self._known[number] = known
        known.clock.tick()
        return known.inferior

    def hook_once(self, target: lldb.SBTarget) -> bool:
        """Tell whether the target needs a stop hook; it won't the next time."""
        if any(other == target for other in self._hooked):
            return False
        self._hooked.append(target)
        return True

    def of_or_raise(self, process: lldb.SBProcess) -> Inferior:
        """Return the process's inferior; AtlasError where there is no process and no core file."""
        inferior = self.of(process)
        if inferior is None:
            raise AtlasError("no process (start one, attach, or open a core file)")
        return inferior


def _identity(process: lldb.SBProcess) -> Hashable:
    """What execve(2) changes in a process that lives on."""
    target = process.GetTarget()
    return target.GetExecutable().fullpath, target.GetTriple(), process.GetAddressByteSize()


def _target(process: lldb.SBProcess) -> tuple[Target, LldbClock]:
    """Return the process's target, by the fastest way that is proven to be the same, and its clock."""
    local = _is_local(process)
    clock = LldbClock(process, local)
    target = _api_target(process, clock)
    try:
        if local:
            return over_process(target, process.GetProcessID()), clock
        path = core_path(process)
        if path is not None:
            return over_core(target, core_target(path, _modules(target))), clock
    except SourceError:
        pass  # what LLDB itself can do is left, and results say so
    return _as_told(process, target), clock


def _as_told(process: lldb.SBProcess, target: Target) -> Target:
    """The process as LLDB itself knows it, with all that it can tell of it."""
    if is_running(process):
        return target
    known = find_lister(process, target)
    return replace(target, listers=(known.lister,), problems=known.problems)


def _api_target(process: lldb.SBProcess, clock: LldbClock) -> Target:
    target, memory = process.GetTarget(), LldbMemory(process)
    return Target(
        architecture(process),
        (LldbRegions(process),),
        (memory,),
        pid=process.GetProcessID() or None,
        name=target.GetExecutable().basename,
        clock=clock,
        symbols=LldbSymbols(target),
        disassembler=LldbDisassembler(target),
        evaluator=LldbEvaluator(process),
        threads=LldbThreads(process),
        registers=LldbRegisters(process, architecture(process)),
        signals=LldbSignals(process),
        modules=LldbModules(target),
        run_state=LldbRunState(process),
        breakpoints=None if process.GetPluginName() in _CORES else LldbBreakpoints(target),
    )


def _is_local(process: lldb.SBProcess) -> bool:
    """Tell whether this is a process of this machine whose server this LLDB has started.

    The tracer proves it for the identifier; the identifier could still belong to a process on another
    machine too, if two of our targets have it: then neither counts as local.
    """
    if process.GetPluginName() != "gdb-remote":
        return False
    pid = process.GetProcessID()
    debugger = process.GetTarget().GetDebugger()
    targets = (debugger.GetTargetAtIndex(index) for index in range(debugger.GetNumTargets()))
    others = [other.GetProcess() for other in targets]
    same = [one for one in others if is_alive(one) and one.GetProcessID() == pid]
    return is_traced_by_us(pid) and len([one for one in same if one.GetPluginName() == "gdb-remote"]) == 1


def _modules(target: Target) -> Sequence[Module]:
    return target.modules.modules() if target.modules else ()


DEBUGGER = Debugger()
