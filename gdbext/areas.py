"""Which areas GDB knows of a target that isn't read directly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import gdb
from ptatlas.core.arch import Arch
from ptatlas.core.errors import SourceDenied
from ptatlas.core.maps.area import Area
from ptatlas.core.ports import AreaLister, MemoryReader, ThreadLister
from ptatlas.core.sources.loaded import PROBLEM, LoadedAreas, LoadedRange, objects_in_memory, stacks_in_use
from ptatlas.core.sources.procfs.namespace import is_proc_ours

from .auxv import auxiliary_vector
from .mappings import parse_mappings
from .memory import SOURCE
from .sections import parse_regions, parse_sections
from .selection import selected, told


class Known(NamedTuple):
    """What lists areas, and what is to be said of it."""

    lister: AreaLister
    problems: tuple[str, ...] = ()


def find_lister(inferior: gdb.Inferior, arch: Arch, memory: MemoryReader, threads: ThreadLister) -> Known:
    """Choose what lists the areas: mappings, else memory regions, else what is loaded.

    The choice stands for as long as the inferior does, so that no change of the lister looks like one of
    the map. Ask while the inferior is stopped.
    """
    for lister in (GdbMappings(inferior), GdbRegions(inferior)):
        try:
            lister.areas()
        except SourceDenied:
            continue
        return Known(lister)
    find = _GdbObjects(inferior, arch, memory, threads).find
    return Known(LoadedAreas(SOURCE, memory, find), (PROBLEM,))


class GdbMappings:
    """Lists areas by `info proc mappings`, which GDB has from the target's own files under /proc."""

    source = SOURCE

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def areas(self) -> Sequence[Area]:
        """Return the areas; SourceDenied where GDB can't tell any of this target.

        Those of a process whose main thread has ended are asked of another thread.
        """
        if self._is_local() and not is_proc_ours():
            raise SourceDenied("/proc shows the processes of another namespace")
        with selected(self._inferior):
            threads = (str(thread.ptid[1]) for thread in self._inferior.threads() if thread.ptid[1])
            for which in ("", *threads):
                areas = self._areas_of(which)
                if areas:
                    return areas
        raise SourceDenied("GDB cannot tell the areas of this target")

    def _areas_of(self, which: str) -> list[Area]:
        try:
            return parse_mappings(told(f"info proc mappings {which}".strip()), SOURCE)
        except gdb.error as error:
            raise SourceDenied(f"GDB cannot tell the areas of this target: {error}") from None

    def _is_local(self) -> bool:
        connection = self._inferior.connection
        return connection is not None and connection.type == "native"


class GdbRegions:
    """Lists the memory regions that a stub tells of, or the user (`info mem`): those of bare machines."""

    source = SOURCE

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def areas(self) -> Sequence[Area]:
        """Return the regions; SourceDenied where there are none."""
        with selected(self._inferior):
            areas = parse_regions(told("info mem"), SOURCE)
        if not areas:
            raise SourceDenied("GDB knows no memory regions of this target")
        return areas


class _GdbObjects:
    """Finds what GDB and the auxiliary vector say is loaded."""

    def __init__(
        self, inferior: gdb.Inferior, arch: Arch, memory: MemoryReader, threads: ThreadLister
    ) -> None:
        self._inferior, self._arch, self._memory, self._threads = inferior, arch, memory, threads

    def find(self) -> Iterator[LoadedRange]:
        """Yield objects by their headers in memory, stacks, then sections where GDB believes them to be."""
        with selected(self._inferior):
            auxv, program = auxiliary_vector(), self._inferior.progspace.filename
            sections = parse_sections(told("maintenance info sections -all-objects"))
        by_header = list(objects_in_memory(self._memory, self._arch, auxv, program))
        yield from by_header
        yield from stacks_in_use(self._threads.threads(), self._arch.page_size, auxv)
        # A stub may tell only where .text and .data went; then GDB has the program's others wrong.
        wrong = program if any(one.path == program for one in by_header) else None
        yield from (one for one in sections if wrong is None or one.path != wrong)
