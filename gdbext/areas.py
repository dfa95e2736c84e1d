"""The areas that GDB knows for a target that isn't read directly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gdb
from ptatlas.core.errors import SourceDenied
from ptatlas.core.maps.area import Area
from ptatlas.core.ports.areas import AreaLister
from ptatlas.core.ports.program import LoadedRange
from ptatlas.core.ports.target import Target
from ptatlas.core.sources.loaded import LoadedAreas, objects_in_memory, placed_objects, stacks_in_use
from ptatlas.core.sources.placed import with_places
from ptatlas.core.sources.procfs.namespace import is_proc_ours

from .arch import architecture
from .auxv import auxiliary_vector
from .mappings import parse_mappings
from .memory import SOURCE
from .places import GdbPlaces
from .sections import parse_regions
from .selection import selected, told


def listers_of(inferior: gdb.Inferior) -> Sequence[AreaLister]:
    """Return the listers that may work for the target, the best first: mappings, then memory regions."""
    return GdbMappings(inferior), GdbRegions(inferior)


def loaded_areas(inferior: gdb.Inferior, target: Target) -> LoadedAreas:
    """Return the lister for targets where none of `listers_of` works: by what is loaded."""
    return LoadedAreas(SOURCE, target.readers[0], _GdbObjects(inferior, target).find)


class GdbMappings:
    """Lists areas by `info proc mappings`, which GDB has from the target's own files under /proc."""

    source = SOURCE

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def areas(self) -> Sequence[Area]:
        """Return the areas; raise SourceDenied if GDB lists none for this target.

        If the main thread of the process has ended, another thread is asked.
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
    """Lists the memory regions that a stub or the user defines (`info mem`): those of bare machines."""

    source = SOURCE
    is_partial = True

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def areas(self) -> Sequence[Area]:
        """Return the regions, named where all of one shows a file; raise SourceDenied if there are none."""
        areas = regions_of(self._inferior)
        if not areas:
            raise SourceDenied("GDB knows no memory regions of this target")
        return with_places(areas, GdbPlaces(self._inferior).places(), architecture(self._inferior).page_size)


def regions_of(inferior: gdb.Inferior) -> tuple[Area, ...]:
    """Return the memory regions that GDB knows of the target; it must be stopped."""
    with selected(inferior):
        return tuple(parse_regions(told("info mem"), SOURCE))


class _GdbObjects:
    """Finds the objects that are loaded by GDB and the auxiliary vector."""

    def __init__(self, inferior: gdb.Inferior, known: Target) -> None:
        self._inferior, self._known = inferior, known

    def find(self) -> Iterator[LoadedRange]:
        """Yield objects by their headers in memory, stacks, then sections where GDB believes them to be.

        What the auxiliary vector says of the program comes before GDB's word: a stub may report only the
        places of .text and .data, and then GDB has wrong addresses for the others. Of the interpreter GDB
        may know the name.
        """
        with selected(self._inferior):
            auxv, program = auxiliary_vector(), self._inferior.progspace.filename
        reader, arch = self._known.readers[0], self._known.arch
        by_auxv = list(objects_in_memory(reader, arch, auxv, program))
        yield from (one for one in by_auxv if one.path == program)
        objects = placed_objects(reader, arch.page_size, GdbPlaces(self._inferior).places())
        yield from objects.segments
        yield from by_auxv
        if self._known.threads is not None:
            yield from stacks_in_use(self._known.threads.threads(), arch.page_size, auxv)
        wrong = program if any(one.path == program for one in by_auxv) else None
        yield from (one for one in objects.others if wrong is None or one.path != wrong)
