"""The memory around hits, read for each hit that is shown; the inferior stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

from ...inferior import Inferior
from ...intervals import Interval
from ...ports.memory import MemoryReader
from ...range_set import RangeSet
from ...ranges import Range, align_down
from ...walk.reading import read_cells, read_up_to

# Where hits lie close together, up to this much is read at once: a small read costs nearly as much.
# Each such read asks the kernel about pages first, which costs some 100 us.
_MOST = 1 << 18
# How far behind what was read last a hit is near.
_NEAR = 1 << 16


class Surroundings:
    """Reads the memory around hits that come in order of address.

    Pages that were never touched are taken as the zeros that they are, and pages of files at rest are read in
    the files, as a search does.
    """

    def __init__(self, inferior: Inferior) -> None:
        self._inferior = inferior
        self._start, self._end, self._content = 0, 0, b""  # the window that was read last
        self._size = self._page = inferior.arch.page_size
        self._reader: MemoryReader | None = None
        self._prepared = Range(0, 0)  # what the reader is ready for

    def around(self, address: int, before: int, size: int, area: Interval) -> tuple[bytes, bytes]:
        """Return up to `before` bytes before the address, and `size` from there, as far as they can be read.

        `area` is where the hit lies; what is read may go beyond.
        """
        at = address - self._start
        if before <= at < len(self._content) and address + size <= self._end:
            return self._content[at - before : at], self._content[at : at + size]
        start, end = max(0, address - before), address + size
        low = max(start, align_down(address, self._page))
        further = self._bytes(start, low, area) if start < low else b""
        both = self._bytes(low, end, area)
        if len(both) <= address - low:  # what can be read begins inside the page, as in some minidumps
            self._end = 0  # that window is of no use
            return self._readable_before(low, address, area), self._bytes(address, end, area)
        head, tail = both[: address - low], both[address - low :]
        # Of the page before, perhaps nothing can be read, or not all.
        return further + head if further and len(further) == low - start else head, tail

    def _readable_before(self, start: int, end: int, area: Interval) -> bytes:
        """Return the last of these bytes, those behind the last that can't be read."""
        cells = read_cells(self._reader_of(start, end, area), start, end - start)
        while None in cells:
            del cells[: cells.index(None) + 1]
        return bytes(cell for cell in cells if cell is not None)

    def _bytes(self, start: int, end: int, area: Interval) -> bytes:
        if start < self._start or end > self._end:
            self._load(start, end, area)
        return self._content[start - self._start : end - self._start]

    def _load(self, wanted: int, end: int, area: Interval) -> None:
        """Read a window that holds wanted..end, of which perhaps only the first part can be read."""
        start = wanted
        is_near = self._end > 0 and self._start <= start < self._end + _NEAR
        self._size = min(2 * self._size, _MOST) if is_near else self._page
        reader = self._reader_of(start, end, area)
        if reader.thread_safe and area.start <= start:  # else a debugger's own, which may be slow
            start = max(align_down(start, self._page), area.start)
            end = max(end, min(start + self._size, area.end))
        content = b"".join(self._parts(reader, start, end))
        if start + len(content) <= wanted and start < wanted:
            start, content = wanted, b"".join(self._parts(reader, wanted, end))
        self._start, self._end, self._content = start, end, content

    def _reader_of(self, start: int, end: int, area: Interval) -> MemoryReader:
        wanted = Range(min(start, area.start), max(end, area.end))
        if self._reader is None or wanted != self._prepared:
            self._reader, self._prepared = self._inferior.memory.ready([wanted]), wanted
        return self._reader

    def _parts(self, reader: MemoryReader, start: int, end: int) -> Iterator[bytes]:
        """Yield the content up to the first byte that can't be read."""
        untouched = self._inferior.target.untouched
        whole = Range(start, end).widened(self._page)
        zeros = RangeSet(untouched.untouched(*whole) if untouched else ())
        at = start
        for part in [*zeros.within(start, end), Range(end, end)]:
            if at < part.start:
                content = read_up_to(reader, at, part.start - at)
                yield content
                if len(content) < part.start - at:
                    return
            yield bytes(part.size)
            at = part.end
