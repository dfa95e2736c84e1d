"""Which pages of the file are in use, and where the next ones go.

Three views of the file, as bitmaps of `GROUP` pages each: what the last commit uses, what the next one
will use (the *working* state), and what may be written now. A page that the last commit uses is never
written, even if the working state has freed it: that makes a commit atomic. Pages that a commit freed
stay untouched for as long as a reader has an older commit pinned. Groups are loaded when they are
needed, so an attach costs the same however many there are.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator

from ..errors import PoolCorrupt, PoolRefused
from .layout import GROUP, HEADER_PAGES, MAX_FILE_PAGES

PageRun = tuple[int, int]

_EVERY = (1 << GROUP) - 1
_HEADER = (1 << HEADER_PAGES) - 1
# Pieces of large blocks have at least this many pages, so that they can be mapped rather than read.
MAPPABLE_RUN = 16
# The groups one allocation may load while it looks for room: its work is bounded, the next one goes on.
_LOADS = 4


def bits(first: int, count: int) -> int:
    """Return `count` set bits from bit `first` on."""
    return ((1 << count) - 1) << first


def count_bits(mask: int) -> int:
    """Return how many bits are set."""
    return bin(mask).count("1")


def lowest_run(free: int, count: int) -> int:
    """Return the first bit of the lowest run of `count` set bits, or -1 if there is none."""
    have = 1
    while have < count and free:
        step = min(have, count - have)
        free &= free >> step
        have += step
    return (free & -free).bit_length() - 1


class Space:
    """The pages of one file.

    `end` is the first page after all that are in use, `used` counts those, and `free` counts the pages
    below it that are known to be writable now.

    `load(group)` returns the bitmap of the last commit. A `frozen` space has readers of commits whose
    pages are unknown: only pages past the file's end are written until they are gone.
    """

    def __init__(self, load: Callable[[int], int], end: int, used: int) -> None:
        self._load = load
        self._committed: dict[int, int] = {}
        self._working: dict[int, int] = {}
        self._free: dict[int, int] = {}
        self._held: list[tuple[int, dict[int, int]]] = []
        self._scanned = 0
        self.changed: set[int] = set()
        self.end = end
        self.used = used
        self.free = 0
        self.frozen = False

    def allocate(self, count: int, below: int = MAX_FILE_PAGES) -> list[PageRun]:
        """Return `count` pages to write to, in as few and as low runs as are found; past the end if needed.

        `below`: pages under this one are taken first, in any number of runs.

        Raises `PoolError` if the file would grow beyond what the format can address.
        """
        self._scan(count)
        runs = self._find(count, below) or self._gather(count, below)
        for page, length in runs:
            self.take(page, length)
        missing = count - sum(length for _, length in runs)
        if missing:
            runs.append(self._append(missing))
        return runs

    def release(self, page: int, count: int = 1) -> None:
        """Free pages that the working state used. Raises `PoolCorrupt` if it didn't use them."""
        for group, first, length in by_group(page, count):
            self._need(group)
            mask = bits(first, length)
            if self._working[group] & mask != mask:
                raise PoolCorrupt(f"file pages {page:#x}..{page + count:#x} are in use but marked free")
            self._working[group] &= ~mask
            self._add_free(group, mask & ~self._committed[group])
            self.changed.add(group)
        self.used -= count

    def working(self, group: int) -> int:
        """Return the bitmap of a group as the next commit will have it."""
        self._need(group)
        return self._working[group]

    def committed(self, generation: int) -> None:
        """Make the working state the last commit, `generation`; the pages it freed wait for `unpin`."""
        freed = {}
        for group in self.changed:
            gone = self._committed[group] & ~self._working[group]
            self._committed[group] = self._working[group]
            if gone:
                freed[group] = gone
        self.changed.clear()
        if freed:
            self._held.append((generation, freed))

    def unpin(self, oldest_pin: int | None) -> None:
        """Free what readers of commits from `oldest_pin` on can't see; None: there are no such readers."""
        while self._held and (oldest_pin is None or self._held[0][0] <= oldest_pin):
            for group, mask in self._held.pop(0)[1].items():
                self._add_free(group, mask & ~self._working[group])
        if oldest_pin is None:
            self.frozen = False

    def trim(self) -> int:
        """Lower `end` to just after the last page that the pool or a reader may use; return it."""
        if not self.frozen:
            self.end = self._busy_end()
            for group in [group for group in self._free if (group + 1) * GROUP > self.end]:
                self._drop_free(group, _EVERY & ~_bits_below(group, self.end))
        return self.end

    @property
    def pinned(self) -> bool:
        """Whether readers may use pages that no commit needs any more."""
        return self.frozen or bool(self._held)

    def learn(self) -> None:
        """Find all free pages, which reads a page for each 128 MiB of the file.

        Raises `PoolCorrupt` if a bitmap is damaged.
        """
        while self._scanned * GROUP < self.end and not self.frozen:
            self._scan(MAX_FILE_PAGES)

    def lowest_end(self, margin: int, most: int) -> int:
        """Return the lowest page such that all used pages from it on fit into the free ones below it.

        They are `most` at most, and `margin` more pages have to fit. Return `end` if there is no such page.
        """
        used, free = margin, self.free
        for group in range((self.end - 1) // GROUP, -1, -1):
            self._need(group)
            used_here, free_here = self._working[group], self._free.get(group, 0)
            used, free = used + count_bits(used_here), free - count_bits(free_here)
            if used <= free and used - margin <= most:
                continue
            low, high = 0, GROUP
            while low < high:
                middle = (low + high) // 2
                above, below = (
                    count_bits(used_here & bits(0, middle)),
                    count_bits(free_here & bits(0, middle)),
                )
                if used - above <= free + below and used - above - margin <= most:
                    high = middle
                else:
                    low = middle + 1
            return min(self.end, group * GROUP + low)
        return self.end

    def loaded(self) -> list[int]:
        """Return the groups in memory."""
        return list(self._working)

    def _busy_end(self) -> int:
        """Return the first page after all that the pool or a reader may use."""
        group = (self.end - 1) // GROUP
        while True:
            self._need(group)
            busy = self._busy(group)
            if busy or not group:
                return group * GROUP + busy.bit_length()
            group -= 1

    def working_end(self) -> int:
        """Return the first page after all that the working state uses."""
        group = (self.end - 1) // GROUP
        while not self.working(group):
            group -= 1
        return group * GROUP + self._working[group].bit_length()

    def _busy(self, group: int) -> int:
        busy = self._committed[group] | self._working[group]
        for _, pages in self._held:
            busy |= pages.get(group, 0)
        return busy

    def _need(self, group: int) -> None:
        if group not in self._working:
            used = self._load(group)
            if group == 0:
                used |= _HEADER
            self._committed[group] = self._working[group] = used

    def _scan(self, count: int) -> None:
        """Load groups in order until `count` free pages are known, at most `_LOADS` of them."""
        loads = 0
        while self.free < count and loads < _LOADS and self._scanned * GROUP < self.end and not self.frozen:
            group, self._scanned = self._scanned, self._scanned + 1
            self._need(group)
            self._add_free(group, _bits_below(group, self.end) & ~self._busy(group))
            loads += 1

    def _find(self, count: int, below: int) -> list[PageRun]:
        for group in sorted(self._free) if count <= min(GROUP, self.free) else ():
            first = lowest_run(self._free[group] & _bits_below(group, below), count)
            if first >= 0:
                return [(group * GROUP + first, count)]
        return []

    def _gather(self, count: int, below: int) -> list[PageRun]:
        """Return runs that together have at most `count` pages; for many pages, only runs worth mapping."""
        found: list[PageRun] = []
        shortest = MAPPABLE_RUN if count >= MAPPABLE_RUN and below == MAX_FILE_PAGES else 1
        for group in sorted(self._free):
            mask = self._free[group] & _bits_below(group, below)
            first = lowest_run(mask, shortest)
            while first >= 0 and count:
                length = min(count, run_length(mask, first))
                found.append((group * GROUP + first, length))
                mask &= ~bits(first, length)
                count -= length
                first = lowest_run(mask, shortest)
        return found

    def _add_free(self, group: int, mask: int) -> None:
        before = self._free.get(group, 0)
        if mask & ~before:
            self._free[group] = before | mask
            self.free += count_bits(mask & ~before)

    def _drop_free(self, group: int, mask: int) -> None:
        before = self._free.get(group, 0)
        if before & mask:
            self.free -= count_bits(before & mask)
            if before & ~mask:
                self._free[group] = before & ~mask
            else:
                del self._free[group]

    def take(self, page: int, count: int = 1) -> None:
        """Mark pages as used by the working state, wherever they are."""
        for group, first, length in by_group(page, count):
            self._need(group)
            mask = bits(first, length)
            self._working[group] |= mask
            self._drop_free(group, mask)
            self.changed.add(group)
        self.used += count

    def _append(self, count: int) -> PageRun:
        page = self.end
        if page + count > MAX_FILE_PAGES:
            raise PoolRefused(f"a file of more than {MAX_FILE_PAGES} pages", errno=errno.EFBIG)
        self.end = page + count
        self.take(page, count)
        return page, count


def run_length(mask: int, first: int) -> int:
    """Return how many consecutive bits are set from bit `first` on."""
    rest = mask >> first
    return (~rest & (rest + 1)).bit_length() - 1


def _bits_below(group: int, page: int) -> int:
    """Return the bits of a group that are for pages under `page`."""
    return bits(0, min(GROUP, max(0, page - group * GROUP)))


def by_group(page: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Yield a run of pages cut at the borders of groups: (group, first bit, length)."""
    while count:
        group, first = divmod(page, GROUP)
        length = min(count, GROUP - first)
        yield group, first, length
        page, count = page + length, count - length
