"""The areas that LLDB knows for a target that isn't read directly."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import lldb
from ptatlas.core.elf.auxv import AT_PHDR
from ptatlas.core.errors import SourceDenied
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ports import AreaLister, Target
from ptatlas.core.ranges import TOP
from ptatlas.core.sources.loaded import (
    LoadedAreas,
    LoadedRange,
    objects_in_memory,
    stacks_in_use,
)

from .memory import SOURCE

# Size of the header of an ELF file by word size: the program headers commonly follow it (ELF specification).
_HEADERS = {4: 52, 8: 64}
_THREAD_LOCAL = ("PT_TLS", ".tdata", ".tbss")


def listers_of(process: lldb.SBProcess) -> Sequence[AreaLister]:
    """Return the listers that may work for the target: memory regions."""
    return (LldbRegions(process),)


def loaded_areas(process: lldb.SBProcess, target: Target) -> LoadedAreas:
    """Return the lister for targets where none of `listers_of` works: by what is loaded."""
    return LoadedAreas(SOURCE, target.readers[0], _LldbObjects(process.GetTarget(), target).find)


class LldbRegions:
    """Lists areas by LLDB's memory regions, which have neither sharing nor file offsets.

    LLDB reports areas without any access like unmapped memory, so they can't be listed.
    """

    source = SOURCE

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process

    def areas(self) -> Sequence[Area]:
        """Return the areas; raise SourceDenied if LLDB lists none for this target."""
        found = list(self._regions())
        if not found:
            raise SourceDenied(
                "LLDB cannot tell the areas of this target", hint="its server describes no memory regions"
            )
        # A server that names regions names all that have a name; others name none.
        nameless = "" if any(path for _, _, _, path in found) else None
        return [
            Area(start, end, protection, path=path or nameless, source=SOURCE)
            for start, end, protection, path in sorted(found, key=lambda one: one[:2])
        ]

    def _regions(self) -> Iterator[tuple[int, int, Protection, str | None]]:
        regions = self._process.GetMemoryRegions()
        region = lldb.SBMemoryRegionInfo()
        for index in range(regions.GetSize()):
            if regions.GetMemoryRegionAtIndex(index, region) and region.IsMapped():
                # LLDB gives an end of 2**64 as 0.
                start, end = region.GetRegionBase(), region.GetRegionEnd() or TOP
                yield start, end, _protection(region), region.GetName()


def _protection(region: lldb.SBMemoryRegionInfo) -> Protection:
    flags = ((region.IsReadable(), "r"), (region.IsWritable(), "w"), (region.IsExecutable(), "x"))
    return Protection.parse("".join(letter if holds else "-" for holds, letter in flags) + "?")


class _LldbObjects:
    """Finds the objects that LLDB has loaded."""

    def __init__(self, target: lldb.SBTarget, known: Target) -> None:
        self._target, self._known = target, known

    def find(self) -> Iterator[LoadedRange]:
        """Yield objects by their headers in memory, stacks, then sections where LLDB believes them to be."""
        by_header = [one for module in self._target.module_iter() for one in self._segments(module)]
        yield from by_header
        if self._known.threads is not None:
            yield from stacks_in_use(self._known.threads.threads(), self._known.arch.page_size)
        seen = {one.path for one in by_header}
        for module in self._target.module_iter():
            if _path(module) not in seen:
                yield from self._sections(module)

    def _segments(self, module: lldb.SBModule) -> Iterator[LoadedRange]:
        """Yield the object's segments, by its headers in memory, as core does by the auxiliary vector."""
        base = module.GetObjectFileHeaderAddress().GetLoadAddress(self._target)
        if base != lldb.LLDB_INVALID_ADDRESS:
            arch = self._known.arch
            headers = {AT_PHDR: base + _HEADERS[arch.word_size]}
            yield from objects_in_memory(self._known.readers[0], arch, headers, _path(module))

    def _sections(self, module: lldb.SBModule) -> Iterator[LoadedRange]:
        for section in module.section_iter():
            start = section.GetLoadAddress(self._target)
            if start == lldb.LLDB_INVALID_ADDRESS or str(section.GetName()).startswith(_THREAD_LOCAL):
                continue
            filled, end = start + section.GetFileByteSize(), start + section.GetByteSize()
            yield LoadedRange(start, min(filled, end), _path(module), section.GetFileOffset())
            yield LoadedRange(filled, end)


def _path(module: lldb.SBModule) -> str | None:
    path = module.GetFileSpec().fullpath
    return path if path and os.path.isabs(path) else None
