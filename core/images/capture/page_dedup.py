"""Deduplication: takes in memory so that equal pages are kept once and zero pages not at all.

Pages with different samples are different, so memory without repeated pages needs no closer look. Where a
sample was seen before, the pages themselves are compared, by memcmp(3) and many at a time.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple, Protocol, Union

from ...errors import InvalidArgument
from ...segments.joined import JoinedContent
from .page_store import ARENA, PAGE, Arena, PageStore

# Bytes that are read, and then deduplicated, at a time.
CHUNK = 1 << 21
# Which words of a page make its sample: spread out, and at no place where tables have their heads.
_WORDS = (3, 131, 262, 397)
_ZERO = hash((0,) * len(_WORDS))


class StagedChunk(NamedTuple):
    """The part of an arena that a chunk is read into."""

    arena: Arena
    start: int
    size: int

    @property
    def view(self) -> memoryview:
        """The bytes to be filled."""
        return self.arena.view[self.start : self.start + self.size]


class PageSink(Protocol):
    """Takes in the memory of one snapshot. What a region is, is up to the implementation."""

    def region(self, size: int) -> Any:
        """Return where to read the next chunk to: an object with a `view`. See PageDedup.region."""

    def keep(self, region: Any, start: int, size: int, pages: JoinedContent) -> None:
        """Keep part of a region; see PageDedup.keep."""

    def finish(self, region: Any) -> None:
        """Note that no more of a region will be kept."""

    def close(self) -> None:
        """Free what isn't needed any more."""


# Where a snapshot's memory may go: a page store of this process, or any other sink.
Destination = Union[PageStore, PageSink]


def sink_for(pages: Destination) -> PageSink:
    """Return the sink for this destination; raise InvalidArgument for what is none."""
    if isinstance(pages, PageStore):
        return PageDedup(pages)
    if not hasattr(pages, "region"):
        raise InvalidArgument(f"a {type(pages).__name__} keeps no pages")
    return pages


class PageDedup:
    """Takes in the memory of one snapshot.

    Each chunk is read straight to where it will stay if all of it is new: `region` says where, `keep`
    compares its pages and moves those that must be kept together. The next chunk may be read meanwhile.
    """

    def __init__(self, store: PageStore) -> None:
        store.forget_lost()
        self._store = store
        self._last: StagedChunk | None = None
        self._busy: StagedChunk | None = None
        self._arenas: list[Arena] = []
        self._zeros = (ctypes.c_char * CHUNK)()
        self._zeros_address = ctypes.addressof(self._zeros)
        self._memcmp = ctypes.CDLL(None).memcmp
        self._memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
        self.kept = 0

    def region(self, size: int) -> StagedChunk:
        """Return where to read the next chunk to, of at most CHUNK bytes; SourceError without memory.

        It meets neither the region given before, unless that is finished, nor the place to which what
        is kept of that one may move.
        """
        arena, start = self._room()
        if arena is None or start + size > ARENA:
            arena, start = self._store.new_arena(), 0
            self._arenas.append(arena)
        arena.prepare(start, size)
        self._last = self._busy = StagedChunk(arena, start, size)
        return self._last

    def _room(self) -> tuple[Arena | None, int]:
        if self._last is None:
            return None, 0
        arena, busy = self._last.arena, self._busy
        if busy is None:
            return arena, arena.end
        start = arena.end + busy.size
        meets = start < busy.start + busy.size and busy.start < start + CHUNK
        return arena, busy.start + busy.size if meets else start

    def keep(self, region: StagedChunk, start: int, size: int, pages: JoinedContent) -> None:
        """Keep the part of a region that was read, from `start` within it; append its content to `pages`.

        Parts of one region come in order, and regions in the order in which they were given.
        """
        begin = region.start + start
        whole = size // PAGE
        if whole:
            _Pages(self, region.arena, begin, whole, pages).keep()
        rest = size - whole * PAGE
        if rest:
            self._keep_rest(region.arena, begin + whole * PAGE, rest, pages)

    def finish(self, region: StagedChunk) -> None:
        """Note that no more of a region will be kept."""
        if self._busy is region:
            self._busy = None

    def close(self) -> None:
        """Free the memory of what was read and not kept."""
        for arena in self._arenas:
            arena.trim()
        self._arenas.clear()
        self._last = self._busy = None

    def _keep_rest(self, arena: Arena, begin: int, size: int, pages: JoinedContent) -> None:
        """Keep less than a page: as it is, since no other is likely to be cut alike."""
        if self.is_zero(arena.address + begin, size):
            pages.append(size)
        else:
            pages.append(size, arena, self.settle(arena, begin, size))

    def settle(self, arena: Arena, begin: int, size: int) -> int:
        """Move bytes to the end of what is kept in their arena; return where that is."""
        place = arena.end
        if place != begin:
            arena.memory.move(place, begin, size)
        arena.end += size
        self.kept += size
        return place

    def is_zero(self, address: int, size: int) -> bool:
        """Return whether bytes of this process are all zero."""
        return self.is_equal(address, self._zeros_address, size)

    def is_equal(self, left: int, right: int, size: int) -> bool:
        """Return whether bytes at two addresses of this process are equal."""
        return bool(self._memcmp(left, right, size) == 0)

    @property
    def store(self) -> PageStore:
        """Where pages are found again."""
        return self._store

    @property
    def zeros(self) -> int:
        """The address of CHUNK zeros in this process."""
        return self._zeros_address


