"""What ptatlas keeps for one GDB: its inferiors, the session, and what GDB's events say of them."""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import gdb
from ptatlas.core.commands.shell.context import Session
from ptatlas.core.errors import AtlasError, SourceError
from ptatlas.core.inferior import Inferior
from ptatlas.core.ports import Disassembler, Module, Target
from ptatlas.core.sources import core_target
from ptatlas.core.sources.layered import over_core, over_process
from ptatlas.core.sources.procfs.tracer import is_traced_by_us

from . import api
from .areas import Mappings, find_lister
from .breakpoints import ApiBreakpoints
from .following import follow_stops
from .memory import ApiMemory
from .registers import ApiRegisters, ApiSignals
from .stub import stub_search


class EventClock:
    """Moves whenever GDB says that an inferior ran, has other files, or other breakpoints in it."""

    # Of these, GDB 12 has all; others come with their version and are taken where they are there.
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
        """Take note of an event."""
        self._ticks += 1

    def now(self, inferior: gdb.Inferior) -> Hashable:
        """Return the count of such events; while any thread of the inferior runs, a new value each time."""
        if not inferior.is_valid() or any(thread.is_running() for thread in inferior.threads()):
            self._ticks += 1
        return self._ticks


class InferiorClock:
    """The clock of one inferior."""

    def __init__(self, events: EventClock, inferior: gdb.Inferior) -> None:
        self._events, self._inferior = events, inferior

    def now(self) -> Hashable:
        """Return the count of GDB's events; while the inferior runs, a new value each time."""
        return self._events.now(self._inferior)


class Debugger:
    """The inferiors that GDB has, each with its own model, made when it is first asked for."""

    def __init__(self) -> None:
        self.session = Session()
        self.clock = EventClock()
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
        arch = api.architecture(inferior)
        target = Target(
            arch,
            (Mappings(inferior),),
            (ApiMemory(inferior, arch.address_limit),),
            pid=inferior.pid or None,
            name=_program(inferior),
            clock=InferiorClock(self.clock, inferior),
            symbols=api.ApiSymbols(inferior),
            disassembler=_disassembler(inferior),
            evaluator=api.ApiEvaluator(inferior),
            threads=api.ApiThreads(inferior),
            registers=ApiRegisters(inferior, arch),
            signals=ApiSignals(inferior),
            auxv=api.ApiAuxv(inferior, arch),
            modules=api.ApiModules(inferior),
            run_state=api.ApiRunState(inferior),
            breakpoints=None if inferior.connection.type == "core" else ApiBreakpoints(inferior),
        )
        return _faster(inferior, target) or _as_told(inferior, target)


def _identity(inferior: gdb.Inferior) -> Hashable | None:
    """What makes an inferior another one: its connection, process, program and architecture."""
    connection = inferior.connection
    if connection is None or not inferior.threads():
        return None
    core = _core_path(inferior) if connection.type == "core" else None
    program = inferior.progspace.filename
    return connection.num, connection.type, inferior.pid, core, program, inferior.architecture().name()


def _faster(inferior: gdb.Inferior, target: Target) -> Target | None:
    """The same inferior by a faster way, where there is one that is proven to be the same, or None."""
    kind = inferior.connection.type
    try:
        if kind == "native" and inferior.pid and is_traced_by_us(inferior.pid):
            return over_process(target, inferior.pid)
        path = _core_path(inferior) if kind == "core" else None
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


def _core_path(inferior: gdb.Inferior) -> str | None:
    """The core file that GDB has open: from its API (GDB 17), else from `info files`, if it's there."""
    corefile = getattr(inferior, "corefile", None)
    if corefile is not None:
        return str(corefile.filename)
    text = gdb.execute("info files", to_string=True)
    quoted = re.findall("^\t[`\u2018'\"](.+)['\u2019\"],", text, re.MULTILINE)
    return next((path for path in quoted if _is_core(path)), None)


def _is_core(path: str) -> bool:
    """Tell whether the file is an ELF core: e_type ET_CORE, 4, at offset 16 (ELF header)."""
    try:
        with open(path, "rb") as stream:
            header = stream.read(18)
    except OSError:
        return False
    return header[:4] == b"\x7fELF" and 4 in header[16:18]


def _disassembler(inferior: gdb.Inferior) -> Disassembler | None:
    """GDB's disassembler for given bytes; None before GDB 13, whose API has none."""
    if find_spec("gdb.disassembler") is None:
        return None
    from .disassembler import ApiDisassembler

    return ApiDisassembler(inferior)


def _program(inferior: gdb.Inferior) -> str | None:
    path = inferior.progspace.filename
    return os.path.basename(path) if path else None


DEBUGGER = Debugger()
