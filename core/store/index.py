"""Where pages of some content may lie: a hash table in the pool, used only as a hint.

A page that it names is compared before it is used. So it needs no upkeep when pages are freed, a failed
snapshot may leave entries in it, and a damaged one is made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from ..errors import PoolCorrupt, PoolError
from ..pool import Pool
from .layout import INDEX
from .words import Words

_LEAST = 1 << 12
_MOST = 1 << 30
# Two words come before the slots: the number of slots, and of those in use.
_HEAD = 2
# An entry is looked for in this many slots from its place. At most two thirds of the table are in use.
_PROBES = 64
_PAGE_BITS = 34  # a pool has 2**46 bytes in pages of 2**12
_PAGE_MASK = (1 << _PAGE_BITS) - 1
_UNIT_BITS = 6


class PageIndex:
    """Pages by the upper 30 bits of their CRC-32.

    A page's number is its distance from the pool's base, in pages.
    """

    def __init__(self, pool: Pool, live_units: Callable[[], Container[int]]) -> None:
        """Open the index of a pool; make one if the pool has no usable one.

        `live_units` returns the units of 64 pages that contain blobs: entries of others are dropped.
        Raises `PoolError` if the pool can't grow.
        """
        self._pool = pool
        self._live_units = live_units
        self._address = pool.get_key(INDEX)
        found = None if self._address is None else self._existing(self._address)
        if found is None:
            self._address = None  # what the key names may not be an index: it is not freed
            self._make(_LEAST)
        else:
            self._words, self._used = found
            self._count = self._words.count - _HEAD

    def candidates(self, checksum: int) -> list[int]:
        """Return the pages whose content may have this CRC-32.

        Raises `PoolError` if the pool can't be read, or a new table doesn't fit.
        """
        tag = checksum >> 2
        words, mask = self._words, self._count - 1
        found = []
        try:
            for at in range(tag, tag + _PROBES):
                entry = words[(at & mask) + _HEAD]
                if not entry:
                    break
                if entry >> _PAGE_BITS == tag:
                    found.append(entry & _PAGE_MASK)
        except PoolCorrupt:
            self._make(_LEAST)
            return []
        return found

    def add(self, checksum: int, page: int) -> None:
        """Note that a page has this CRC-32. Raises `PoolError` if the pool can't grow."""
        try:
            if self._used * 3 >= self._count * 2:
                self._grow()
            self._insert(checksum >> 2, page)
        except PoolCorrupt:
            self._make(_LEAST)
            self._insert(checksum >> 2, page)

    def close(self) -> None:
        """Write the noted pages to the pool, for its next commit.

        Raises `PoolError` if it can't be written.
        """
        self._words[0], self._words[1] = self._count, self._used
        self._words.write()

    def _insert(self, tag: int, page: int) -> None:
        words, mask = self._words, self._count - 1
        entry = tag << _PAGE_BITS | page
        for at in range(tag, tag + _PROBES):
            if not words[(at & mask) + _HEAD]:
                self._used += 1
                words[(at & mask) + _HEAD] = entry
                return
        words[(tag & mask) + _HEAD] = entry

    def _existing(self, address: int) -> tuple[Words, int] | None:
        try:
            count, rest = divmod(self._pool.size_of(address), 8)
            slots = count - _HEAD
            if rest or not _LEAST <= slots <= _MOST or slots & (slots - 1):
                return None
            words = Words(self._pool, address, count)
            return (words, min(words[1], slots)) if words[0] == slots else None
        except PoolError:
            return None

    def _make(self, slots: int) -> None:
        """Make an empty table in place of the current one."""
        old, size = self._address, (slots + _HEAD) * 8
        self._address = self._pool.calloc(1, size)
        self._pool.set_key(INDEX, self._address)
        self._words = Words(self._pool, self._address, slots + _HEAD)
        self._count, self._used = slots, 0
        if old is not None:
            self._pool.free(old)

    def _grow(self) -> None:
        live = self._live(self._words.all()[_HEAD:])
        slots = _LEAST
        while slots < 3 * len(live) and slots < _MOST:
            slots *= 2
        self._make(slots)
        for entry in live:
            self._insert(entry >> _PAGE_BITS, entry & _PAGE_MASK)

    def _live(self, entries: Iterable[int]) -> list[int]:
        units = self._live_units()
        return [entry for entry in entries if entry and (entry & _PAGE_MASK) >> _UNIT_BITS in units]
