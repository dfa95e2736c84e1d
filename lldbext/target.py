"""Makes the target of a process: the ports on LLDB's API, and the fastest reader that is proven right."""

from __future__ import annotations

from dataclasses import replace

import lldb
from ptatlas.core.ports.target import Target
from ptatlas.core.range_set import RangeSet
from ptatlas.core.sources.fixed import FixedAbsent
from ptatlas.core.sources.layered import listed_by, read_directly
from ptatlas.core.sources.minidump import MemoryOfDump
from ptatlas.core.sources.procfs.tracer import is_traced_by_us

from .arch import architecture, machine
from .areas import LldbRegions, listers_of, loaded_areas
from .breakpoints import LldbBreakpoints
from .clock import LldbClock
from .disassembler import LldbDisassembler
from .dump import dump_path, memory_held, shows_dump
from .evaluator import LldbEvaluator
from .frames import LldbFrames
from .memory import LldbMemory, MemoryHeld, MemoryShown
from .modules import LldbModules
from .places import LldbPlaces
from .presence import presence
from .registers import LldbRegisters
from .run_state import LldbRunState, is_alive, is_running
from .signals import LldbSignals
from .symbols import LldbSymbols
from .threads import LldbThreads


def target_of(process: lldb.SBProcess, *, directly: bool = True) -> Target:
    """Return the process's target, read `directly` where that is wanted and possible, else by LLDB's API."""
    local = _local_process(process) if directly else None
    dumped = memory_held(process)
    target = _ports(process, LldbClock(process, local is not None), dumped)
    if not shows_dump(process):
        target = replace(target, presence=presence(process, target))
    direct = read_directly(target, process=local, dump=dump_path(process) if directly else None)
    return direct or _as_told(process, target, dumped, directly)


def _ports(process: lldb.SBProcess, clock: LldbClock, dumped: MemoryOfDump | None) -> Target:
    arch, target, is_dump = architecture(process), process.GetTarget(), shows_dump(process)
    threads = LldbThreads(process, is_dump=is_dump)
    return Target(
        arch,
        (LldbRegions(process),),
        (LldbMemory(process) if dumped is None else MemoryHeld(process, dumped.held),),
        pid=process.GetProcessID() or None,
        name=target.GetExecutable().basename,
        clock=clock,
        symbols=LldbSymbols(target),
        disassembler=LldbDisassembler(target),
        evaluator=LldbEvaluator(process),
        threads=threads,
        thread_names=threads,
        thread_pointers=threads,
        registers=LldbRegisters(process, arch),
        frames=LldbFrames(process),
        signals=LldbSignals(process),
        modules=LldbModules(target),
        places=LldbPlaces(target),
        shown_files=MemoryShown(process) if is_dump else None,
        run_state=LldbRunState(process),
        machine=machine(target),
        breakpoints=None if is_dump else LldbBreakpoints(target),
    )


def _local_process(process: lldb.SBProcess) -> int | None:
    """Return the process of this machine that this one is proven to be, or None: this LLDB traces it.

    The proof is that the process of this identifier is traced by this LLDB's server. If two targets have the
    identifier, one may be on another machine: then neither counts as local.
    """
    if process.GetPluginName() != "gdb-remote":
        return None
    pid = process.GetProcessID()
    debugger = process.GetTarget().GetDebugger()
    targets = (debugger.GetTargetAtIndex(index) for index in range(debugger.GetNumTargets()))
    others = [other.GetProcess() for other in targets]
    same = [one for one in others if is_alive(one) and one.GetProcessID() == pid]
    is_only_one = len([one for one in same if one.GetPluginName() == "gdb-remote"]) == 1
    return pid if is_traced_by_us(pid) and is_only_one else None


def _as_told(
    process: lldb.SBProcess, target: Target, dumped: MemoryOfDump | None, seeks_host: bool
) -> Target:
    """Return a target of LLDB's API alone, with all that LLDB's target can do."""
    if is_running(process):
        return target
    is_dump = shows_dump(process)
    target = listed_by(
        target,
        listers_of(process),
        loaded_areas(process, target),
        seeks_host=seeks_host and not is_dump,
    )
    if dumped is None:
        return target
    areas = target.listers[0].areas()
    left_out = RangeSet(part for area in areas for part in dumped.held.outside(*area.range))
    problems = (*target.problems, *dumped.problems)
    return replace(
        target,
        absent=FixedAbsent(left_out),
        problems=problems,
        # What is read then may be of other addresses: each answer says so.
        is_map_whole=target.is_map_whole and not dumped.missing,
    )
