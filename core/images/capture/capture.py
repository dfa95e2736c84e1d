"""Taking a snapshot: copying memory while it is sorted into pages that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ...maps.area import Area
from ...ports.memory import AbsentRanges, MemoryReader, UnreadableReasons, UntouchedPages
from ...ranges import Range, marked, without
from ...segments.joined import JoinedContent
from ...walk.coverage import Coverage, Tally, known_zeros
from ...walk.pace import Pace, given_up
from ...walk.untouched_ahead import UntouchedAhead
from ...watch import UNWATCHED, Watch
from ..model.asid import Asid, as_asid
from ..model.section import Section
from ..model.snapshot import Circumstances, Snapshot
from .page_dedup import CHUNK, Destination, PageSink, sink_for
from .page_store import no_memory_told
from .paged_content import PagedContent
from .read_ahead import ReadAhead, Reading

GIVEN_UP = "the snapshot was interrupted; nothing of it was kept"


def take_snapshot(
    name: str | None,
    areas: Iterable[Area],
    reader: MemoryReader,
    store: Destination,
    circumstances: Circumstances,
    *,
    asid: Asid | None = None,
    untouched: UntouchedPages | None = None,
    absent: AbsentRanges | None = None,
    reasons: UnreadableReasons | None = None,
    watch: Watch = UNWATCHED,
) -> Snapshot:
    """Copy the memory of the areas into an address space (None: any), equal pages of the store once.

    What can't be read is noted in the coverage. Raise InvalidArgument for a name that no image can have,
    SourceError if memory runs out or the source fails, Interrupted; then nothing is kept.
    """
    snapshot = Snapshot(name, circumstances, Coverage(0, 0, (), 0))
    areas = sorted(areas)
    known = None if untouched is None else UntouchedAhead(untouched, areas)
    pace = Pace(sum(area.size for area in areas), watch)
    with given_up(GIVEN_UP), ReadAhead(reader) as ahead, no_memory_told():
        capture = _Capture(ahead, sink_for(store), Tally(absent, reasons), as_asid(asid))
        for area in areas:
            for piece, state in _pieces(area, known):
                pace.go_on()
                pace.done += piece.size
                if state is None:
                    capture.read(piece)
                else:
                    capture.add_zeros(piece, state)
            capture.end_area()
        snapshot.add_sections(capture.close())
    snapshot.coverage = capture.tally.result
    return snapshot


def _pieces(area: Area, untouched: UntouchedPages | None) -> Iterator[tuple[Range, str | None]]:
    """Cut an area into chunks to read (None) and zeros that needn't be, with what they count as, in order."""
    for part, state in marked(area.range, known_zeros(untouched, area.start, area.end), None):
        size = CHUNK if state is None else part.size
        for start in range(part.start, part.end, size):
            yield Range(start, min(start + size, part.end)), state


class _Pending(NamedTuple):
    """A chunk that has been read, or is being read."""

    piece: Range
    region: Any
    reading: Reading


class _Capture:
    """Reads chunks, one ahead of the one that is processed, and makes sections of them."""

    def __init__(self, ahead: ReadAhead, intake: PageSink, tally: Tally, asid: Asid) -> None:
        self._ahead, self._intake, self._asid = ahead, intake, asid
        self.tally = tally
        self._pending: _Pending | None = None
        self._sections: list[Section] = []
        self._start = self._end = 0
        self._pages = JoinedContent()

    def read(self, piece: Range) -> None:
        """Take a chunk in."""
        if not self._ahead.pays(piece.size):
            self._settle()
        region = self._intake.region(piece.size)
        reading = self._ahead.read(piece.start, region.view)
        self._settle()
        self._pending = _Pending(piece, region, reading)

    def add_zeros(self, piece: Range, state: str) -> None:
        """Take in zeros that needn't be read."""
        self._settle()
        self.tally.count(piece.size, state)
        self._pages_at(piece.start).append(piece.size)
        self._end = piece.end

    def end_area(self) -> None:
        """Begin a new section with what comes next."""
        self._settle()
        self._end_section()

    def close(self) -> list[Section]:
        """Return the sections."""
        self._intake.close()
        return self._sections

    def _settle(self) -> None:
        """Process the chunk that was read, if there is one."""
        if self._pending is None:
            return
        (piece, region, reading), self._pending = self._pending, None
        parts = reading.parts()
        for hole in without(piece, parts):
            self.tally.refuse(*hole)
        for part in parts:
            self.tally.searched += part.size
            pages = self._pages_at(part.start)
            self._intake.keep(region, part.start - piece.start, part.size, pages)
            self._end = part.end
        self._intake.finish(region)

    def _pages_at(self, start: int) -> JoinedContent:
        """Return where bytes from `start` on belong: behind the last ones if they touch those."""
        if start != self._end or not self._pages.size:
            self._end_section()
            self._start = start
        return self._pages

    def _end_section(self) -> None:
        if self._pages.size:
            self._sections.append(Section(self._start, self._end, PagedContent(self._pages), 0, self._asid))
            self._pages = JoinedContent()
