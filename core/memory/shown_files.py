"""What a debugger shows where a dump has no area: the files that it has loaded.

A dump that leaves .text out, and whose notes don't say that a file was mapped there, has no area for it. Both
debuggers read it all the same, from the program's file. What they show is no memory of the process, so it is
looked at only where the user names it, and each result says where it is from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..arch import SMALLEST_PAGE
from ..intervals import IntervalStore
from ..maps.area import NAMED, Area
from ..maps.area_map import AreaMap
from ..ports.files import in_words
from ..ports.memory import MemoryReader
from ..ports.target import Target
from ..range_set import RangeSet
from ..ranges import Range, align_up
from ..walk.reading import is_readable, next_readable


class ShownFiles:
    """The parts of files that the debugger of a target shows where no area is; none for most targets."""

    def __init__(self, target: Target) -> None:
        self._places, self._shown = target.places, target.shown_files
        self._listed: Sequence[Area] | None = None

    @property
    def are_shown(self) -> bool:
        """Whether the debugger may show any: it has a dump open."""
        return self._shown is not None

    def areas(self, known: AreaMap, places: Iterable[int | Range]) -> list[Area]:
        """Return the parts of these ranges that no area of `known` and a file covers, in order.

        Of an address it is the whole part that holds it. Which files there are is asked anew: the user may
        have loaded one.
        """
        if self._shown is None:
            return []
        self._listed, places = None, list(places)
        wanted = RangeSet(
            piece
            for place in places
            for piece in ([place] if isinstance(place, Range) else self._around(known, place))
        )
        return [
            area._replace(start=start, end=end, offset=(area.offset or 0) + start - area.start)
            for area in self._all(known)
            for start, end in wanted.within(*area.range)
        ]

    def over(self, reader: MemoryReader, known: AreaMap, ranges: Iterable[Range]) -> MemoryReader:
        """Return a reader of these ranges, which reads from files what the debugger shows of them."""
        listed = self._all(known)
        wanted = RangeSet(ranges if listed else ())
        parts = RangeSet(part for area in listed for part in wanted.within(*area.range))
        return reader if self._shown is None or not parts else _Beside(reader, self._shown, parts)

    def read_into(self, known: AreaMap, address: int, buffer: memoryview) -> int:
        """Fill the buffer from the file that is shown at this address, as far as it goes; 0 where none is."""
        here = next(iter(self._around(known, address)), None)
        if here is None or self._shown is None:
            return 0
        return self._shown.read_into(address, buffer[: here.end - address])

    def _around(self, known: AreaMap, address: int) -> list[Range]:
        return [area.range for area in self._all(known) if address in area]

    def _all(self, known: AreaMap) -> Sequence[Area]:
        if self._listed is None:
            self._listed = list(self._found(known))
        return self._listed

    def _found(self, known: AreaMap) -> IntervalStore[Area]:
        """Return the parts of files that are in no area and can be read; of two that overlap, the first."""
        found: IntervalStore[Area] = IntervalStore()
        for place in self._places.places() if self._places and self._shown else ():
            for start, end in known.gaps(place.start, place.end):
                if place.path is not None and place.offset is not None and self._is_free(found, start, end):
                    offset = place.offset + start - place.start
                    found.add(Area(start, end, None, offset, place.path, source=NAMED))
        return found

    def _is_free(self, found: IntervalStore[Area], start: int, end: int) -> bool:
        is_free = found.first_overlap(start, end) is None
        return is_free and self._shown is not None and is_readable(self._shown, start)


class _Beside:
    """Reads parts as the debugger shows them, and all else through the other reader."""

    thread_safe = False

    def __init__(self, reader: MemoryReader, shown: MemoryReader, parts: RangeSet) -> None:
        self.source = reader.source
        self._reader, self._shown, self._parts = reader, shown, parts

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as it can be read; see MemoryReader."""
        done = 0
        while done < len(buffer):
            got = self._read_run(address + done, buffer[done:])
            if not got:
                break
            done += got
        return done

    def next_readable(self, address: int, end: int) -> int:
        """Return where bytes may come next; see SparseReader."""
        part = next(self._parts.within(address, end), None)
        if part is not None and part.start == address:
            return min(end, align_up(address, SMALLEST_PAGE))
        there = end if part is None else part.start
        return next_readable(self._reader, address, there, SMALLEST_PAGE)

    def _read_run(self, address: int, buffer: memoryview) -> int:
        """Read up to where a part begins or ends, or less."""
        part = next(self._parts.within(address, address + len(buffer)), None)
        if part is not None and part.start == address:
            return self._shown.read_into(address, buffer[: part.size])
        return self._reader.read_into(address, buffer if part is None else buffer[: part.start - address])


def problems_of(target: Target, areas: Iterable[Area]) -> tuple[str, ...]:
    """Return what of these areas isn't the process's memory, or isn't proven to be, or may not be all."""
    areas = list(areas)
    shown = RangeSet(area.range for area in areas if target.unproven)
    unproven = (
        part._replace(start=start, end=end)
        for part in target.unproven
        for start, end in shown.within(part.start, part.end)
    )
    told = map_problems_of(target, areas)
    return (*in_words(unproven), *told) if target.is_map_whole else told


def map_problems_of(target: Target, areas: Iterable[Area]) -> tuple[str, ...]:
    """Return what of these areas isn't the process's memory, or may not be all."""
    parts: dict[str, list[Area]] = {}
    for area in areas if target.shown_files else ():
        if area.source == NAMED and area.path:
            parts.setdefault(area.path, []).append(area)
    told = (f"{_where(found)} as it is in the file {path}" for path, found in parts.items())
    return (*(() if target.is_map_whole else target.problems), *told)


def _where(found: Sequence[Area]) -> str:
    place = f"{found[0].start:#x}..{found[0].end:#x}"
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"the dump holds no memory of the process here, and the debugger shows {place}{more}"
