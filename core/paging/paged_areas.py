"""The map of an address space as its page tables make it, and what is wrong with the tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from ..ranges import Range, coalesce
from ..walk.reading import ReadsInto
from ..watch import UNWATCHED, Watch
from .address_space import AddressSpace
from .notes import TOO_MANY, NoteBook, PagingNote
from .rights import UNREAD, PageRights, RightsDecoder
from .runs import MappedRun
from .table_walk import LIMIT, TableWalk


class PagedArea(NamedTuple):
    """Addresses `start`..`end` that are mapped with equal rights, in pages of one or of several sizes.

    `accessed` and `dirty` say how many bytes are in pages that the processor, or software for it, has marked;
    `dirty` is None where the processor marks none.
    """

    start: int
    end: int
    rights: PageRights
    page_sizes: tuple[int, ...]
    accessed: int
    dirty: int | None

    @property
    def size(self) -> int:
        """Bytes in the area."""
        return self.end - self.start


class PagedExtent(NamedTuple):
    """Addresses `start`..`end` with equal rights, side by side in physical memory from `physical` on."""

    start: int
    end: int
    physical: int
    rights: PageRights

    def virtual(self, physical: int) -> int:
        """Return the virtual address of a physical one in the extent."""
        return self.start + physical - self.physical

    def continues_at(self, address: int, physical: int) -> bool:
        """Return whether the extent ends where these addresses are."""
        return self.end == address and self.physical + self.end - self.start == physical


class PagedAreas(NamedTuple):
    """All areas of an address space, in order, and what stands against them.

    In `unread` ranges something may be mapped, by tables that can't be read; neither there nor from `stopped`
    on, if it isn't None, is anything known. Outside of these, what is in no area isn't mapped: entries that a
    processor refuses, whatever the access, map nothing, and are in the notes. `tables` is how many were read.
    """

    areas: tuple[PagedArea, ...]
    unread: tuple[Range, ...]
    stopped: int | None
    tables: int
    notes: tuple[PagingNote, ...]


class PagedExtents(NamedTuple):
    """All extents of an address space, in order of their virtual addresses; the rest as of `PagedAreas`."""

    extents: tuple[PagedExtent, ...]
    unread: tuple[Range, ...]
    stopped: int | None
    tables: int
    notes: tuple[PagingNote, ...]


def paged_areas(
    memory: ReadsInto, space: AddressSpace, *, limit: int = LIMIT, watch: Watch = UNWATCHED
) -> PagedAreas:
    """Return the areas of an address space.

    `memory` reads physical addresses; what it can't read counts as not known, so where nothing is it must
    read nothing, not zeros. `limit` is how many tables are read and ranges made at most, in all. Raise
    Interrupted as the watch says, and whatever the memory raises.
    """
    found = _Found(memory, space, watch, limit, physical=False)
    sizes = _PageSizes()
    areas: list[PagedArea] = []
    for offset, run, rights in found.pages():
        dirty = run.dirty if space.knows_dirty else None
        area = PagedArea(run.start + offset, run.end + offset, rights, sizes[run.sizes], run.accessed, dirty)
        last = areas[-1] if areas else None
        if last is not None and last.end == area.start and last.rights == area.rights:
            areas[-1] = _joined(last, area)
        else:
            areas.append(area)
    return PagedAreas(tuple(areas), *found.rest())


def paged_extents(
    memory: ReadsInto, space: AddressSpace, *, limit: int = LIMIT, watch: Watch = UNWATCHED
) -> PagedExtents:
    """Return where each part of an address space lies in physical memory; otherwise as `paged_areas`."""
    found = _Found(memory, space, watch, limit, physical=True)
    extents: list[PagedExtent] = []
    for offset, run, rights in found.pages():
        assert run.physical is not None
        start, end = run.start + offset, run.end + offset
        last = extents[-1] if extents else None
        if last is not None and last.continues_at(start, run.physical) and last.rights == rights:
            extents[-1] = PagedExtent(last.start, end, last.physical, rights)
        else:
            extents.append(PagedExtent(start, end, run.physical, rights))
    return PagedExtents(tuple(extents), *found.rest())


class _Found:
    """What a walk over all regions gives; the rest is known when the pages were taken."""

    def __init__(
        self, memory: ReadsInto, space: AddressSpace, watch: Watch, limit: int, *, physical: bool
    ) -> None:
        self._space, self._walk = space, TableWalk(memory, watch, limit, physical=physical)
        self._unread: list[Range] = []
        self._stopped: int | None = None

    def pages(self) -> Iterator[tuple[int, MappedRun, PageRights]]:
        """Yield the runs of pages in order, with what their offsets lack to addresses, and their rights."""
        rights = RightsDecoder(self._space.rule, self._space.memory_types)
        for region in self._space.regions:
            found, offset = self._walk.region(region), region.start - region.first_offset
            for run in chain.from_iterable(self._walk.in_batches(found.runs)):
                if run.bits == UNREAD:
                    self._unread.append(Range(run.start + offset, run.end + offset))
                else:
                    yield offset, run, rights[run.bits & region.keep]
            if found.end + offset < region.end:
                self._stopped = found.end + offset
                self._walk.notes.add(TOO_MANY)
                return

    def rest(self) -> tuple[tuple[Range, ...], int | None, int, tuple[PagingNote, ...]]:
        """Return what is left to say: unread, stopped, tables, notes."""
        said = NoteBook()
        for sentence in self._space.left_out:
            said.add(sentence)
        notes = self._walk.notes.notes + said.notes
        return tuple(coalesce(self._unread)), self._stopped, self._walk.tables, notes


def _joined(left: PagedArea, right: PagedArea) -> PagedArea:
    dirty = None if left.dirty is None or right.dirty is None else left.dirty + right.dirty
    sizes = tuple(sorted({*left.page_sizes, *right.page_sizes}))
    return PagedArea(left.start, right.end, left.rights, sizes, left.accessed + right.accessed, dirty)


class _PageSizes(dict[int, tuple[int, ...]]):
    """The sizes that are or-ed into one number, lowest first."""

    def __missing__(self, joined: int) -> tuple[int, ...]:
        found = self[joined] = tuple(1 << n for n in range(joined.bit_length()) if joined >> n & 1)
        return found
