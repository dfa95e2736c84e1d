"""Walks all tables below a root: each once for each level that it is used at, however often it is reached.

What a table maps is found once, by offsets from where it begins, and put wherever an entry points to it:

```
  level above   [ ... | T, read-only | ... | T | ... ]      both entries point to the table T
                        |                    |
                        +--------+-----------+
                                 v
  level below   T: [ rw x 3 | - | rw x 8 ]                  two runs, found once
```

so that cost follows the number of tables and of runs that come of them, not of pages. Where runs themselves
would be too many, because tables that are shared and full of changes multiply, the walk ends at the limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from ..walk.reading import ReadsInto
from ..watch import Watch
from .address_space import PagedRegion
from .entries import UNREADABLE, EntryKind, EntryMeaning, TableLevel
from .notes import SEVERAL_LEVELS, SHARED, EntryPlace, NoteBook
from .rights import UNREAD
from .runs import MappedRun, RunList
from .tables import TablePart, entry_address, read_entries

# Tables read, and runs of pages put into tables above on any level, in all. A run takes some 200 bytes.
LIMIT = 1 << 19
# Runs that are handled in some hundredths of a second.
_BATCH = 4096


class _Meanings(dict[int, EntryMeaning]):
    """What a level's entries say, by their flags, each asked once."""

    def __init__(self, level: TableLevel) -> None:
        super().__init__()
        self._level = level

    def __missing__(self, flags: int) -> EntryMeaning:
        found = self[flags] = self._level.meaning(flags)
        return found


class _Table(NamedTuple):
    """A table at a level, and the virtual address that its first entry is for, on the first way to it."""

    address: int
    level: TableLevel
    base: int

    def place(self, index: int, value: int | None, count: int = 1) -> EntryPlace:
        """Return the place of entries from this one on."""
        level, start = self.level, self.base + (index << self.level.shift)
        where = entry_address(self.address, level, index)
        return EntryPlace(start, start + (count << level.shift), level.name, where, value)


class TableWalk:
    """A walk over the trees of one address space; its notes are of all of it.

    With `physical` a run's pages lie side by side in physical memory too.
    """

    def __init__(self, memory: ReadsInto, watch: Watch, limit: int, *, physical: bool) -> None:
        self.notes = NoteBook()
        self.tables = 0
        self._memory, self._watch, self._left, self._physical = memory, watch, limit, physical
        self._known: dict[tuple[int, TableLevel], RunList] = {}
        self._shifts: dict[int, int] = {}
        self._meanings: dict[TableLevel, _Meanings] = {}

    def region(self, region: PagedRegion) -> RunList:
        """Return what a region maps, by offsets from the start of what the whole first table maps.

        Raise Interrupted as the watch says.
        """
        level, first = region.level, region.first_offset
        top = _Table(region.root, level, region.start - first)
        self._shifts.setdefault(region.root, level.shift)
        return self._runs(top, first >> level.shift, first + region.end - region.start >> level.shift)

    def in_batches(self, runs: list[MappedRun]) -> Iterator[list[MappedRun]]:
        """Yield runs, so few at a time that the watch is asked often; raise Interrupted as it says."""
        for first in range(0, len(runs), _BATCH):
            self._watch.check()
            yield runs[first : first + _BATCH]

    def _runs(self, table: _Table, first: int, end: int) -> RunList:
        """Return what the entries `first`..`end` of a table map."""
        self._watch.check()
        self.tables += 1
        self._left -= 1
        found, at = RunList(end << table.level.shift), first
        for part in read_entries(self._memory, table.address, table.level, first, end):
            self._unread(found, table, at, part.first)
            at = part.first + len(part.entries)
            # Most entries of most tables are empty, and often all.
            if any(part.entries) and not self._entries(found, table, part):
                return found
        self._unread(found, table, at, end)
        return found

    def _unread(self, found: RunList, table: _Table, first: int, end: int) -> None:
        if first < end:
            self.notes.add(UNREADABLE, table.place(first, None, end - first))
            found.add(MappedRun(first << table.level.shift, end << table.level.shift, UNREAD))

    def _entries(self, found: RunList, table: _Table, part: TablePart) -> bool:
        """Add what entries map; return whether all could be added."""
        level, index = table.level, part.first
        says = self._meanings.setdefault(level, _Meanings(level))
        mask = ~level.address_mask
        for meaning, same in groupby([says[entry & mask] for entry in part.entries]):
            count = len(list(same))
            if meaning.kind is EntryKind.ABSENT:
                index += count
                continue
            entries = part.entries[index - part.first : index - part.first + count]
            if meaning.kind is EntryKind.TABLE:
                if not self._tables(found, table, index, entries, meaning):
                    return False
            elif meaning.kind is EntryKind.PAGE:
                self._pages(found, level, index, entries, meaning)
            else:
                self.notes.add(meaning.why, table.place(index, entries[0]), count)
            index += count
        return True

    def _pages(
        self, found: RunList, level: TableLevel, index: int, entries: tuple[int, ...], meaning: EntryMeaning
    ) -> None:
        shift = level.shift
        if not self._physical:
            found.add(_pages_from(index, len(entries), shift, meaning, None))
            return
        for number, entry in enumerate(entries, index):
            # A page may be larger than what one entry maps: each has a part of it.
            inside = (number << shift) & (meaning.page_size - 1)
            where = level.page(entry, meaning.page_size) + inside
            found.add(_pages_from(number, 1, shift, meaning, where))

    def _tables(
        self, found: RunList, table: _Table, index: int, entries: tuple[int, ...], meaning: EntryMeaning
    ) -> bool:
        level = table.level
        assert level.below is not None
        for number, entry in enumerate(entries, index):
            if self._left < 0:
                found.end = number << level.shift
                return False
            below, offset = (
                self._below(level.address(entry), level.below, table.place(number, entry)),
                number << level.shift,
            )
            for some in self.in_batches(below.runs):
                found.add_below(some, meaning, offset)
            self._left -= len(below.runs)
            if below.end < level.below.span:
                found.end = offset + below.end
                return False
        return True

    def _below(self, address: int, level: TableLevel, place: EntryPlace) -> RunList:
        """Return what a table maps to which the entry at this place points."""
        known = self._known.get((address, level))
        if known is not None:
            self.notes.add(SHARED, place)
            return known
        if self._shifts.setdefault(address, level.shift) != level.shift:
            self.notes.add(SEVERAL_LEVELS, place)
        found = self._runs(_Table(address, level, place.start), 0, level.entries)
        self._known[address, level] = found
        return found


def _pages_from(index: int, count: int, shift: int, meaning: EntryMeaning, physical: int | None) -> MappedRun:
    size = count << shift
    accessed, dirty = size if meaning.accessed else 0, size if meaning.dirty else 0
    start = index << shift
    return MappedRun(start, start + size, meaning.bits, meaning.page_size, accessed, dirty, physical)
