"""Which areas a core file shows, and which of their bytes it holds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from ...elf.headers import PF_R, PF_W, PF_X, ProgramHeader
from ...files.pinned import OpenFile
from ...maps.area import Area
from ...maps.protection import UNKNOWN, Protection
from ...range_set import RangeSet
from ...ranges import Range
from ...segments.content import Content
from ...segments.segment import Segment
from .facts import CoreFacts, FileMapping

SOURCE = "core"

# The largest off_t of any system.
_LARGEST_OFFSET = (1 << 63) - 1
_ACCESS = PF_R | PF_W | PF_X

# By a segment's flags. Core files don't record whether memory was shared.
_PROTECTIONS = tuple(
    Protection.SHARED_UNKNOWN
    | (Protection.READ if flags & PF_R else 0)
    | (Protection.WRITE if flags & PF_W else 0)
    | (Protection.EXEC if flags & PF_X else 0)
    for flags in range(8)
)
# GDB's generate-core-file sets PF_R whatever the protection was (make_output_phdrs of gdb/gcore.c).
_OF_GDB = tuple(known & ~Protection.READ | Protection.READ_UNKNOWN for known in _PROTECTIONS)
_NOT_KNOWN = (UNKNOWN,) * len(_PROTECTIONS)


class Load(NamedTuple):
    """One PT_LOAD segment, cut so that none overlaps another, and how much of it the file holds."""

    start: int
    end: int
    offset: int
    held: int  # bytes from the start on that the core file has
    dumped: int  # bytes from the start on that the dump meant it to have
    protection: Protection


def loads(
    headers: Sequence[ProgramHeader], core: OpenFile, limit: int, problems: list[str], *, by_gdb: bool = False
) -> list[Load]:
    """Return the memory segments in address order, and append to `problems` what is wrong with them.

    Where segments overlap, the first in the file counts, as in debuggers: gcore of GDB 13, behind a stub that
    tells no map, writes a heap of 256 GiB of zeros that begins far below the program, and writes it last.

    `limit` is one past the highest address of the word size; `by_gdb` says that GDB wrote the core.
    """
    protections = _protections(headers, by_gdb=by_gdb)
    shown = _shown(headers, limit)
    found = [_load(headers[number], start, end, core.size, protections) for number, start, end in shown]
    too_large = _cut_short(headers, shown)
    found.sort()
    if too_large:
        problems.append(
            f"{core.path}: {len(too_large)} segments overlap others or the end of memory, "
            f"the first at {min(too_large):#x}"
        )
    missing = sum(load.dumped - load.held for load in found)
    if missing:
        problems.append(f"{core.path}: the core file is cut off: {missing} bytes of memory are missing")
    return found


def _shown(headers: Sequence[ProgramHeader], limit: int) -> list[tuple[int, int, int]]:
    """Return the parts of each segment below the limit that no segment before it has, with its number.

    Goes once over all places where one begins or ends: of those that are open there, the first in the file
    shows. A tree that each is laid into takes 20 times as long for 20,000 that all overlap.
    """
    wholes = [(each.address, min(each.address + each.memory_size, limit)) for each in headers]
    order = sorted(wholes)
    if all(lower[1] <= upper[0] for lower, upper in zip(order, order[1:])):
        return [(number, *whole) for number, whole in enumerate(wholes) if whole[0] < whole[1]]
    beginning: dict[int, list[int]] = {}
    for number, (start, _) in enumerate(wholes):
        beginning.setdefault(start, []).append(number)
    shown: list[tuple[int, int, int]] = []
    opened: list[int] = []
    borders = sorted({border for whole in wholes for border in whole})
    for at, following in zip(borders, borders[1:]):
        for number in beginning.get(at, ()):
            heappush(opened, number)
        while opened and wholes[opened[0]][1] <= at:
            heappop(opened)
        if opened and shown and shown[-1][0] == opened[0] and shown[-1][2] == at:
            shown[-1] = (opened[0], shown[-1][1], following)
        elif opened:
            shown.append((opened[0], at, following))
    return shown


def _cut_short(headers: Sequence[ProgramHeader], shown: Iterable[tuple[int, int, int]]) -> list[int]:
    """Return the addresses of the segments of which not all is shown."""
    rest = [each.memory_size for each in headers]
    for number, start, end in shown:
        rest[number] -= end - start
    return [each.address for each, left in zip(headers, rest) if left]


def _protections(headers: Sequence[ProgramHeader], *, by_gdb: bool) -> Sequence[Protection]:
    """Return the protections by a segment's flags; where no segment has any, flags tell nothing."""
    if not any(header.flags & _ACCESS for header in headers):
        return _NOT_KNOWN  # such are the dumps of emulators: qemu's dump-guest-memory
    return _OF_GDB if by_gdb else _PROTECTIONS


