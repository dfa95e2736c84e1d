"""Where pages of some content may lie: a hash table in the pool, and nothing but a hint.

What it says is compared with the pages themselves before anything relies on it. So it needs no upkeep
when pages are freed, a failed snapshot may leave things in it, and a damaged one costs only space.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Container
from typing import Optional

from ..errors import PoolError
from ..pool import Pool
from .layout import INDEX

_HEAD = struct.Struct("<QQ")
_LEAST = 1 << 12
_MOST = 1 << 30
# So far from its place an entry is looked for. At most two thirds of the table are in use.
_PROBES = 64
_PAGE_BITS = 34  # a pool has 2**46 bytes in pages of 2**12
_PAGE_MASK = (1 << _PAGE_BITS) - 1
_UNIT_BITS = 6


class PageIndex:
    """Pages by the upper 30 bits of their CRC-32.

    A page's number is its distance from the pool's base, in pages.
    """

    def __init__(self, pool: Pool, live_units: Callable[[], Container[int]]) -> None:
        """The index of a pool, made if it has none that can be used.

        `live_units` tells in which units of 64 pages blobs lie: of others nothing is kept.
        """
        self._pool = pool
        self._live_units = live_units
        address = pool.get_key(INDEX)
        found = None if address is None else self._existing(address)
        if found is None:
            address, found = self._make(_LEAST)
        self._address, self._view = address or 0, found
        self._slots = found[_HEAD.size :].cast("Q")
        self._count = len(self._slots)
        self._used = min(_HEAD.unpack_from(found)[1], self._count)

    def candidates(self, checksum: int) -> list[int]:
        """The pages that may have a content of this CRC-32."""
        tag = checksum >> 2
        slots, mask = self._slots, self._count - 1
        found = []
        for at in range(tag, tag + _PROBES):
            entry = slots[at & mask]
            if not entry:
                break
            if entry >> _PAGE_BITS == tag:
                found.append(entry & _PAGE_MASK)
        return found

    def add(self, checksum: int, page: int) -> None:
        """Notes that a page has this CRC-32. Raises `PoolError` if the pool can't grow."""
        if self._used * 3 >= self._count * 2:
            self._grow()
        self._insert(checksum >> 2, page)

    def close(self) -> None:
        """Lets the view go; what was written is part of the next commit."""
        _HEAD.pack_into(self._view, 0, self._count, self._used)
        self.abandon()

    def abandon(self) -> None:
        """Lets the view go of what is given up."""
        self._slots.release()
        self._view.release()

    def _insert(self, tag: int, page: int) -> None:
        slots, mask = self._slots, self._count - 1
        entry = tag << _PAGE_BITS | page
        for at in range(tag, tag + _PROBES):
            if not slots[at & mask]:
                self._used += 1
                slots[at & mask] = entry
                return
        slots[tag & mask] = entry

    def _existing(self, address: int) -> Optional[memoryview]:
        try:
            size = self._pool.size_of(address)
            if size < _HEAD.size:
                return None
            view = self._pool.view(address, verify=False)
        except PoolError:
            return None
        count = _HEAD.unpack_from(view)[0]
        fits = _LEAST <= count <= _MOST and not count & (count - 1) and size == _HEAD.size + count * 8
        return view if fits else None

    def _make(self, count: int) -> tuple[int, memoryview]:
        address = self._pool.calloc(1, _HEAD.size + count * 8)
        self._pool.set_key(INDEX, address)
        view = self._pool.view(address)
        _HEAD.pack_into(view, 0, count, 0)
        return address, view

    def _grow(self) -> None:
        entries = array("Q", self._slots)
        units = self._live_units()
        live = [entry for entry in entries if entry and (entry & _PAGE_MASK) >> _UNIT_BITS in units]
        count = _LEAST
        while count < 3 * len(live) and count < _MOST:
            count *= 2
        old = self._address
        self._slots.release()
        self._view.release()
        self._address, self._view = self._make(count)
        self._pool.free(old)
        self._slots, self._count, self._used = self._view[_HEAD.size :].cast("Q"), count, 0
        for entry in live:
            self._insert(entry >> _PAGE_BITS, entry & _PAGE_MASK)
