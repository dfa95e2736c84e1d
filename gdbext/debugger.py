"""What ptatlas keeps for one GDB: its inferiors, the session, and what GDB's events say of them."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from dataclasses import replace
from importlib.util import find_spec

import gdb
from ptatlas.core.commands.shell.context import Session
from ptatlas.core.errors import AtlasError, SourceError
from ptatlas.core.inferior import Inferior
from ptatlas.core.ports import Disassembler, Module, Target
from ptatlas.core.sources import core_target
from ptatlas.core.sources.layered import over_core, over_process
from ptatlas.core.sources.procfs.tracer import is_traced_by_us

from .arch import architecture
from .areas import GdbMappings, find_lister
from .auxv import GdbAuxv
from .breakpoints import GdbBreakpoints
from .clock import GdbClock, GdbEvents
from .dump import core_path
from .evaluator import GdbEvaluator
from .following import follow_stops
from .memory import GdbMemory
from .modules import GdbModules
from .registers import GdbRegisters
from .run_state import GdbRunState
from .signals import GdbSignals
from .stub import stub_search
from .symbols import GdbSymbols
from .threads import GdbThreads


class Debugger:
    """The inferiors that GDB has, each with its own model, made when it is first asked for."""

    def __init__(self) -> None:
        self.session = Session()
        self.clock = GdbEvents()
        self._inferiors: dict[int, tuple[Hashable, Inferior]] = {}
        follow_stops(self.session.history, self.known)

    def selected(self) -> Inferior | None:
        """Return GDB's selected inferior, or None where it has no process and no core file."""
        inferior = gdb.selected_inferior()
        identity = _identity(inferior)
        if identity is None:
            self._inferiors.pop(inferior.num, None)
            return None
        known = self._inferiors.get(inferior.num)
        if known is None or known[0] != identity:
            known = identity, Inferior(self._target(inferior))
            # While it runs, a target that is reached through GDB alone can't be asked what it can do.
            if known[1].target.raw is not None or not _is_running(inferior):
                self._inferiors[inferior.num] = known
        return known[1]

    def known(self) -> Inferior | None:
        """Return GDB's selected inferior if anybody has asked for it before, else None."""
        return self.selected() if gdb.selected_inferior().num in self._inferiors else None

    def selected_or_raise(self) -> Inferior:
        """Return GDB's selected inferior; AtlasError where it has no process and no core file."""
        inferior = self.selected()
        if inferior is None:
            raise AtlasError("no process (start one, attach, or open a core file)")
        return inferior

    def _target(self, inferior: gdb.Inferior) -> Target:
        arch = architecture(inferior)
        target = Target(
            arch,
            (GdbMappings(inferior),),
            (GdbMemory(inferior, arch.address_limit),),
            pid=inferior.pid or None,
            name=_program(inferior),
            clock=GdbClock(self.clock, inferior),
            symbols=GdbSymbols(inferior),
            disassembler=_disassembler(inferior),
            evaluator=GdbEvaluator(inferior),
            threads=GdbThreads(inferior),
            registers=GdbRegisters(inferior, arch),
            signals=GdbSignals(inferior),
            auxv=GdbAuxv(inferior, arch),
            modules=GdbModules(inferior),
            run_state=GdbRunState(inferior),
            breakpoints=None if inferior.connection.type == "core" else GdbBreakpoints(inferior),
        )
        return _faster(inferior, target) or _as_told(inferior, target)


def _identity(inferior: gdb.Inferior) -> Hashable | None:
    """What makes an inferior another one: its connection, process, program and architecture."""
    connection = inferior.connection
    if connection is None or not inferior.threads():
        return None
    core = core_path(inferior) if connection.type == "core" else None
    program = inferior.progspace.filename
    return connection.num, connection.type, inferior.pid, core, program, inferior.architecture().name()


def _faster(inferior: gdb.Inferior, target: Target) -> Target | None:
    """The same inferior by a faster way, where there is one that is proven to be the same, or None."""
    kind = inferior.connection.type
    try:
        if kind == "native" and inferior.pid and is_traced_by_us(inferior.pid):
            return over_process(target, inferior.pid)
        path = core_path(inferior) if kind == "core" else None
        if path is not None:
            return over_core(target, core_target(path, _modules(target)))
    except SourceError:
        pass  # what GDB itself can do is left, and results say so
    return None


def _as_told(inferior: gdb.Inferior, target: Target) -> Target:
    """The inferior as GDB itself knows it, with all that its target can do."""
    if target.threads is None or _is_running(inferior):
        return target
    memory = target.readers[0]
    known = find_lister(inferior, target.arch, memory, target.threads)
    pointers = [thread.stack_pointer for thread in target.threads.threads()]
    search = stub_search(inferior, memory, pointers[0] or 0)
    return replace(target, listers=(known.lister,), problems=known.problems, remote_search=search)


def _is_running(inferior: gdb.Inferior) -> bool:
    return any(thread.is_running() for thread in inferior.threads())


def _modules(target: Target) -> Sequence[Module]:
    return target.modules.modules() if target.modules else ()


def _disassembler(inferior: gdb.Inferior) -> Disassembler | None:
    """GDB's disassembler for given bytes; None before GDB 13, whose API has none."""
    if find_spec("gdb.disassembler") is None:
        return None
    from .disassembler import GdbDisassembler

    return GdbDisassembler(inferior)


def _program(inferior: gdb.Inferior) -> str | None:
    path = inferior.progspace.filename
    return os.path.basename(path) if path else None


DEBUGGER = Debugger()
