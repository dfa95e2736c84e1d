"""Where snapshots keep pages: large pieces of memory, shared, and freed when no snapshot uses them."""

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

# The unit of deduplication, in bytes.
PAGE = SMALLEST_PAGE
# The unused part takes no memory. Huge pages are off: they are fast if the kernel has them free, but a kernel
# that must make them first, or a virtual machine that returned them to its host, takes ten times as long as
# for the same memory in small pages.
ARENA = 1 << 25
# madvise(2), Linux 5.14: page tables are filled at once, in about half the time of as many faults.
_MADV_POPULATE_WRITE = 23
# Memory that snapshots leave to the rest of the machine.
RESERVE = 1 << 28


def _no_memory() -> SourceError:
    return SourceError("the snapshot doesn't fit in memory", hint="narrow its scope, or drop others")


@contextmanager
def no_memory_told() -> Iterator[None]:
    """Turn MemoryError into SourceError: records of pages take memory, too."""
    try:
        yield
    except MemoryError as error:
        raise _no_memory() from error


def available_memory() -> int | None:
    """Return the bytes available without swapping (MemAvailable of proc_meminfo(5)); None if not on Linux."""
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
        """Raise SourceError if the system has no memory for it."""
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
        """Allocate the pages that will be written from `start` on, to save the page faults.

        Other threads run meanwhile. If the kernel can't do it, each page is allocated when it is written to.
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
        """Free the memory behind the end, where chunks were read that weren't kept."""
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
        """Make an empty store. `room` returns how many bytes the machine can spare; None is not known."""
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
        """Return a new arena; raise SourceError if memory is short, before the machine runs out of it."""
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
