"""One chunk of memory, read into a buffer that is used again for the next."""

from __future__ import annotations

import mmap

from ...errors import SourceError
from ...ports.memory import MemoryReader
from ...ranges import Range, align_down, split, without
from ...walk.reading import readable_parts
from ..finders.haystack import Haystack
from ..finders.libc import address_of
from .planner import Job

# Offsets in the buffer agree with addresses modulo this: alignment can be seen from either.
PHASE = 64


class ChunkBuffer:
    """A buffer for chunks of at most `capacity` bytes."""

    def __init__(self, reader: MemoryReader, capacity: int) -> None:
        """Raise SourceError if there is no memory for it."""
        self._reader = reader
        self._buffer = _anonymous(capacity + PHASE)
        self._view = memoryview(self._buffer)
        self._place = address_of(self._buffer)

    def load(self, job: Job) -> tuple[Haystack, list[Range], list[Range]]:
        """Read what the job's matches may touch, never-touched parts filled in as zeros.

        Return the bytes, the ranges of addresses of which they are, and those that can't be read, as
        `readable_parts` finds them.
        """
        origin = align_down(job.low, PHASE)
        faults: list[Range] = []
        whole = Range(job.low, job.high)
        for part, is_zero in split(whole, job.zeros):
            place = self._view[part.start - origin : part.end - origin]
            if is_zero:
                place[:] = bytes(part.size)
            else:
                faults += without(part, readable_parts(self._reader, part.start, place))
        runs = list(without(whole, faults))
        return Haystack(self._buffer, self._place, origin), runs, faults


def _anonymous(size: int) -> mmap.mmap:
    try:
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (OSError, OverflowError) as error:
        raise SourceError(f"there is no memory for a buffer of {size} bytes", hint=f"{error}") from error
