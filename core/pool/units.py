"""The unit table: what each unit of the pool's address space is, 64 bits each.

Bits 0-1 are the kind, bits 2-7 the lead, the rest a value:

- `FREE`: nothing;
- `HEAP`: a region of small blocks; the value is its longest free chunk, in units of 8 bytes;
- `LARGE`: a large block begins here, `lead` pages into the unit; the value is its size in bytes;
- `INSIDE`: a large block continues here; the value is how many units before this one it began.

The table is read page by page as needed; its free units and its regions with room are noted when their
page is read.
"""

from __future__ import annotations

import errno
from array import array
from bisect import bisect_left, insort
from typing import NamedTuple

from ..errors import PoolCorrupt, PoolRefused
from .layout import FANOUT, MAX_BLOCK, MAX_UNITS, PAGE_BITS, UNIT, UNIT_PAGES, UNITS
from .runs import FreeNumbers
from .store import PageFile
from .tree import numbers, raw_numbers

FREE, HEAP, LARGE, INSIDE = range(4)
_KIND_MASK = 3
_LEAD_SHIFT = 2
_LEAD_MASK = 0x3F
_VALUE_SHIFT = 8
# The pages of the table one search may load: its work is bounded, the next search goes on.
_LOADS = 4


class Unit(NamedTuple):
    """One entry of the table."""

    kind: int
    lead: int = 0
    value: int = 0

    def pack(self) -> int:
        """Return the entry as it is stored."""
        return self.kind | self.lead << _LEAD_SHIFT | self.value << _VALUE_SHIFT


def unpack_unit(number: int, unit: int, end: int) -> Unit:
    """Return the entry of the table stored for `unit`. Raises `PoolCorrupt` if it is impossible."""
    kind, lead, value = number & _KIND_MASK, number >> _LEAD_SHIFT & _LEAD_MASK, number >> _VALUE_SHIFT
    good = {
        FREE: not number,
        HEAP: not lead and value <= UNIT // 8,
        LARGE: 0 < value <= MAX_BLOCK and unit + units_for(lead, value) <= end,
        INSIDE: not lead and 0 < value < unit,
    }
    if not good[kind] or (number and not 0 < unit < end):
        raise PoolCorrupt(f"unit {unit:#x}: its entry is {number:#x}, of {end:#x} units")
    return Unit(kind, lead, value)


def units_for(lead: int, size: int) -> int:
    """Return how many units a large block of `size` bytes takes that begins `lead` pages into its first."""
    return -(-((lead << PAGE_BITS) + size) // UNIT)


class Units:
    """The unit table of one pool. `end` is the first unit that was never in use; unit 0 never is."""

    def __init__(self, store: PageFile, end: int) -> None:
        self._store = store
        self.end = end
        self._pages: dict[int, array[int]] = {}
        self._changed: set[int] = set()
        self._free = FreeNumbers()
        self._roomy: list[tuple[int, int]] = []
        self._next = 0

    def get(self, unit: int) -> Unit:
        """Return the entry of a unit, `FREE` for one outside the table.

        Raises `PoolCorrupt` if it is impossible.
        """
        if not 0 < unit < self.end:
            return Unit(FREE)
        return unpack_unit(self._page(unit // FANOUT)[unit % FANOUT], unit, self.end)

    def set(self, unit: int, entry: Unit) -> None:
        """Set the entry of a unit."""
        page = self._page(unit // FANOUT)
        number = entry.pack()
        if page[unit % FANOUT] != number:
            page[unit % FANOUT] = number
            self._changed.add(unit // FANOUT)

    def allocate(self, count: int) -> int:
        """Return the first of `count` free consecutive units.

        Raises `PoolError` (ENOMEM) if there are none.
        """
        self._learn()
        first = self._free.take(count)
        if first is None:
            first = self._free.take_last(self.end)
            if first is None:
                first = self.end
            if first + count > MAX_UNITS:
                self._free.add(first, self.end - first)
                raise PoolRefused("the pool's address space is full", errno=errno.ENOMEM)
            for page in range(self.end // FANOUT, (first + count - 1) // FANOUT + 1):
                self._page(page)  # while the new units don't count as existing yet
            self.end = first + count
        return first

    def set_large(self, first: int, lead: int, size: int) -> None:
        """Set the entries of allocated units from `first` on for a large block."""
        self.set(first, Unit(LARGE, lead, size))
        for ago in range(1, units_for(lead, size)):
            self.set(first + ago, Unit(INSIDE, 0, ago))

    def release(self, first: int, count: int) -> None:
        """Free `count` units from `first` on."""
        for unit in range(first, first + count):
            self.set(unit, Unit(FREE))
        self._free.add(first, count)

    def give_back(self, first: int, count: int) -> None:
        """Free units that were allocated and never set."""
        if count:
            self._free.add(first, count)

    def take_roomy(self, need: int) -> int:
        """Return an unloaded region with a free chunk of `need` bytes, the fullest first; 0 if none is known.

        A region is returned only once: the caller loads it.
        """
        self._learn()
        at = bisect_left(self._roomy, (need // 8, 0))
        return self._roomy.pop(at)[1] if at < len(self._roomy) else 0

    def flush(self) -> None:
        """Write the changed pages of the table to the file."""
        for number in sorted(self._changed):
            raw = raw_numbers(self._pages[number])
            if any(raw):
                self._store.put(UNITS, number, raw)
            else:
                self._store.clear(UNITS, number, 1)
            self._changed.discard(number)

    @property
    def address_bytes(self) -> int:
        """How many bytes of the address space were ever in use."""
        return self.end * UNIT

    @property
    def changed(self) -> bool:
        """Whether a flush would write anything."""
        return bool(self._changed)

    def _learn(self) -> None:
        for _ in range(_LOADS):
            if self._next * FANOUT >= self.end:
                return
            self._page(self._next)
            self._next += 1

    def _page(self, number: int) -> array[int]:
        page = self._pages.get(number)
        if page is None:
            raw = self._store.page(UNITS, number)
            page = self._pages[number] = numbers(raw) if raw else array("Q", bytes(8 * FANOUT))
            self._classify(number * FANOUT, page)
        return page

    def _classify(self, first: int, page: array[int]) -> None:
        free_from = -1
        for unit, number in enumerate(page, first):
            if not 0 < unit < self.end:
                continue
            if not number and free_from < 0:
                free_from = unit
            elif number and free_from >= 0:
                self._free.add(free_from, unit - free_from)
                free_from = -1
            if number & _KIND_MASK == HEAP and number >> _VALUE_SHIFT:
                insort(self._roomy, (number >> _VALUE_SHIFT, unit))
        if free_from >= 0:
            self._free.add(free_from, min(first + FANOUT, self.end) - free_from)


def first_page(unit: int, lead: int = 0) -> int:
    """Return the pool page `lead` pages into a unit, by default its first."""
    return unit * UNIT_PAGES + lead
