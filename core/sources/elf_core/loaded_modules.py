"""The loaded objects, from the dynamic linker's own list in the dumped memory.

Protections alone don't tell them in every core file: GDB's leave out what wasn't written to. The way
there: AT_PHDR and AT_ENTRY (getauxval(3)), PT_DYNAMIC, DT_DEBUG (elf(5)), struct r_debug, struct link_map
(link.h, the same in glibc, musl, bionic and FreeBSD).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...elf.auxv import AT_BASE, AT_ENTRY, AT_PHDR, AT_PHENT, AT_PHNUM
from ...elf.headers import ElfHeader
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...ports import MemoryReader, Module

_PT_DYNAMIC, _PT_PHDR = 2, 6
_DT_NULL, _DT_DEBUG = 0, 21
# More objects, or a longer dynamic section, only a damaged list has.
_MOST_OBJECTS, _MOST_ENTRIES = 1 << 16, 1 << 12


class LoadedModules:
    """Lists the files of the objects that the dynamic linker has loaded, the program first."""

    def __init__(
        self, header: ElfHeader, auxv: Mapping[int, int], reader: MemoryReader, areas: Sequence[Area]
    ) -> None:
        self._words = _Words(header, reader)
        self._auxv = auxv
        self._areas = AreaMap(areas)

    def modules(self) -> Sequence[Module]:
        """Return the objects, as far as the dumped memory tells."""
        places = [self._auxv.get(AT_PHDR, 0), self._auxv.get(AT_ENTRY, 0), *self._dynamic_sections()]
        # The linker itself is first in nobody's list of a program that is only starting.
        places.append(self._auxv.get(AT_BASE, 0))
        paths = dict.fromkeys(filter(None, map(self._path_at, places)))
        return [Module(path) for path in paths]

    def _path_at(self, address: int) -> str | None:
        area = self._areas.find(address) if address else None
        path = area.path if area is not None else None
        return None if not path or path.startswith("[") else path

    def _dynamic_sections(self) -> Iterator[int]:
        """Yield each object's l_ld: it lies in the object's own mapping, whatever name the linker used."""
        seen: set[int] = set()
        at = self._first_object()
        while at and at not in seen and len(seen) < _MOST_OBJECTS:
            seen.add(at)
            # l_addr, l_name, l_ld, l_next
            entry = self._words.read(at, 4)
            if entry is None:
                return
            yield entry[2]
            at = entry[3]

    def _first_object(self) -> int:
        """Return r_debug.r_map: the second word, after r_version and its padding."""
        debug = next((value for tag, value in self._program_dynamic() if tag == _DT_DEBUG), 0)
        found = self._words.read(debug, 2) if debug else None
        return found[1] if found else 0

    def _program_dynamic(self) -> Iterable[tuple[int, int]]:
        """Yield the entries of the program's dynamic section."""
        at = self._dynamic_address()
        for _ in range(_MOST_ENTRIES if at else 0):
            entry = self._words.read(at, 2)
            if entry is None or entry[0] == _DT_NULL:
                return
            yield entry[0], entry[1]
            at += 2 * self._words.size

    def _dynamic_address(self) -> int:
        """Find the program's dynamic section; its headers are moved as far as they say they lie elsewhere."""
        table = self._auxv.get(AT_PHDR, 0)
        found: dict[int, int] = {}
        for index in range(min(self._auxv.get(AT_PHNUM, 0), _MOST_ENTRIES) if table else 0):
            header = self._words.program_header(table + index * self._auxv.get(AT_PHENT, 0))
            if header is not None:
                found.setdefault(*header)
        if _PT_DYNAMIC not in found:
            return 0
        return found[_PT_DYNAMIC] + (table - found[_PT_PHDR] if _PT_PHDR in found else 0)


class _Words:
    """Reads words of the target."""

    def __init__(self, header: ElfHeader, reader: MemoryReader) -> None:
        self.size = header.word_size
        self._order = header.order
        self._letter = "Q" if header.word_size == 8 else "I"
        self._reader = reader

    def read(self, address: int, count: int) -> tuple[int, ...] | None:
        """Return that many words, or None if any can't be read."""
        layout = struct.Struct(f"{self._order}{count}{self._letter}")
        room = bytearray(layout.size)
        if self._reader.read_into(address, memoryview(room)) < layout.size:
            return None
        return layout.unpack(room)

    def program_header(self, address: int) -> tuple[int, int] | None:
        """Return p_type and p_vaddr; with words of 8 bytes, p_flags shares p_type's."""
        words = self.read(address, 3)
        if words is None:
            return None
        if self.size == 4:
            return words[0], words[2]
        return struct.unpack(self._order + "II", struct.pack(f"{self._order}Q", words[0]))[0], words[2]
