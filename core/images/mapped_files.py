"""The files behind the areas of an inferior, each looked at once and when first asked for."""

from __future__ import annotations

from collections import defaultdict

from ..maps.area import Area
from ..maps.area_map import AreaMap
from ..ports import MemoryReader
from .backing import Backing, backing_of, file_reader, is_file_backed
from .elf import Elf
from .relocations import Relocations


class MappedFiles:
    """What stands behind the areas of a map: files, and what their relocation tables say."""

    def __init__(self, mapped: AreaMap, reader: MemoryReader, as_of: float | None = None) -> None:
        """Take the whole map and a reader of its memory; see `backing_of` for `as_of`."""
        self._mapped, self._reader, self._as_of = mapped, reader, as_of
        self._by_path: defaultdict[str, list[Area]] = defaultdict(list)
        for area in filter(is_file_backed, mapped):
            self._by_path[area.path or ""].append(area)
        self._backings: dict[str, Backing] = {}
        self._relocations: dict[str, Relocations | None] = {}

    def backing(self, area: Area) -> Backing | None:
        """Return the file behind the area; None if there never was one."""
        path = area.path
        if path is None or not is_file_backed(area):
            return None
        if path not in self._backings:
            self._backings[path] = backing_of(self._by_path[path] or [area], self._reader, self._as_of)
        return self._backings[path]

    def relocations(self, area: Area) -> tuple[Relocations, int] | None:
        """Return the relocations of the area's file and how far the loader moved it.

        None if it has none, or if the area isn't a loader's work.
        """
        backing = self.backing(area)
        if backing is None or backing.file is None or backing.elf is None or area.offset is None:
            return None
        bias = self._bias(area, backing.elf)
        if not backing.elf.loads(area.offset, area.start - bias):
            return None
        path = backing.file.path
        if path not in self._relocations:
            table = Relocations(backing.elf, file_reader(backing.file))
            self._relocations[path] = table if len(table) else None
        found = self._relocations[path]
        return None if found is None else (found, bias)

    def _bias(self, area: Area, elf: Elf) -> int:
        """How far the loader moved the file: told by the nearest mapping of its beginning."""
        starts = [
            other.start
            for other in self._by_path[area.path or ""]
            if other.offset == 0 and other.start <= area.start
        ]
        return max(starts, default=0) - elf.base

    def is_mapped(self, address: int) -> bool:
        """Tell whether an area contains the address or ends there."""
        return self._mapped.find_overlap(max(address - 1, 0), address + 1) is not None
