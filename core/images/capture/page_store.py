"""Where snapshots keep pages: large pieces of memory, shared, and given back when nobody needs them."""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from ...arch import SMALLEST_PAGE
from ...errors import SourceError
from ...ranges import align_down, align_up

# What is kept once, however often it occurs.
PAGE = SMALLEST_PAGE
# What isn't used of it takes no memory. Not of huge pages: those are quick where they are at hand, but a
# kernel that has to find them first, or a virtual machine that gave them back to its host, takes ten times
# as long to give them as to give the same memory in small ones.
ARENA = 1 << 25
# madvise(2), Linux 5.14: page tables are filled at once, in about half the time of as many faults.
_MADV_POPULATE_WRITE = 23
# What snapshots leave of the machine's memory to everybody else.
RESERVE = 1 << 28


def _no_memory() -> SourceError:
    return SourceError("the snapshot doesn't fit in memory", hint="narrow its scope, or drop others")


@contextmanager
def no_memory_told() -> Iterator[None]:
    """Turn MemoryError into SourceError: notes on pages take memory, too."""
    try:
        yield
    except MemoryError as error:
        raise _no_memory() from error


def available_memory() -> int | None:
    """Return how many bytes can be had without swapping: MemAvailable of proc_meminfo(5); None elsewhere."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            return next(
                (int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")), None
            )
    except OSError:
        return None


class Arena:
    """A piece of memory with pages in it; it lives as long as a segment refers to it."""

    thread_safe = True

    def __init__(self, number: int) -> None:
        """Raises SourceError where the system has no memory for it."""
        try:
            self.memory = mmap.mmap(-1, ARENA, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except (OSError, MemoryError) as error:
            raise _no_memory() from error
        self.number = number
        self.end = 0
        self.view = memoryview(self.memory)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self._ready = 0

    def prepare(self, start: int, size: int) -> None:
        """Have memory at hand for bytes that will be written from `start` on, without page faults.

        Other threads go on meanwhile. Where the kernel can't do it, each page comes when it is written to.
        """
        begin, end = align_down(max(start, self._ready), PAGE), align_up(start + size, PAGE)
        if sys.platform == "linux" and begin < end:
            address = ctypes.c_void_p(self.address + begin)
            ctypes.CDLL(None).madvise(address, ctypes.c_size_t(end - begin), _MADV_POPULATE_WRITE)
        self._ready = max(self._ready, end)

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Copy the bytes from an offset on; see Content."""
        buffer[:] = self.view[offset : offset + len(buffer)]
        return len(buffer)

    def trim(self) -> None:
        """Give back the memory behind the end, into which something was read and not kept."""
        start = align_up(self.end, PAGE)
        if start < ARENA and hasattr(mmap, "MADV_DONTNEED"):
            self.memory.madvise(mmap.MADV_DONTNEED, start, ARENA - start)
            self._ready = min(self._ready, start)

    @property
    def place(self) -> int:
        """The number of its first byte among all bytes of a store."""
        return self.number * ARENA


class PageStore:
    """The pages of all snapshots that share it, and how to find a page again.

    A page is found by a sample of its words; where one sample stands for several pages, `SEVERAL` is in
    its place, and each is found by a hash of all of it. A place is a page's number of bytes into the
    store; see Arena.place.
    """

    SEVERAL = -1

    def __init__(self, room: Callable[[], int | None] = available_memory) -> None:
        """Make an empty one. `room` tells how much memory the machine can spare, None if it can't."""
        self._room = room
        self.by_sample: dict[int, int] = {}
        self.by_hash: dict[int, int] = {}
        self._arenas: WeakValueDictionary[int, Arena] = WeakValueDictionary()
        self._made = self._lost = 0

    @property
    def used(self) -> int:
        """Bytes of memory that hold pages."""
        return sum(arena.end for arena in self._arenas.values())

    def new_arena(self) -> Arena:
        """Make room; SourceError where there is none, before the machine has none either."""
        left = self._room()
        if left is not None and left < ARENA + RESERVE:
            raise _no_memory()
        arena = self._arenas[self._made] = Arena(self._made)
        self._made += 1
        return arena

    def arena_of(self, place: int) -> Arena | None:
        """Return the arena of a place; None when the last snapshot that needed it is gone."""
        return self._arenas.get(place // ARENA)

    def forget_lost(self) -> None:
        """Forget the pages of arenas that are gone."""
        alive = frozenset(self._arenas.keys())
        if self._made - len(alive) == self._lost:
            return
        self._lost = self._made - len(alive)
        for index in (self.by_sample, self.by_hash):
            lost = [key for key, place in index.items() if place >= 0 and place // ARENA not in alive]
            for key in lost:
                del index[key]
