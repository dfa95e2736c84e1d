"""The sides of a comparison: an image, a snapshot, or memory as it is now."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from ...elf.auxv import parse_auxv
from ...errors import InvalidArgument
from ...maps.area import Area
from ...maps.kinds import NO_READ
from ...maps.protection import Protection
from ...ports.memory import AbsentRanges, MemoryReader, UnreadableReasons, UntouchedPages
from ...ranges import TOP, Range, marked
from ...segments.content import ZEROS
from ...walk.coverage import NEVER_TOUCHED, Unreadable, known_zeros
from ...walk.untouched_ahead import UntouchedAhead
from ..model.asid import Asid
from ..model.image import Image
from ..model.image_areas import image_areas
from ..model.section import Section
from ..model.snapshot import Circumstances, Snapshot
from .execution import Execution
from .untaken import Untaken


class ContentRun(NamedTuple):
    """Addresses with content, and where it lies (see section.Origin); `is_untouched` memory has none yet."""

    start: int
    end: int
    thing: Hashable | None
    position: int
    is_untouched: bool = False

    def is_same(self, other: ContentRun, address: int, other_address: int) -> bool:
        """Return whether the bytes from an address here and one there on are surely the same."""
        if self.thing is None or self.thing != other.thing:
            return False
        here, there = self.position + address - self.start, other.position + other_address - other.start
        return self.thing == ZEROS or here == there


class Side(Protocol):
    """One side of a comparison."""

    @property
    def areas(self) -> Sequence[Area]:
        """The whole map, in order."""

    @property
    def untaken(self) -> Untaken:
        """Which mapped ranges couldn't be read, or have no content anywhere, as far as that is known."""

    @property
    def reasons(self) -> UnreadableReasons | None:
        """Why memory that can't be read can't be, where that is known."""

    @property
    def execution(self) -> Execution:
        """What is known of the process: which one it is, and what its stack is measured from."""

    def runs(self, start: int, end: int) -> Iterator[ContentRun]:
        """Yield, in order, the parts of a range that have content, and where that lies."""

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Read as a MemoryReader does."""


class ImageSide:
    """An image or a snapshot, in the address space that the asid names."""

    reasons = None

    def __init__(self, image: Image, asid: Asid | None = None) -> None:
        self._image, self._asid = image, asid
        self._generation = -1
        self._visible: list[tuple[Range, Section]] = []
        self._ends: list[int] = []
        self.untaken = Untaken(image.coverage.unreadable) if isinstance(image, Snapshot) else Untaken()
        mapped = list(image.map) if isinstance(image, Snapshot) else []
        self.areas: Sequence[Area] = mapped or image_areas(image, asid)
        self.execution = execution_of(image) if isinstance(image, Snapshot) else Execution()
        self.problems: tuple[str, ...] = image.circumstances.problems if isinstance(image, Snapshot) else ()

    def runs(self, start: int, end: int) -> Iterator[ContentRun]:
        """Yield what the sections hold; see Side."""
        found = self._sections()
        for index in range(bisect_right(self._ends, start), len(found)):
            (low, high), section = found[index]
            if low >= end:
                return
            place = low if low > start else start
            for size, thing, position in section.origins(place, high if high < end else end):
                yield ContentRun(place, place + size, thing, position)
                place += size

    def _sections(self) -> list[tuple[Range, Section]]:
        """Return what answers where, in order; asked of the image once for as long as it stays as it is."""
        generation = self._image.generation
        if generation != self._generation:
            self._visible = list(self._image.visible(0, TOP, self._asid))
            self._ends = [part.end for part, _ in self._visible]
            self._generation = generation
        return self._visible

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Read the image."""
        return self._image.read_into(address, buffer, self._asid)


class LiveSide:
    """Memory as it is now: never-touched pages count as zeros, and aren't read."""

    def __init__(
        self,
        areas: Iterable[Area],
        reader: MemoryReader,
        *,
        untouched: UntouchedPages | None = None,
        absent: AbsentRanges | None = None,
        reasons: UnreadableReasons | None = None,
        execution: Execution | None = None,
    ) -> None:
        self.areas: Sequence[Area] = sorted(areas)
        refused = [area for area in self.areas if area.allows(Protection.READ) is False]
        self.untaken = Untaken((Unreadable(each.start, each.end, NO_READ) for each in refused), absent)
        self.reasons = reasons
        self.execution = execution or Execution()
        self._reader = reader
        self._untouched = None if untouched is None else UntouchedAhead(untouched, self.areas)

    def runs(self, start: int, end: int) -> Iterator[ContentRun]:
        """Yield what was touched, and the rest as zeros; see Side."""
        for part, state in marked(Range(start, end), known_zeros(self._untouched, start, end), None):
            yield ContentRun(*part, None if state is None else ZEROS, 0, state == NEVER_TOUCHED)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Read memory."""
        return self._reader.read_into(address, buffer)


def side_of(what: Image | Side) -> Side:
    """Return the given side, or an image as a side; raise InvalidArgument for what is neither."""
    if isinstance(what, Image):
        return ImageSide(what)
    if not hasattr(what, "runs"):
        raise InvalidArgument(f"a {type(what).__name__} can't be compared", hint="two images can")
    return what


def execution_of(snapshot: Snapshot) -> Execution:
    """Return the execution that a snapshot was taken of, as far as it is known."""
    about = snapshot.circumstances
    return Execution(about.pid, _stack_pointer(about), parse_auxv(about.auxv or b"", about.arch))


def _stack_pointer(about: Circumstances) -> int | None:
    """Return the stack pointer of the process's first thread."""
    threads = sorted(about.threads, key=lambda each: each.tid != about.pid)
    return threads[0].stack_pointer if threads else None
