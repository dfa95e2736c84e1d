"""The loaded objects, from the dynamic linker's own list in the dumped memory.

Protections alone don't show them in every core file: GDB's core files leave out memory that wasn't written
to. The way there: AT_PHDR and AT_ENTRY (getauxval(3)), PT_DYNAMIC, DT_DEBUG (elf(5)), and the linker's list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from ...elf.auxv import AT_BASE, AT_ENTRY, AT_PHDR, AT_PHENT, AT_PHNUM
from ...elf.dynamic import dynamic_entries
from ...elf.headers import PT_DYNAMIC, ElfHeader, ProgramHeader, program_headers
from ...elf.link_map import linked_objects
from ...errors import SourceError
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...ports import MemoryReader, Module
from ...walk.reading import read_up_to

_PT_PHDR, _DT_DEBUG = 6, 21
# Only damaged headers have more segments, or a longer dynamic section, in bytes.
_MOST_SEGMENTS, _LONGEST_DYNAMIC = 1 << 12, 1 << 16


class LoadedModules:
    """Lists the files of the objects that the dynamic linker has loaded, the program first."""

    def __init__(
        self, header: ElfHeader, auxv: Mapping[int, int], reader: MemoryReader, areas: Sequence[Area]
    ) -> None:
        """Take the core file's header, and the auxiliary vector, memory and map of its process."""
        self._header, self._auxv = header, auxv
        self._read = partial(read_up_to, reader)
        self._areas = AreaMap(areas)

    def modules(self) -> Sequence[Module]:
        """Return the objects, as far as the dumped memory has their list."""
        places = [self._auxv.get(AT_PHDR, 0), self._auxv.get(AT_ENTRY, 0)]
        # l_ld lies in the object's own mapping, whatever name the linker used for it.
        places += [each.dynamic for each in linked_objects(self._header, self._read, self._debug())]
        # While a program is starting, the list is empty, and the linker itself is not in it.
        places.append(self._auxv.get(AT_BASE, 0))
        paths = dict.fromkeys(filter(None, map(self._path_at, places)))
        return [Module(path) for path in paths]

    def _path_at(self, address: int) -> str | None:
        area = self._areas.find(address) if address else None
        path = area.path if area is not None else None
        return None if not path or path.startswith("[") else path

    def _debug(self) -> int:
        """Return the address of struct r_debug, which the program's dynamic section has; 0 if it has none."""
        segments = {each.type: each for each in reversed(self._segments())}
        dynamic, table = segments.get(PT_DYNAMIC), segments.get(_PT_PHDR)
        if dynamic is None:
            return 0
        # The program was moved as far as its headers lie from where they say they do.
        bias = self._auxv.get(AT_PHDR, 0) - table.address if table is not None else 0
        entries = dynamic_entries(self._header, self._read(dynamic.address + bias, _LONGEST_DYNAMIC))
        return next((value for tag, value in entries if tag == _DT_DEBUG), 0)

    def _segments(self) -> list[ProgramHeader]:
        """Return the program's headers, from where the kernel says that they lie in memory."""
        table = self._auxv.get(AT_PHDR, 0)
        count = min(self._auxv.get(AT_PHNUM, 0), _MOST_SEGMENTS) if table else 0
        header = self._header._replace(phoff=table, phentsize=self._auxv.get(AT_PHENT, 0), phnum=count)
        try:
            return list(program_headers(header, self._read))
        except SourceError:
            return []  # the auxiliary vector is damaged
