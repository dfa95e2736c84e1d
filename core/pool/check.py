"""The check of every invariant of a pool: the last commit on file, and the changes in memory since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..errors import PoolCorrupt
from ..watch import Watch
from .area import load_pages
from .bins import KEY_BITS
from .files import PoolFile
from .heap import Heap
from .layout import (
    DATA,
    FANOUT,
    GROUP,
    HEADER_PAGES,
    PAGE,
    PAGE_BITS,
    SPACE,
    TABLE_STRIDE,
    TABLES,
    TREES,
    UNIT_BITS,
    UNIT_PAGES,
    UNITS,
    Root,
)  # fmt: skip
from .region import Region, damaged_blocks, load_chunks
from .roots import find_root
from .space import bits, by_group
from .span import GUARD, LargeBlock, pages_for
from .store import PageFile
from .units import HEAP, INSIDE, LARGE, Unit, Units, units_for

_MOST_TOLD = 8


def check_pool(file: PoolFile, store: PageFile, heap: Heap, watch: Watch) -> None:
    """Check all of a pool.

    Raises `PoolCorrupt` with the first `_MOST_TOLD` problems if there are any, Interrupted if the watch asks.
    """
    problems: list[str] = []
    try:
        find_root(file)
        problems += CommitCheck(file, store.root, watch).problems()
        problems += _memory_problems(heap)
    except PoolCorrupt as problem:
        problems.append(str(problem))
    if problems:
        more = f"; and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
        raise PoolCorrupt("; ".join(problems[:_MOST_TOLD]) + more)


class CommitCheck:
    """The check of one commit, read from the file with nothing taken from memory."""

    def __init__(self, file: PoolFile, root: Root, watch: Watch) -> None:
        self._root = root
        self._watch = watch
        self._store = PageFile(file, root)
        self._units = Units(self._store, root.unit_end)
        self._used: dict[int, int] = {}
        self._blocks = 0
        self._live_bytes = 0
        self._problems: list[str] = []

    def problems(self) -> list[str]:
        """Return what is broken. Raises `PoolCorrupt` if the check can't continue."""
        self._use(0, HEADER_PAGES, "the header")
        for number in range(len(TREES)):
            self._check_tree(number)
        self._check_space()
        for unit in self._units_in_use():
            self._watch.check("the check was interrupted", hint="what was looked at is whole")
            try:
                self._check_unit(unit, self._units.get(unit))
            except PoolCorrupt as problem:
                self._problems.append(str(problem))
        counted = (self._blocks, self._live_bytes)
        if counted != (self._root.blocks, self._root.live_bytes):
            self._problems.append(f"the root counts {self._root[5:7]} blocks and bytes, there are {counted}")
        return self._problems

    def _units_in_use(self) -> Iterator[int]:
        """Yield the units of which a tree has anything, and others beside them.

        The root says how many there are in all, which costs nothing to claim; a hole in all trees is fine.
        """
        per_group = {UNITS: 1, DATA: UNIT_PAGES * FANOUT, TABLES: TABLE_STRIDE * FANOUT}
        groups = {
            group
            for number, pages in per_group.items()
            for index, _, length in self._store.trees[number].runs(0, self._store.trees[number].capacity)
            for group in range(index // pages, (index + length - 1) // pages + 1)
        }
        for group in sorted(groups):
            yield from range(max(1, group * FANOUT), min((group + 1) * FANOUT, self._root.unit_end))

    def _check_tree(self, number: int) -> None:
        """Check every node and entry of a tree, and that nothing lies beyond the address space's end."""
        tree = self._store.trees[number]
        strides = {DATA: UNIT_PAGES, TABLES: TABLE_STRIDE}
        if number == SPACE:
            end = tree.capacity  # bitmaps past the file's end record that nothing is in use there
        elif number == UNITS:
            end = -(-self._root.unit_end // FANOUT)
        else:
            end = self._root.unit_end * strides[number]
        for index, page, length in tree.runs(0, tree.capacity):
            self._store.check_page(page, length)
            self._use(page, length, f"tree {tree.name}, page {index:#x}")
            if index + length > end:
                self._problems.append(f"tree {tree.name} has page {index + length - 1:#x}, of {end:#x}")
        for page in tree.node_pages():
            self._use(page, 1, f"a node of tree {tree.name}")

    def _use(self, page: int, count: int, what: str) -> None:
        for group, first, length in by_group(page, count):
            mask = bits(first, length)
            if self._used.get(group, 0) & mask:
                self._problems.append(f"file page {page:#x}: in use twice, also for {what}")
            self._used[group] = self._used.get(group, 0) | mask

    def _check_space(self) -> None:
        root, total, end = self._root, 0, 0
        bitmaps = [
            index + at
            for index, _, length in self._store.trees[SPACE].runs(0, self._store.trees[SPACE].capacity)
            for at in range(length)
        ]
        for group in sorted({*range(-(-root.file_pages // GROUP)), *bitmaps}):
            used, marked = self._used.pop(group, 0), self._store.space.working(group)
            total += bin(used).count("1")
            end = group * GROUP + used.bit_length() if used else end
            if used != marked:
                wrong = used ^ marked
                first = group * GROUP + (wrong & -wrong).bit_length() - 1
                state = "marked free and in use" if used & wrong & -wrong else "marked as used and not"
                self._problems.append(
                    f"file page {first:#x}: {state} (of {bin(wrong).count('1')} such pages)"
                )
        if (total, end) != (root.used_pages, root.file_pages):
            self._problems.append(
                f"the root counts {root.used_pages} pages of {root.file_pages}, not {total} of {end}"
            )

    def _check_unit(self, unit: int, entry: Unit) -> None:
        allowed = 0
        if entry.kind == HEAP:
            allowed = self._check_region(unit, entry)
        elif entry.kind == LARGE:
            allowed = self._check_span(unit, entry)
        elif entry.kind == INSIDE:
            head = self._units.get(unit - entry.value)
            if head.kind != LARGE or entry.value >= units_for(head.lead, head.value):
                raise PoolCorrupt(f"unit {unit:#x}: inside of no block")
            allowed = _span_pages(head, entry.value)
        if entry.kind != HEAP and any(self._store.trees[TABLES].slice(unit * TABLE_STRIDE, TABLE_STRIDE)):
            raise PoolCorrupt(f"unit {unit:#x}: a chunk table, but no region")
        stored = self._store.trees[DATA].slice(unit * UNIT_PAGES, UNIT_PAGES)
        if any(number and not allowed >> at & 1 for at, number in enumerate(stored)):
            raise PoolCorrupt(f"unit {unit:#x}: pages are stored in which nothing lives")

    def _check_region(self, unit: int, entry: Unit) -> int:
        chunks = load_chunks(self._store, unit)
        longest = max((length for _, length in chunks.free()), default=0)
        if longest != entry.value * 8:
            raise PoolCorrupt(
                f"unit {unit:#x}: the longest free chunk has {longest} bytes, not {entry.value * 8}"
            )
        memory = load_pages(self._store, unit * UNIT_PAGES, UNIT_PAGES)
        self._blocks += sum(1 for _ in chunks.blocks())
        self._live_bytes += sum(size for _, size in chunks.blocks())
        start = self._root.base + (unit << UNIT_BITS)
        self._problems += _told(start + offset for offset in damaged_blocks(chunks, memory))
        return chunks.live_pages()

    def _check_span(self, unit: int, entry: Unit) -> int:
        first, size = unit * UNIT_PAGES + entry.lead, entry.value
        self._blocks += 1
        self._live_bytes += size
        for ago in range(1, units_for(entry.lead, size)):
            if self._units.get(unit + ago) != Unit(INSIDE, 0, ago):
                raise PoolCorrupt(
                    f"unit {unit + ago:#x}: not inside of the block that begins {ago} units before"
                )
        count = pages_for(size)
        for start in range(0, count, FANOUT):
            part = min(FANOUT, count - start)
            if any(True for _ in self._store.trees[DATA].pieces(first + start, part)):
                load_pages(self._store, first + start, part)
        last = self._store.page(DATA, first + count - 1)
        if last is not None:
            inside = size - ((count - 1) << PAGE_BITS)
            if last[inside : inside + len(GUARD)] != GUARD[: PAGE - inside]:
                self._problems += _told([self._root.base + (first << PAGE_BITS)])
        return _span_pages(entry, 0)


def _span_pages(head: Unit, ago: int) -> int:
    """Return a bit for each page that a large block has in the unit `ago` units after its first."""
    first = head.lead - ago * UNIT_PAGES
    end = first + pages_for(head.value)
    first, end = max(first, 0), min(end, UNIT_PAGES)
    return bits(first, max(0, end - first))


def _memory_problems(heap: Heap) -> list[str]:
    """Return what is wrong with the guards and tables in memory, committed or not."""
    problems: list[str] = []
    free: dict[int, int] = {}
    for owner in list(heap.directory.owners.values()):
        problems += _told(_damaged(heap, owner))
        if isinstance(owner, Region):
            free.update(
                (owner.unit << KEY_BITS | start >> 3, length) for start, length in owner.chunks.free()
            )
    if free != heap.bins.all():
        problems.append("the free chunks in memory are not those of the regions")
    return problems


def _damaged(heap: Heap, owner: Region | LargeBlock) -> list[int]:
    was_open = owner.memory is not None
    try:
        if isinstance(owner, Region):
            start = heap.base + (owner.unit << UNIT_BITS)
            return [start + offset for offset in owner.damaged()]
        return [heap.base + (owner.first << PAGE_BITS)] if was_open and owner.damaged() else []
    finally:
        if not was_open:
            owner.close()


def _told(addresses: Iterable[int]) -> list[str]:
    return [f"something was written past the end of the block at {address:#x}" for address in addresses]
