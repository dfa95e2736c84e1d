"""Chooses how a debugger's inferior is read: directly if that provably shows the same, else by its API.

A debugger's adapter makes a target of the debugger's API and supplies the proofs; the choice is made here,
once for both debuggers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..errors import SourceDenied, SourceError
from ..ports.areas import AreaLister, PartialLister
from ..ports.target import Target
from .breakpoint_shadow import ShadowedReader
from .dumps import open_dump
from .hosted import hosted
from .loaded import PROBLEM, LoadedAreas
from .procfs.process import traced_process


def read_directly(debugger: Target, *, process: int | None, dump: str | None) -> Target | None:
    """Return the debugger's target, read directly, or None if only the debugger can read it.

    `process` is the identifier of a process of this machine that is proven to be the inferior, else None;
    `dump` the path of the file that the debugger has open in a process's place, or None if it has none or
    hides its path.
    """
    try:
        if process is not None:
            return over_process(debugger, process)
        if dump is not None:
            modules = debugger.modules.modules() if debugger.modules else ()
            return over_dump(debugger, open_dump(dump, modules))
    except SourceError:
        pass  # the debugger's own API remains, and `source` says so
    return None


def listed_by(
    debugger: Target, listers: Iterable[AreaLister], loaded: LoadedAreas, *, seeks_host: bool = True
) -> Target:
    """Return the debugger's target with the first of the listers that works for the inferior.

    If none works, the map is that of the process of this machine that is proven to run the program
    (`hosted`), if `seeks_host`: not of a dump, whose process may live on with another map. Else loaded
    objects are listed, and `problems` says that this isn't all. The choice is fixed for the life of the
    target, so that a change of the lister never looks like a change of the map. Call it while the inferior is
    stopped.
    """
    for lister in listers:
        try:
            lister.areas()
        except SourceDenied:
            continue
        return replace(debugger, listers=(lister,), is_map_whole=not isinstance(lister, PartialLister))
    target = hosted(debugger, loaded) if seeks_host else None
    return target or replace(debugger, listers=(loaded,), problems=(PROBLEM,), is_map_whole=False)


def over_process(debugger: Target, pid: int) -> Target:
    """Return the debugger's target, reading the local process directly; it must be proven the same one.

    The debugger's own lister and reader stay as the last ones, in case the faster ones are denied; and its
    reader gives the original bytes under its breakpoints. Raise SourceError as `traced_process` does.
    """
    process, modified = traced_process(pid, debugger.clock)
    shown = ShadowedReader(
        process.readers[0],
        debugger.readers[0],
        process.listers[0],
        debugger.clock,
        find_modified=modified.modified,
        find_breakpoints=debugger.breakpoints.addresses if debugger.breakpoints else tuple,
        page_size=process.arch.page_size,
    )
    return replace(
        debugger,
        arch=process.arch._replace(ignored_bits=process.arch.ignored_bits | debugger.arch.ignored_bits),
        listers=(*process.listers, *debugger.listers),
        readers=(shown, *debugger.readers),
        raw=process.raw,
        locator=process.locator,
        untouched=process.untouched,
        missing_pages=process.missing_pages,
        file_pages=process.file_pages,
        file_paths=process.file_paths,
        reasons=process.reasons,
        tags=process.tags,
        residency=process.residency,
        threads=process.threads,
        presence=process.presence,
        auxv=process.auxv,
        machine=process.machine,
        began=process.began,
    )


def over_dump(debugger: Target, dump: Target) -> Target:
    """Return the debugger's target, reading the dump that it has open directly.

    A dump never runs, so its clock stands still. Ports that the dump lacks are the debugger's.
    """
    again = dump.trusting
    return replace(
        dump,
        trusting=None if again is None else lambda: over_dump(debugger, again()),
        arch=dump.arch._replace(ignored_bits=dump.arch.ignored_bits | debugger.arch.ignored_bits),
        listers=(*dump.listers, *debugger.listers),
        readers=(*dump.readers, *debugger.readers),
        name=debugger.name or dump.name,
        symbols=debugger.symbols,
        disassembler=debugger.disassembler,
        evaluator=debugger.evaluator,
        modules=dump.modules or debugger.modules,
        places=debugger.places,
        shown_files=debugger.shown_files,
        threads=dump.threads or debugger.threads,
        thread_names=debugger.thread_names or dump.thread_names,
        thread_pointers=dump.thread_pointers or debugger.thread_pointers,
        registers=dump.registers or debugger.registers,
        frames=debugger.frames,
        signals=dump.signals or debugger.signals,
    )