def _load(
    header: ProgramHeader, start: int, end: int, file_size: int, protections: Sequence[Protection]
) -> Load:
    skipped = start - header.address
    offset = header.offset + skipped
    dumped = max(0, min(header.file_size - skipped, end - start))
    held = max(0, min(dumped, file_size - offset))
    return Load(start, end, offset, held, dumped, protections[header.flags & _ACCESS])


def held_segments(found: Iterable[Load], core: OpenFile) -> list[Segment[Content]]:
    """Return segments of what the core file itself holds."""
    return [Segment(load.start, load.start + load.held, core, load.offset) for load in found if load.held]


def areas(found: Sequence[Load], facts: CoreFacts, limit: int, problems: list[str]) -> list[Area]:
    """Return the areas: the system's own list where it noted one, else the segments and mapped files.

    A segment is cut where a mapped file begins or ends, and a mapped file that no segment shows is an
    area of unknown protection. What a damaged list places at `limit` or beyond, where no address of the word
    size is, is left out, and offsets that no file has aren't known; `problems` says so.
    """
    listed = _listed(found, facts)
    odd = [area for area in listed if area.end > limit or (area.offset or 0) > _LARGEST_OFFSET]
    if not odd:
        return listed
    problems.append(f"the map is damaged: {len(odd)} areas lie where no address or no part of a file can be")
    return [part for area in listed for part in _possible(area, limit)]


def _possible(area: Area, limit: int) -> Iterator[Area]:
    if area.start < limit:
        offset = area.offset if (area.offset or 0) <= _LARGEST_OFFSET else None
        yield area._replace(end=min(area.end, limit), offset=offset)


def _listed(found: Sequence[Load], facts: CoreFacts) -> list[Area]:
    if facts.areas:
        return _apart(area._replace(source=SOURCE) for area in facts.areas)
    mappings = apart(facts.mappings)
    starts = [m.start for m in mappings]
    cut = chain.from_iterable(_cut(load, mappings, starts, facts.lists_files) for load in found)
    shown = RangeSet(Range(load.start, load.end) for load in found)
    hidden = (
        _file_area(Range(*part), m, UNKNOWN) for m in mappings for part in shown.outside(m.start, m.end)
    )
    return sorted([*cut, *hidden], key=attrgetter("start"))


def apart(mappings: Iterable[FileMapping]) -> list[FileMapping]:
    """Return the mappings in address order; of a damaged list, those that overlap an earlier one fall out."""
    kept: list[FileMapping] = []
    for mapping in sorted(mappings):
        if not kept or mapping.start >= kept[-1].end:
            kept.append(mapping)
    return kept


def _apart(found: Iterable[Area]) -> list[Area]:
    kept: list[Area] = []
    for area in sorted(found, key=attrgetter("start", "end")):
        if not kept or area.start >= kept[-1].end:
            kept.append(area)
    return kept


def _cut(
    load: Load, mappings: Sequence[FileMapping], starts: Sequence[int], lists_files: bool
) -> Iterator[Area]:
    """Cut a segment at the borders of the files in it."""
    at = load.start
    for index in range(max(0, bisect_right(starts, load.start) - 1), len(mappings)):
        mapping = mappings[index]
        if mapping.start >= load.end:
            break
        shared = Range(at, load.end).intersection(mapping.start, mapping.end)
        if shared is None:
            continue
        if at < shared.start:
            yield _plain_area(Range(at, shared.start), load, lists_files)
        yield _file_area(shared, mapping, load.protection)
        at = shared.end
    if at < load.end:
        yield _plain_area(Range(at, load.end), load, lists_files)


def _file_area(shown: Range, mapping: FileMapping, known: Protection) -> Area:
    offset = mapping.offset + shown.start - mapping.start
    return Area(shown.start, shown.end, known, offset, mapping.path, None, SOURCE)


def _plain_area(shown: Range, load: Load, lists_files: bool) -> Area:
    """Return an area without a file; its path is unknown unless the core lists all files."""
    offset, path = (0, "") if lists_files else (None, None)
    return Area(shown.start, shown.end, load.protection, offset, path, None, SOURCE)


class FileGap(NamedTuple):
    """A range that the dump left out although a file was mapped there."""

    start: int
    end: int
    mapping: FileMapping

    @property
    def offset(self) -> int:
        """Where in the file the range begins."""
        return self.mapping.offset + self.start - self.mapping.start


def gaps(found: Iterable[Load], mappings: Iterable[FileMapping]) -> Iterator[FileGap]:
    """Yield the ranges that the dump left out on purpose, not those that it lost by being cut off."""
    dumped = RangeSet(Range(load.start, load.start + load.dumped) for load in found)
    for mapping in mappings:
        for part in dumped.outside(mapping.start, mapping.end):
            yield FileGap(part.start, part.end, mapping)
