"""Code of loaded files that isn't mapped from them: put onto huge pages, or replaced by somebody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...elf.headers import PF_X, PT_LOAD
from ...elf.segments import Elf
from ...files.pinned import RegularFile
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...ranges import Range


class PlacedFile(NamedTuple):
    """An ELF file where it is loaded, by the area that shows it; see LoadedObject."""

    area: Area
    bias: int
    elf: Elf
    file: RegularFile

    @property
    def path(self) -> str:
        """The path that its areas have."""
        return self.area.path or ""


class Displaced(NamedTuple):
    """A part of an area where a loaded file's code should be, and where in that file its bytes are."""

    area: Area
    part: Range
    placed: PlacedFile
    offset: int


def displaced_code(placed: Iterable[PlacedFile], mapped: AreaMap) -> Iterator[Displaced]:
    """Yield the parts of other areas that lie where the code of loaded files should, in order of files.

    A file that is only looked at is mapped in one piece, as it lies on the disk: it isn't loaded, and next to
    it may be anything. An area whose path isn't known may be the file's.
    """
    copies: dict[tuple[str, int], list[PlacedFile]] = {}
    for each in placed:
        copies.setdefault((each.path, each.bias), []).append(each)
    for parts in copies.values():
        if _is_loaded(parts):
            yield from _in_place_of(parts[0], mapped)


def _is_loaded(parts: list[PlacedFile]) -> bool:
    first = next(parts[0].elf.of_type(PT_LOAD))
    shifts = {each.area.start - each.bias - (each.area.offset or 0) for each in parts}
    return shifts != {first.address - first.offset} or len({each.area.protection for each in parts}) > 1


def _in_place_of(placed: PlacedFile, mapped: AreaMap) -> Iterator[Displaced]:
    for segment in placed.elf.of_type(PT_LOAD):
        start, end = placed.bias + segment.address, placed.bias + segment.address + segment.file_size
        if segment.flags & PF_X and 0 <= start < end <= 1 << 64:
            for area in mapped.find_overlaps(start, end):
                part = area.range.intersection(start, end)
                if part is not None and area.path is not None and area.path != placed.path:
                    yield Displaced(area, part, placed, segment.offset + part.start - start)
