"""The protections that a core file doesn't tell, by the program headers of the files that were mapped.

GDB leaves out of a core what a file has and the process did not write to, with all that is known of it but
its place; and it never tells whether memory could be read. What a file asks for is what the loader gives it,
except that it takes the right to write from PT_GNU_RELRO once it has relocated that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...elf.headers import ET_EXEC, PF_R, PF_W, PF_X, PT_GNU_RELRO, PT_LOAD, ProgramHeader
from ...elf.segments import Elf
from ...maps.area import Area
from ...maps.protection import Protection
from ...ranges import Range

_FLAGS = ((PF_R, Protection.READ), (PF_W, Protection.WRITE), (PF_X, Protection.EXEC))
_UNKNOWN_BITS = 4  # an `*_UNKNOWN` flag is its partner, shifted by as much
_ACCESS = Protection.READ | Protection.WRITE | Protection.EXEC


class _Placed(NamedTuple):
    """An area, a segment that its part of the file lies in, and how far the file was moved if that is so."""

    area: Area
    segment: ProgramHeader
    bias: int


def with_file_protection(areas: Sequence[Area], files: Mapping[str, Elf], page_size: int) -> list[Area]:
    """Return the areas; what isn't known of the protection is that of the segment of the file there.

    `files` are the ELF files that are proven to be the mapped ones, by their paths. They count where all of
    their segments are mapped as a loader does, not where a program looks at a library as data.
    """
    told = {
        area.start: told
        for path, elf in files.items()
        for area, told in _of_file(areas, path, elf, page_size)
    }
    return [area._replace(protection=told[area.start]) if area.start in told else area for area in areas]


def is_laid_out_as(areas: Sequence[Area], elf: Elf, page_size: int) -> bool:
    """Return whether all these areas of one file are mapped as a loader maps the segments of this ELF file.

    Each must lie in a segment's pages, moved as far as the others, with the segment's rights as far as they
    are known; and each segment must be there. A program that isn't moved stands where it says.
    """
    loads = [each for each in elf.of_type(PT_LOAD) if each.file_size]
    relro = _relro(elf)
    copies: dict[int, tuple[set[int], set[int]]] = {}
    for area in areas:
        for one in _placed(area, loads, page_size):
            if _agrees(one, relro) and (one.bias == 0 or elf.header.type != ET_EXEC):
                shown, segments = copies.setdefault(one.bias, (set(), set()))
                shown.add(area.start)
                segments.add(one.segment.address)
    whole = [shown for shown, segments in copies.values() if len(segments) == len(loads)]
    return bool(areas and loads) and {area.start for area in areas} == set().union(*whole)


def _of_file(areas: Iterable[Area], path: str, elf: Elf, page_size: int) -> Iterator[tuple[Area, Protection]]:
    loads = [each for each in elf.of_type(PT_LOAD) if each.file_size]
    relro = _relro(elf)
    mapped = [area for area in areas if area.path == path and area.offset is not None]
    placed = [one for area in mapped for one in _placed(area, loads, page_size)]
    copies: dict[int, set[int]] = {}
    for one in placed:
        copies.setdefault(one.bias, set()).add(one.segment.address)
    for one in placed:
        if len(copies[one.bias]) == len(loads):
            told = _told(one, relro)
            if told is not None:
                yield one.area, told


def _placed(area: Area, loads: Iterable[ProgramHeader], page_size: int) -> Iterator[_Placed]:
    """Yield the segments whose pages hold the area's part of the file; several, where they share a page."""
    offset = area.offset or 0
    for segment in loads:
        pages = Range(segment.offset, segment.offset + segment.file_size).widened(page_size)
        if pages.start <= offset and offset + area.size <= pages.end:
            yield _Placed(area, segment, area.start - (segment.address + offset - segment.offset))


def _relro(elf: Elf) -> list[Range]:
    return [Range(s.address, s.address + s.memory_size) for s in elf.of_type(PT_GNU_RELRO)]


def _told(one: _Placed, relro: Iterable[Range]) -> Protection | None:
    """Return the protection with all that the segment tells; None if the two contradict each other."""
    if not _agrees(one, relro):
        return None
    known = told = _known(one.area)
    for right, wanted in _rights(one, relro):
        if known.unknown & right:
            told = told & ~Protection(right << _UNKNOWN_BITS) | (right if wanted else 0)
    return told if told != known else None


def _agrees(one: _Placed, relro: Iterable[Range]) -> bool:
    """Return whether the rights that the area is known to have are those of the segment."""
    known = _known(one.area)
    return all(
        known.unknown & right or bool(known & right) == wanted for right, wanted in _rights(one, relro)
    )


def _known(area: Area) -> Protection:
    return Protection(0xF0) if area.protection is None else area.protection


def _rights(one: _Placed, relro: Iterable[Range]) -> Iterator[tuple[Protection, bool]]:
    """Yield the rights that the segment tells, and whether it has them."""
    place = Range(one.area.start - one.bias, one.area.end - one.bias)
    is_relro = any(part.intersection(*place) is not None for part in relro)
    for flag, right in _FLAGS:
        if right is not Protection.WRITE or not is_relro:
            yield right, bool(one.segment.flags & flag)
