"""Ports with fixed answers, for core files and buffers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..maps.area import Area
from ..ports.files import FilePart
from ..ports.threads import Frame, Thread, ThreadName
from ..range_set import RangeSet
from ..ranges import Range


class FixedAreas:
    """Lists the areas that it was given, in order."""

    def __init__(self, areas: Iterable[Area], source: str) -> None:
        self.source = source
        self._areas = tuple(areas)

    def areas(self) -> Sequence[Area]:
        """Return the areas."""
        return self._areas


class FixedAbsent:
    """Knows which mapped ranges have no content."""

    def __init__(self, ranges: RangeSet) -> None:
        self._ranges = ranges

    def absent(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, those in `start..end`."""
        return self._ranges.within(start, end)


class FixedDumped:
    """Knows which parts of memory a dump's file holds."""

    def __init__(self, parts: Iterable[FilePart]) -> None:
        self._parts = tuple(parts)

    def parts(self) -> Sequence[FilePart]:
        """Return the parts."""
        return self._parts


class FixedUntouched:
    """Knows which ranges were never touched, or are zeros by the word of whoever recorded them.

    `recorded` says where they are the latter.
    """

    def __init__(self, ranges: RangeSet, recorded: Iterable[Range] = ()) -> None:
        self._ranges, self._recorded = ranges, RangeSet(recorded)

    def untouched(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, those in `start..end`."""
        return self._ranges.within(start, end)

    def recorded(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, where in `start..end` they are recorded zeros."""
        return self._recorded.within(start, end)


class FixedAuxv:
    """Has the auxiliary vector that it was given."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def auxv(self) -> bytes | None:
        """Return the vector."""
        return self._content


class FixedFrames:
    """Has the frames that it was given, by thread."""

    def __init__(self, frames: Mapping[int, Sequence[Frame]]) -> None:
        self._frames = dict(frames)

    def frames(self, tid: int) -> Sequence[Frame]:
        """Return those of a thread."""
        return self._frames.get(tid, ())


class FixedRegisters:
    """Has the registers that it was given, thread by thread."""

    def __init__(self, threads: Iterable[tuple[int, Mapping[str, int]]]) -> None:
        self._threads = tuple(threads)

    def registers(self) -> Sequence[tuple[int, Mapping[str, int]]]:
        """Return them."""
        return self._threads


class FixedSignals:
    """Has the signals that it was given, by thread."""

    def __init__(self, signals: Mapping[int, int]) -> None:
        self._signals = dict(signals)

    def signals(self) -> Mapping[int, int]:
        """Return them."""
        return self._signals


class FixedThreads:
    """Lists the threads that it was given, the main one first."""

    def __init__(self, threads: Iterable[Thread]) -> None:
        self._threads = tuple(threads)

    def threads(self) -> Sequence[Thread]:
        """Return the threads."""
        return self._threads


class FixedThreadNames:
    """Has the names of threads that it was given, by identifier."""

    def __init__(self, names: Mapping[int, ThreadName]) -> None:
        self._names = dict(names)

    def names(self) -> Mapping[int, ThreadName]:
        """Return them."""
        return self._names


class FixedThreadPointers:
    """Has the thread pointers that it was given, by thread."""

    def __init__(self, pointers: Mapping[int, int]) -> None:
        self._pointers = dict(pointers)

    def thread_pointers(self, tids: Iterable[int]) -> Mapping[int, int]:
        """Return those of these threads."""
        return {tid: self._pointers[tid] for tid in tids if tid in self._pointers}