class _Pages:
    """Whole pages that lie together in an arena and are to be kept."""

    def __init__(self, intake: PageDedup, arena: Arena, begin: int, count: int, pages: JoinedContent) -> None:
        self._intake, self._arena, self._begin, self._pages = intake, arena, begin, pages
        self._store = intake.store
        words = arena.view[begin : begin + count * PAGE].cast("Q")
        self._samples = list(map(hash, zip(*(words[word :: PAGE // 8].tolist() for word in _WORDS))))

    def keep(self) -> None:
        known, samples = self._store.by_sample, self._samples
        fresh = set(samples)
        if len(fresh) == len(samples) and _ZERO not in fresh and known.keys().isdisjoint(fresh):
            self._keep_new(0, len(samples))
            return
        index = 0
        while index < len(samples):
            index += self._keep_some(index)

    def _keep_new(self, index: int, count: int) -> None:
        """Keep pages that were never seen, and whose samples differ from each other."""
        offset = self._intake.settle(self._arena, self._begin + index * PAGE, count * PAGE)
        place = self._arena.place + offset
        places = range(place, place + count * PAGE, PAGE)
        self._store.by_sample.update(zip(self._samples[index : index + count], places))
        self._pages.append(count * PAGE, self._arena, offset)

    def _keep_some(self, index: int) -> int:
        """Keep the page and perhaps some more after it; return how many."""
        sample = self._samples[index]
        if sample == _ZERO:
            return self._skip_zeros(index) or self._keep_by_hash(index)
        place = self._store.by_sample.get(sample)
        if place == PageStore.SEVERAL:
            return self._keep_by_hash(index)
        arena = None if place is None else self._store.arena_of(place)
        if place is None or arena is None:
            self._keep_new(index, 1)
            return 1
        return self._share(index, arena, place) or self._split(index, arena, place)

    def _skip_zeros(self, index: int) -> int:
        """Note the pages from here on that are zero; return how many."""
        samples, end = self._samples, index
        while end < len(samples) and samples[end] == _ZERO:
            end += 1
        count = self._equal(index, end - index, self._intake.zeros)
        if count:
            self._pages.append(count * PAGE)
        return count

    def _share(self, index: int, arena: Arena, place: int) -> int:
        """Refer to pages that are kept already, as far as those here are equal to them; return how many."""
        samples, known, end = self._samples, self._store.by_sample, index + 1
        last = arena.place + arena.end
        following = place + PAGE
        while end < len(samples) and following < last and known.get(samples[end]) == following:
            end += 1
            following += PAGE
        count = self._equal(index, end - index, arena.address + place - arena.place)
        if count:
            self._pages.append(count * PAGE, arena, place - arena.place)
        return count

    def _equal(self, index: int, count: int, address: int) -> int:
        """How many of the pages from here on equal those at an address; the comparisons double in size."""
        mine, done, step = self._arena.address + self._begin + index * PAGE, 0, count
        while done < count:
            step = min(step, count - done)
            if self._intake.is_equal(mine + done * PAGE, address + done * PAGE, step * PAGE):
                done += step
                step *= 2
            elif step == 1:
                break
            else:
                step = 1 if done == 0 and step == count else max(1, step // 2)
        return done

    def _split(self, index: int, arena: Arena, place: int) -> int:
        """Let a sample stand for several pages from now on: the page that it stood for, and this one."""
        offset = place - arena.place
        self._store.by_hash[hash(bytes(arena.view[offset : offset + PAGE]))] = place
        self._store.by_sample[self._samples[index]] = PageStore.SEVERAL
        return self._keep_by_hash(index)

    def _keep_by_hash(self, index: int) -> int:
        begin = self._begin + index * PAGE
        key = hash(bytes(self._arena.view[begin : begin + PAGE]))
        place = self._store.by_hash.get(key)
        arena = None if place is None else self._store.arena_of(place)
        if place is not None and arena is not None:
            offset = place - arena.place
            if self._intake.is_equal(self._arena.address + begin, arena.address + offset, PAGE):
                self._pages.append(PAGE, arena, offset)
                return 1
        offset = self._intake.settle(self._arena, begin, PAGE)
        self._store.by_hash[key] = self._arena.place + offset
        self._pages.append(PAGE, self._arena, offset)
        return 1
