"""A debugger's target with a faster source laid under it, where that is proven to show the same."""

from __future__ import annotations

from dataclasses import replace

from ..ports import Target
from .breakpoint_shadow import ShadowedReader
from .procfs.process import traced_process


def over_process(debugger: Target, pid: int) -> Target:
    """Return the debugger's target, reading the local process directly; it must be proven the same one.

    The debugger's own lister and reader stay behind, for when the faster ones are denied; and its
    reader says what is under its breakpoints. Raises SourceError as `traced_process` does.
    """
    process, modified = traced_process(pid, debugger.clock)
    shown = ShadowedReader(
        process.readers[0],
        debugger.readers[0],
        process.listers[0],
        debugger.clock,
        find_modified=modified.modified,
        page_size=process.arch.page_size,
    )
    return replace(
        debugger,
        arch=process.arch,
        listers=(*process.listers, *debugger.listers),
        readers=(shown, *debugger.readers),
        raw=process.raw,
        locator=process.locator,
        untouched=process.untouched,
        file_pages=process.file_pages,
        residency=process.residency,
        threads=process.threads,
        auxv=process.auxv,
        began=process.began,
    )


def over_core(debugger: Target, core: Target) -> Target:
    """Return the debugger's target, reading the core file that it has open directly.

    Nothing ever runs in it, so its clock stands still.
    """
    return replace(
        core,
        listers=(*core.listers, *debugger.listers),
        readers=(*core.readers, *debugger.readers),
        name=debugger.name or core.name,
        symbols=debugger.symbols,
        disassembler=debugger.disassembler,
        evaluator=debugger.evaluator,
        modules=core.modules or debugger.modules,
        registers=core.registers or debugger.registers,
        signals=core.signals or debugger.signals,
    )
