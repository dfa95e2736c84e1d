"""Follows one virtual address through the page tables, entry by entry."""

from __future__ import annotations

from typing import NamedTuple

from ..integers import as_address
from ..walk.reading import ReadsInto
from .address_space import AddressSpace, PagedRegion
from .entries import NOT_PRESENT, UNREADABLE, EntryKind, EntryMeaning, TableLevel, field_names
from .rights import PageRights, RightsDecoder
from .tables import entry_address, read_entries

NOT_TRANSLATED = "not a canonical address, or in no translated range"


class WalkStep(NamedTuple):
    """One entry on the way: its level, its physical address, its value, and its fields that aren't zero.

    `value` is None if it can't be read.
    """

    level: str
    address: int
    value: int | None
    fields: tuple[str, ...]

    def __str__(self) -> str:
        value = "?" if self.value is None else f"{self.value:#x}"
        return f"{self.level} at {self.address:#x} = {value} {' '.join(self.fields)}".rstrip()


class PageWalk(NamedTuple):
    """The way of an address through the tables, and where it ends.

    Either at the physical address `physical`, in a page of this size with these rights, accessed and dirty as
    the last entry says; or, if `why` isn't "", without one.
    """

    address: int
    steps: tuple[WalkStep, ...]
    physical: int | None = None
    page_size: int = 0
    rights: PageRights | None = None
    accessed: bool = False
    dirty: bool | None = None
    why: str = ""


def walk_address(memory: ReadsInto, space: AddressSpace, address: int) -> PageWalk:
    """Return the way of a virtual address to a physical one; `memory` is as for `paged_areas`.

    Raise InvalidArgument for what is no address, and whatever the memory raises.
    """
    address = as_address(address)
    region = space.region_of(address)
    if region is None:
        return PageWalk(address, (), why=NOT_TRANSLATED)
    return _Descent(memory, space, region, address).walk()


class _Descent:
    """A walk in the making: the bits that the levels so far leave and add."""

    def __init__(self, memory: ReadsInto, space: AddressSpace, region: PagedRegion, address: int) -> None:
        self._memory, self._space, self._region, self._address = memory, space, region, address
        self._keep, self._added = region.keep, 0
        self._steps: list[WalkStep] = []

    def walk(self) -> PageWalk:
        """Go down to the page, or to what stops the way."""
        table: int = self._region.root
        level: TableLevel | None = self._region.level
        while level is not None:
            entry = self._entry(table, level)
            if entry is None:
                return PageWalk(self._address, tuple(self._steps), why=UNREADABLE)
            meaning = level.meaning(entry & ~level.address_mask)
            self._steps[-1] = self._steps[-1]._replace(fields=field_names(entry, level.fields(meaning)))
            if meaning.kind is not EntryKind.TABLE:
                return self._end(level, entry, meaning)
            self._keep &= meaning.keep
            self._added |= meaning.bits
            table, level = level.address(entry), level.below
        raise AssertionError("the last level has no tables below")

    def _entry(self, table: int, level: TableLevel) -> int | None:
        index = (self._address & (level.span - 1)) >> level.shift
        parts = read_entries(self._memory, table, level, index, index + 1)
        entry = parts[0].entries[0] if parts else None
        self._steps.append(WalkStep(level.name, entry_address(table, level, index), entry, ()))
        return entry

    def _end(self, level: TableLevel, entry: int, meaning: EntryMeaning) -> PageWalk:
        steps, space, size = tuple(self._steps), self._space, meaning.page_size
        if meaning.kind is not EntryKind.PAGE:
            return PageWalk(self._address, steps, why=meaning.why or NOT_PRESENT)
        bits = meaning.bits & self._keep | self._added
        return PageWalk(
            self._address,
            steps,
            level.page(entry, size) | self._address & (size - 1),
            size,
            RightsDecoder(space.rule, space.memory_types)[bits],
            meaning.accessed,
            meaning.dirty if space.knows_dirty else None,
        )
