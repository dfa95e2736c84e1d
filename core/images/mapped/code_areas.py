"""Which areas hold code, where the map doesn't tell it too."""

from __future__ import annotations

from ...elf.segments import Elf
from ...errors import SourceError
from ...files.pinned import RegularFile
from ...maps.area import Area
from ...maps.protection import Protection
from .backing import file_reader, is_file_backed


class CodeAreas:
    """Tells what code is by the protection of areas; where that isn't known, by what their files ask for."""

    def __init__(self) -> None:
        self._files: dict[str, Elf | None] = {}

    def may_be(self, area: Area) -> bool:
        """Tell whether the area may be executed; what nobody tells of may."""
        told = area.allows(Protection.EXEC)
        if told is not None or area.offset is None or not is_file_backed(area):
            return told is not False
        path = area.path or ""
        if path not in self._files:
            self._files[path] = _header(path)
        elf = self._files[path]
        return elf is None or elf.is_code(area.offset)


def _header(path: str) -> Elf | None:
    try:
        return Elf.parse(file_reader(RegularFile.at(path)))
    except SourceError:
        return None  # whoever compares with the file says so
