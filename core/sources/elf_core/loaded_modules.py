"""The loaded objects, from the dynamic linker's own list in the dumped memory.

Protections alone don't show them in every core file: GDB's core files leave out memory that wasn't written
to. The way there: AT_PHDR and AT_ENTRY (getauxval(3)), PT_DYNAMIC, DT_DEBUG (elf(5)), and the linker's list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...elf.auxv import AT_BASE, AT_ENTRY
from ...elf.headers import ElfHeader, ReadAt
from ...elf.link_map import linked_objects
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...ports.program import Module
from .program import Program


class LoadedModules:
    """Lists the files of the objects that the dynamic linker has loaded, the program first."""

    def __init__(
        self,
        header: ElfHeader,
        auxv: Mapping[int, int],
        read: ReadAt,
        program: Program,
        areas: Sequence[Area],
    ) -> None:
        """Take the core file's header, and auxiliary vector, memory, program and map of its process."""
        self._header, self._auxv, self._read, self._program = header, auxv, read, program
        self._areas = AreaMap(areas)

    def modules(self) -> Sequence[Module]:
        """Return the objects, as far as the dumped memory has their list."""
        places = [self._program.headers_at, self._auxv.get(AT_ENTRY, 0)]
        # l_ld lies in the object's own mapping, whatever name the linker used for it.
        places += [each.dynamic for each in linked_objects(self._header, self._read, self._program.debug())]
        # While a program is starting, the list is empty, and the linker itself is not in it.
        places.append(self._auxv.get(AT_BASE, 0))
        paths = dict.fromkeys(filter(None, map(self._path_at, places)))
        return [Module(path) for path in paths]

    def _path_at(self, address: int) -> str | None:
        area = self._areas.find(address) if address else None
        path = area.path if area is not None else None
        return None if not path or path.startswith("[") else path
