"""The areas that LLDB knows for a target that isn't read directly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import lldb
from ptatlas.core.errors import SourceDenied
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ports.areas import AreaLister
from ptatlas.core.ports.program import LoadedRange
from ptatlas.core.ports.target import Target
from ptatlas.core.ranges import TOP
from ptatlas.core.sources.loaded import LoadedAreas, placed_objects, stacks_in_use
from ptatlas.core.sources.placed import with_places

from .arch import architecture
from .memory import SOURCE
from .places import LldbPlaces

# Readable, writable, executable in the description of a region (SBMemoryRegionInfo::GetDescription).
_UNKNOWN_ACCESS = Protection.READ_UNKNOWN | Protection.WRITE_UNKNOWN | Protection.EXEC_UNKNOWN
_LETTERS = re.compile("[-R?][-W?][-X?](?=\\])")


def listers_of(process: lldb.SBProcess) -> Sequence[AreaLister]:
    """Return the listers that may work for the target: memory regions."""
    return (LldbRegions(process),)


def loaded_areas(process: lldb.SBProcess, target: Target) -> LoadedAreas:
    """Return the lister for targets where none of `listers_of` works: by what is loaded."""
    return LoadedAreas(SOURCE, target.readers[0], _LldbObjects(process.GetTarget(), target).find)


class LldbRegions:
    """Lists areas by LLDB's memory regions; they don't tell sharing, and offsets are by LLDB's modules.

    Of a live process LLDB reports areas without any access like unmapped memory, so they can't be listed.
    """

    source = SOURCE

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process
        self._places = LldbPlaces(process.GetTarget())

    def areas(self) -> Sequence[Area]:
        """Return the areas; raise SourceDenied if LLDB lists none for this target."""
        found = list(self._regions())
        if not found:
            raise SourceDenied(
                "LLDB cannot tell the areas of this target", hint="its server describes no memory regions"
            )
        # A server that names regions names all that have a name; others name none.
        names_all = any(path for _, _, _, path in found)
        areas = (
            Area(start, end, protection, None, path or _nameless(protection, names_all), source=SOURCE)
            for start, end, protection, path in sorted(found, key=lambda one: one[:2])
        )
        return with_places(areas, self._places.places(), architecture(self._process).page_size)

    def _regions(self) -> Iterator[tuple[int, int, Protection, str | None]]:
        regions = self._process.GetMemoryRegions()
        region = lldb.SBMemoryRegionInfo()
        for index in range(regions.GetSize()):
            if regions.GetMemoryRegionAtIndex(index, region) and region.IsMapped():
                # LLDB gives an end of 2**64 as 0.
                start, end = region.GetRegionBase(), region.GetRegionEnd() or TOP
                yield start, end, _protection(region), region.GetName()


def _nameless(protection: Protection, names_all: bool) -> str | None:
    """Return the name of a region for which LLDB gives none: "" if it has none, None if that isn't known.

    Where the protection isn't known either, a dump has the content and says nothing of what it was.
    """
    return "" if names_all and not protection & _UNKNOWN_ACCESS else None


def _protection(region: lldb.SBMemoryRegionInfo) -> Protection:
    """Return what LLDB knows of a region's protection.

    Its API says that a region isn't readable also where LLDB doesn't know (`eDontKnow` of OptionalBool, in
    lldb/Target/MemoryRegionInfo.h). Its description has a letter then, for it asks for no more than
    something other than 0; versions that mend this may show a `?`.
    """
    holds = region.IsReadable(), region.IsWritable(), region.IsExecutable()
    shown = _LETTERS.search(str(region))
    seen = shown[0] if shown else "???"
    letters = (
        letter if is_set else "-" if mark == "-" else "?" for letter, is_set, mark in zip("rwx", holds, seen)
    )
    return Protection.parse("".join(letters) + "?")


class _LldbObjects:
    """Finds the objects that LLDB has loaded."""

    def __init__(self, target: lldb.SBTarget, known: Target) -> None:
        self._target, self._known = target, known

    def find(self) -> Iterator[LoadedRange]:
        """Yield objects by their headers in memory, stacks, then sections where LLDB believes them to be."""
        arch = self._known.arch
        objects = placed_objects(self._known.readers[0], arch.page_size, LldbPlaces(self._target).places())
        yield from objects.segments
        if self._known.threads is not None:
            yield from stacks_in_use(self._known.threads.threads(), arch.page_size)
        yield from objects.others
