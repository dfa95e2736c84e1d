"""Whether memory holds what an image says it should, and for what differs, the cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...arguments import as_kind
from ...errors import SourceError
from ...integers import IntegerLike, as_address
from ...maps.area import Area, checked_areas
from ...maps.area_map import AreaMap
from ...ports.memory import AbsentRanges, MemoryReader, UnreadableReasons, UntouchedPages, as_reader
from ...ranges import Range, split, without
from ...walk.byte_runs import differing
from ...walk.coverage import Coverage, Tally
from ...walk.pace import Pace
from ...walk.reading import readable_parts
from ...watch import UNWATCHED, Watch
from ..mapped.backing import without_deleted
from ..mapped.mapped_files import MappedFiles
from ..model.asid import Asid, as_asid
from ..model.differing_range import MOST_SHOWN, joined_ranges
from ..model.image import Image
from ..model.image_areas import image_areas
from ..model.not_compared import (
    IN_NO_FILE,
    IN_NO_IMAGE,
    NOT_DUMPED,
    NOT_REACHED,
    LeftOutTally,
    NotCompared,
)
from ..model.section import Section
from .causes import CauseFinder, ComparedBytes
from .changed_files import ChangedFile, without_changed_files
from .difference import BREAKPOINT, LINKERS_OWN, UNKNOWN, Difference
from .zeros import common_zeros

# Bytes compared at once: small enough for a CPU's cache, large enough to hide the cost of a call.
CHUNK = 1 << 18


class Unfit(NamedTuple):
    """A file whose areas weren't compared, because it isn't what they map; `why` follows its path."""

    path: str
    why: str
    areas: tuple[Area, ...]


class CheckResult(NamedTuple):
    """The outcome of a check: differences in address order, what was compared, files that don't count.

    `unfit` files were not compared; `doubtful` ones were written after the process began. `stopped` is
    where an interrupted check would go on, else None. `not_compared` says of all that wasn't compared why.
    """

    differences: tuple[Difference, ...]
    unfit: tuple[Unfit, ...]
    coverage: Coverage
    stopped: int | None = None
    doubtful: tuple[ChangedFile, ...] = ()
    not_compared: tuple[NotCompared, ...] = ()


def check(
    image: Image,
    memory: MemoryReader,
    areas: Iterable[Area] | None = None,
    *,
    files: MappedFiles | None = None,
    raw: MemoryReader | None = None,
    untouched: UntouchedPages | None = None,
    absent: AbsentRanges | None = None,
    reasons: UnreadableReasons | None = None,
    asid: Asid | None = None,
    start: IntegerLike = 0,
    watch: Watch = UNWATCHED,
) -> CheckResult:
    """Compare memory in the areas, or wherever the image holds something, from `start` on, with the image.

    `memory` is as the debugger shows it, `raw` what is really there, if there is such a reader. They differ
    where the debugger has put breakpoints; and of a core file, `memory` also shows the mapped files in place
    of what wasn't dumped, which proves nothing: that is left out. `files` are those of the whole map (of the
    areas, if None), which relocated pointers must point into. Files that aren't what is mapped are listed as
    `unfit` instead of compared; those that were written after the process began are listed as well, and many
    differences of such a file are only counted. What is zeros by the word of both sides isn't read.
    """
    as_kind(image, Image), as_reader(memory), as_asid(asid), as_kind(watch, Watch)
    if raw is not None:
        as_reader(raw)
    areas = image_areas(image, asid) if areas is None else sorted(checked_areas(areas))
    first = as_address(start)
    files = MappedFiles(AreaMap(areas), memory, trusts=True) if files is None else as_kind(files, MappedFiles)
    size = sum(area.size for area in areas)
    pace = Pace(size, watch)
    run = _Check(image, asid, files, Tally(absent, reasons), untouched, shown=memory, raw=raw)
    stopped = None
    for area in areas:
        try:
            stopped = run.compare(area, first, pace)
        except KeyboardInterrupt:
            stopped = run.at
        if stopped is not None:
            run.leave_rest(stopped, size)
            break
    return run.result(areas, stopped)


class _Check:
    """One walk over areas that gathers what differs."""

    def __init__(
        self,
        image: Image,
        asid: Asid | None,
        files: MappedFiles,
        tally: Tally,
        untouched: UntouchedPages | None,
        *,
        shown: MemoryReader,
        raw: MemoryReader | None,
    ) -> None:
        self._image, self._asid = image, asid
        self._shown, self._raw = shown, raw
        self._files, self._causes = files, CauseFinder(files, shown)
        self._tally, self._left_out, self._untouched = tally, LeftOutTally(), untouched
        self._found: list[Difference] = []
        self._unfit: dict[tuple[str, str], list[Area]] = {}
        self.at = 0  # everything below this address was compared

    def leave_rest(self, at: int, size: int) -> None:
        """Leave out the rest of the areas, of `size` bytes in all, and what was found there already."""
        self._found = [item for item in self._found if item.start < at]
        self._leave(max(0, size - self._tally.size), NOT_REACHED)

    def _leave(self, size: int, why: str, path: str | None = None) -> None:
        self._tally.left_out += size
        self._left_out.add(size, why, path)

    def result(self, areas: Iterable[Area], stopped: int | None) -> CheckResult:
        unfit = tuple(Unfit(path, why, tuple(areas)) for (path, why), areas in self._unfit.items())
        ordered = sorted(self._found, key=lambda each: each[:3])
        found, doubtful = without_changed_files(map(self._noted, joined_ranges(ordered)), areas, self._files)
        coverage = self._tally.result
        not_compared = self._left_out.result(coverage)
        return CheckResult(found, unfit, coverage, stopped, doubtful, not_compared)

    def _noted(self, item: Difference) -> Difference:
        is_own = item.cause == UNKNOWN and self._files.is_linkers_own(item.area, item.start, item.end)
        return item._replace(note=LINKERS_OWN) if is_own else item

    def compare(self, area: Area, begin: int, pace: Pace) -> int | None:
        """Compare one area, from `begin` on; return where it was interrupted."""
        self.at = begin = min(max(area.start, begin), area.end)
        before = pace.done
        backing = self._files.backing(area)
        why = backing.why if backing else None
        covered = 0
        for part, section in self._image.visible(begin, area.end, self._asid):
            if why is not None and section.content.path in (area.path, without_deleted(area.path)):
                continue
            covered += part.size
            for piece, are_zeros in self._pieces(section, part):
                self.at = piece.start
                pace.done = before + piece.start - area.start
                pace.report(len(self._found))
                if pace.watch.is_interrupted():
                    return piece.start
                if are_zeros:
                    self._tally.searched += piece.size
                else:
                    self._compare(area, section, piece)
        self._leave(begin - area.start, NOT_REACHED)
        if why is not None and covered < area.end - begin:
            self._leave(area.end - begin - covered, why, without_deleted(area.path))
            self._reject(area, why)
        else:
            # An image without a name is what the files make.
            is_of_none = backing is None and self._image.name is None
            self._leave(area.end - begin - covered, IN_NO_FILE if is_of_none else IN_NO_IMAGE)
        pace.done = before + area.size
        return None

    def _pieces(self, section: Section, part: Range) -> Iterator[tuple[Range, bool]]:
        """Cut a part of a section into zeros that both sides are known to have (True), and chunks to read."""
        for piece, are_zeros in split(part, common_zeros(section, part, self._untouched)):
            size = piece.size if are_zeros else CHUNK
            for start in range(piece.start, piece.end, size):
                yield Range(start, min(start + size, piece.end)), are_zeros

    def _reject(self, area: Area, why: str) -> None:
        areas = self._unfit.setdefault((without_deleted(area.path), why), [])
        if area not in areas:
            areas.append(area)

    def _compare(self, area: Area, section: Section, chunk: Range) -> None:
        expected, actual = bytearray(chunk.size), bytearray(chunk.size)
        try:
            section.read_into(chunk.start, memoryview(expected))
        except SourceError as error:
            self._reject(area, str(error))
            self._leave(chunk.size, str(error), without_deleted(area.path))
            return
        parts = readable_parts(self._raw or self._shown, chunk.start, memoryview(actual))
        for hole in without(chunk, parts):
            self._skip(*hole)
        for part in parts:
            self._tally.searched += part.size
            where = slice(part.start - chunk.start, part.end - chunk.start)
            window = ComparedBytes(part.start, expected[where], actual[where])
            if window.expected != window.actual:
                self._explain(area, section, window)

    def _skip(self, start: int, end: int) -> None:
        """Count what can't be compared; where the debugger still shows bytes, they come from the file."""
        if self._raw is not None:
            from_file = self._shown.read_into(start, memoryview(bytearray(end - start)))
            self._leave(from_file, NOT_DUMPED)
            start += from_file
        if start < end:
            self._tally.refuse(start, end)

    def _explain(self, area: Area, section: Section, window: ComparedBytes) -> None:
        """Add the differences of a window, one for each cause."""
        if self._raw is not None:
            window = self._without_breakpoints(area, section, window)
        for start, end in _differing(window):
            for piece in self._causes.by_cause(area, window, start, end):
                self._found.append(_difference(area, section, window, piece))

    def _without_breakpoints(self, area: Area, section: Section, window: ComparedBytes) -> ComparedBytes:
        """Add what only the processor sees, the debugger's breakpoints; return what the debugger shows."""
        shown = bytearray(window.actual)
        # What the debugger's reader can't read stays as the processor sees it.
        readable_parts(self._shown, window.start, memoryview(shown))
        for start, end in differing(window.actual, shown):
            part = ComparedBytes(window.start + start, window.expected[start:end], window.actual[start:end])
            for piece in _differing(part):
                self._found.append(_difference(area, section, part, (*piece, BREAKPOINT)))
        return window._replace(actual=shown)


def _differing(window: ComparedBytes) -> Iterator[tuple[int, int]]:
    """Yield the addresses (start, end) between which a window differs."""
    for start, end in differing(window.expected, window.actual):
        yield window.start + start, window.start + end


def _difference(
    area: Area, section: Section, window: ComparedBytes, piece: tuple[int, int, str]
) -> Difference:
    start, end, cause = piece
    where = slice(start - window.start, min(end - window.start, start - window.start + MOST_SHOWN))
    path, offset = section.content.path, section.part(start, end).file_offset
    expected, actual = bytes(window.expected[where]), bytes(window.actual[where])
    return Difference(start, end, cause, expected, actual, area, path or area.path, offset)
