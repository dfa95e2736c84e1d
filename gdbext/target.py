"""Makes the target of an inferior: the ports on GDB's API, and the fastest reader that is proven right."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.util import find_spec

import gdb
from ptatlas.core.ports.program import Disassembler
from ptatlas.core.ports.target import Target
from ptatlas.core.sources.layered import listed_by, read_directly
from ptatlas.core.sources.procfs.tracer import is_traced_by_us

from .arch import architecture, machine
from .areas import GdbMappings, listers_of, loaded_areas
from .auxv import GdbAuxv
from .breakpoints import GdbBreakpoints
from .clock import GdbClock
from .dump import dump_path, memory_held, shows_dump
from .evaluator import GdbEvaluator
from .frames import GdbFrames
from .memory import GdbMemory
from .modules import GdbModules
from .places import GdbPlaces
from .presence import presence
from .registers import GdbRegisters
from .run_state import GdbRunState, has_running_thread
from .selection import told
from .signals import GdbSignals
from .stub import stub_search
from .symbols import GdbSymbols
from .threads import GdbThreads


def target_of(inferior: gdb.Inferior, clock: GdbClock, *, directly: bool = True) -> Target:
    """Return the inferior's target, read `directly` where that is wanted and possible, else by GDB's API."""
    target = _ports(inferior, clock)
    if not shows_dump(inferior):
        target = replace(target, presence=presence(inferior, target))
    direct = None
    if directly:
        direct = read_directly(target, process=_local_process(inferior), dump=dump_path(inferior))
    return direct or _as_told(inferior, target, directly)


def _ports(inferior: gdb.Inferior, clock: GdbClock) -> Target:
    arch, is_dump = architecture(inferior), shows_dump(inferior)
    memory, threads = GdbMemory(inferior, arch.address_limit), GdbThreads(inferior)
    return Target(
        arch,
        (GdbMappings(inferior),),
        (memory,),
        pid=_number(inferior),
        name=_program(inferior),
        clock=clock,
        symbols=GdbSymbols(inferior),
        disassembler=_disassembler(inferior),
        evaluator=GdbEvaluator(inferior),
        threads=threads,
        thread_names=threads,
        thread_pointers=threads,
        registers=GdbRegisters(inferior, arch),
        frames=GdbFrames(inferior),
        signals=GdbSignals(inferior),
        auxv=GdbAuxv(inferior, arch),
        modules=GdbModules(inferior),
        places=GdbPlaces(inferior),
        shown_files=memory if is_dump else None,
        run_state=GdbRunState(inferior),
        machine=machine(inferior),
        breakpoints=None if is_dump else GdbBreakpoints(inferior),
    )


def _local_process(inferior: gdb.Inferior) -> int | None:
    """Return the process of this machine that the inferior is proven to be, or None: GDB itself traces it."""
    is_local = inferior.connection.type == "native" and inferior.pid and is_traced_by_us(inferior.pid)
    return inferior.pid if is_local else None


def _number(inferior: gdb.Inferior) -> int | None:
    """Return the process's number; None where a stub tells none, for GDB makes one up then.

    GDB calls such an inferior so in any language (remote_target::pid_to_str of gdb/remote.c).
    """
    is_unknown = inferior.connection.type != "native" and "Remote target" in told(
        f"info inferiors {inferior.num}"
    )
    return None if is_unknown else inferior.pid or None


def _as_told(inferior: gdb.Inferior, target: Target, seeks_host: bool) -> Target:
    """Return a target of GDB's API alone, with all that GDB's target can do."""
    if target.threads is None or has_running_thread(inferior):
        return target
    target = listed_by(
        target,
        listers_of(inferior),
        loaded_areas(inferior, target),
        seeks_host=seeks_host and not shows_dump(inferior),
    )
    if shows_dump(inferior) and isinstance(target.listers[0], GdbMappings):
        target = _without_unproven_files(inferior, target)
    pointers = [thread.stack_pointer for thread in target.threads.threads()]
    return replace(target, remote_search=stub_search(inferior, target.readers[0], pointers[0] or 0))


def _without_unproven_files(inferior: gdb.Inferior, target: Target) -> Target:
    """Return the target of a core that lists mapped files: GDB reads whatever file it names."""
    from ptatlas.core.images.mapped.named_files import over_named_files

    return over_named_files(target, memory_held(inferior))


def _disassembler(inferior: gdb.Inferior) -> Disassembler | None:
    """Return GDB's disassembler for given bytes; None before GDB 13, whose API has none."""
    if find_spec("gdb.disassembler") is None:
        return None
    from .disassembler import GdbDisassembler

    return GdbDisassembler(inferior)


def _program(inferior: gdb.Inferior) -> str | None:
    path = inferior.progspace.filename
    return os.path.basename(path) if path else None
