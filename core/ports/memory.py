"""What reads or searches memory, and what knows of it without reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

from ..errors import InvalidArgument
from ..ranges import Range
from ..watch import Watch


class MemoryReader(Protocol):
    """Reads contents."""

    @property
    def source(self) -> str:
        """What it is, as results name it (`procfs`, `core`, ...)."""

    @property
    def thread_safe(self) -> bool:
        """Whether threads other than the debugger's may call it."""

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the writable buffer with the bytes from `address` on, as far as they can be read.

        Return how many bytes were read before the first that can't be: 0 to the buffer's size; the rest of
        the buffer is undefined. Never raise for memory that can't be read; raise SourceDenied if the whole
        source refuses, SourceError if it is gone.
        """


def as_reader(given: MemoryReader) -> MemoryReader:
    """Return what a caller gives as a reader; raise InvalidArgument for what can't read memory."""
    if not callable(getattr(given, "read_into", None)):
        raise InvalidArgument(f"a {type(given).__name__} reads no memory")
    return given


@runtime_checkable
class ScatteredReader(Protocol):
    """A reader that reads at many places at once for little more than at one."""

    def read_each(self, addresses: Sequence[int], size: int, buffer: memoryview) -> int:
        """Fill the buffer with `size` bytes from each address, one after the other.

        Return how many were read whole before the first that wasn't, for whatever reason: that one is to be
        read by itself. The addresses are in ascending order. Raise as `read_into` does.
        """


@runtime_checkable
class PreparedReader(Protocol):
    """A reader that must prepare on the debugger's own thread before other threads may read."""

    def prepare(self, ranges: Iterable[Range], watch: Watch) -> None:
        """Get ready for reads in these ranges, until the inferior may have changed.

        Call it on the debugger's thread, and read elsewhere only what was prepared. Raise Interrupted if the
        watch says so.
        """


@runtime_checkable
class SparseReader(Protocol):
    """A reader that knows where it may find bytes, so that nobody has to look for them page by page."""

    def next_readable(self, address: int, end: int) -> int:
        """Return the first address in `address`..`end` from which on bytes may be read; `end` for none."""


class UntouchedPages(Protocol):
    """Knows which pages are zeros without being read.

    They were never touched: private anonymous memory, neither present nor swapped. Or they were recorded:
    zeros by the word of whoever keeps them (holes of a dump, or of a mapped file), which count as searched.
    """

    def untouched(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, the page-aligned ranges in `start..end` that are such zeros."""

    def recorded(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, the ranges in `start..end` in which zeros are recorded ones, if there are any."""


class MissingPages(Protocol):
    """Knows where no page is, in memory or in swap: to read there would make one, or wait for it."""

    def missing(self, ranges: Iterable[Range]) -> Iterable[Range]:
        """Return where in these ranges, which are page-aligned, in order and apart; may exceed them."""


class AbsentRanges(Protocol):
    """Knows which mapped ranges have no content anywhere (a core file that left them out)."""

    def absent(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, the ranges in `start..end` that are mapped and have no content anywhere."""


class UnreadableReasons(Protocol):
    """Knows why memory that can't be read can't be."""

    def reasons(self, start: int, end: int) -> Iterable[tuple[Range, str]]:
        """Return, in order, ranges in `start..end` and why a read fails there, if it does; never raise."""


class AddressTags(Protocol):
    """Knows which bits of addresses a process has made tags: it may do so while it runs."""

    def ignored_bits(self) -> int:
        """Return the bits of an address that say nothing of where it is, as of now; 0 if none."""


class RemoteSearch(Protocol):
    """Searches on the far side of a remote connection, without transferring the memory."""

    @property
    def source(self) -> str:
        """What it is, as results name it (`stub`)."""

    def search(self, start: int, size: int, pattern: bytes) -> int | None:
        """Return the first address in `start..start+size` where the pattern begins and ends, or None.

        The link is busy until the answer comes, so the range should be searched in a fraction of a second,
        and patterns are at most 64 bytes long. Raise MemoryFault if nothing was found and not all of the
        range could be read, and SourceError if the link is gone.
        """

    def differing(self) -> Iterable[Range]:
        """Return the ranges that differ on the far side: inserted breakpoints."""
