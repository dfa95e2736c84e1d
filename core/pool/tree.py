"""A radix tree from page numbers to entries: which file page holds a page, and its checksum.

An entry is the file page in the low 32 bits and the CRC-32 of its content in the high 32; 0 is a hole,
which reads as zeros. A node is one file page of 512 entries; the entry of the top node is in the root
record, so every page of the file is checked against the page that leads to it. Nodes are read when they
are needed and changed in memory only; `flush` writes the changed ones to new pages, bottom up.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterator

from ..errors import PoolCorrupt
from .layout import FANOUT, FANOUT_BITS, PAGE_MASK, ZEROS

TreePlace = tuple[int, int]  # (level, number within the level); level 0 holds the entries of pages
Places = set[TreePlace]
_SLOT = FANOUT - 1
_HOLES = array("Q", bytes(8 * FANOUT))


def numbers(raw: bytes) -> array[int]:
    """Return the little-endian 64-bit numbers in `raw`."""
    values = array("Q", raw)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def raw_numbers(values: array[int]) -> bytes:
    """Return the inverse of `numbers`."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


class PageTree:
    """One tree. `read(entry)` returns a checked page; `entry` and `height` are as in the root record."""

    def __init__(self, name: str, read: Callable[[int], bytes], entry: int = 0, height: int = 0) -> None:
        self.name = name
        self.entry = entry
        self.height = height
        self._read = read
        self._nodes: dict[TreePlace, array[int]] = {}
        self._pages: dict[int, TreePlace] = {}
        self._changed: set[TreePlace] = set()

    def get(self, index: int) -> int:
        """Return the entry of page `index`."""
        leaf = self._node((0, index >> FANOUT_BITS))
        return leaf[index & _SLOT] if leaf else 0

    def slice(self, first: int, count: int) -> array[int]:
        """Return the entries of the `count` pages from `first` on."""
        result = array("Q")
        for number, start, end in _by_leaf(first, count):
            leaf = self._node((0, number)) or _HOLES
            result.extend(leaf[start:end])
        return result

    def pieces(self, first: int, count: int) -> Iterator[tuple[int, array[int]]]:
        """Yield the entries of `count` pages from `first`, in pieces without the subtrees that are holes."""
        end = first + count
        for number in self._leaves((self.height - 1, 0), first >> FANOUT_BITS, (end - 1) >> FANOUT_BITS):
            start = max(first, number << FANOUT_BITS)
            stop = min(end, (number + 1) << FANOUT_BITS)
            leaf = self._node((0, number))
            if leaf and start < stop:
                base = number << FANOUT_BITS
                yield start, leaf[start - base : stop - base]

    def runs(self, first: int, count: int) -> Iterator[tuple[int, int, int]]:
        """Yield the `count` pages from `first` that are not holes, as runs (index, file page, length)."""
        index = page = length = 0
        for start, entries in self.pieces(first, count):
            for number, entry in enumerate(entries, start):
                if length and number == index + length and entry & PAGE_MASK == page + length and entry:
                    length += 1
                    continue
                if length:
                    yield index, page, length
                index, page, length = number, entry & PAGE_MASK, 1 if entry else 0
        if length:
            yield index, page, length

    def set(self, first: int, entries: array[int]) -> list[int]:
        """Set the entries of pages from `first` on; return the old ones that were not holes."""
        replaced: list[int] = []
        done = 0
        for number, start, end in _by_leaf(first, len(entries)):
            leaf = self._writable((0, number))
            replaced.extend(entry for entry in leaf[start:end] if entry)
            leaf[start:end] = entries[done : done + end - start]
            done += end - start
        return replaced

    def clear(self, first: int, count: int) -> list[int]:
        """Make `count` pages from `first` on holes; return the old entries that were not."""
        replaced: list[int] = []
        for start, entries in list(self.pieces(first, count)):
            gone = [entry for entry in entries if entry]
            if gone:
                replaced.extend(gone)
                self.set(start, array("Q", bytes(8 * len(entries))))
        return replaced

    @property
    def capacity(self) -> int:
        """How many pages the tree can have at its height."""
        return FANOUT**self.height if self.height else 0

    def changed(self) -> Places:
        """Return the nodes that a flush would write, or find empty."""
        places = set(self._changed)
        for level, number in self._changed:
            places.update((up, number >> FANOUT_BITS * (up - level)) for up in range(level + 1, self.height))
        return places

    def above(self, page: int) -> list[TreePlace]:
        """Return the nodes in memory that lie in file page `page` or later."""
        return [place for at, place in self._pages.items() if at >= page]

    def node_pages(self) -> list[int]:
        """Return the file pages of the nodes in memory."""
        return list(self._pages)

    def touch(self, place: TreePlace) -> None:
        """Make the next flush write this node anew."""
        self._changed.add(place)

    def flush(self, write: Callable[[TreePlace, bytes], int], release: Callable[[int], None]) -> None:
        """Write the changed nodes. `write` returns a page's new entry, `release` takes the old one.

        If `write` raises, what was written so far stays so and the rest stays changed: flush again.
        """
        for level in range(self.height):
            for place in sorted(place for place in self._changed if place[0] == level):
                self._flush_node(place, write, release)
        if self.height and not self.entry:
            self._nodes.clear()
            self.height = 0

    def _flush_node(
        self, place: TreePlace, write: Callable[[TreePlace, bytes], int], release: Callable[[int], None]
    ) -> None:
        raw = raw_numbers(self._nodes[place])
        old = self.entry_of(place)
        new = write(place, raw) if raw != ZEROS else 0
        self._set_entry_of(place, new)
        self._changed.discard(place)
        if old:
            self._pages.pop(old & PAGE_MASK, None)
            release(old)
        if new:
            self._pages[new & PAGE_MASK] = place
        elif place[0] + 1 < self.height:
            del self._nodes[place]

    def entry_of(self, place: TreePlace) -> int:
        """Return the entry of a changed node as it was last written; 0 for a new one."""
        level, number = place
        if level + 1 == self.height:
            return self.entry
        return self._nodes[level + 1, number >> FANOUT_BITS][number & _SLOT]

    def _set_entry_of(self, place: TreePlace, entry: int) -> None:
        level, number = place
        if level + 1 == self.height:
            self.entry = entry
        else:
            parent = (level + 1, number >> FANOUT_BITS)
            self._nodes[parent][number & _SLOT] = entry
            self._changed.add(parent)

    def _node(self, place: TreePlace) -> array[int] | None:
        """Return a node, from memory or from the file; None where there is a hole instead."""
        node = self._nodes.get(place)
        if node is not None:
            return node
        level, number = place
        if level >= self.height:
            return None
        if level + 1 == self.height:
            entry = self.entry if number == 0 else 0
        else:
            parent = self._node((level + 1, number >> FANOUT_BITS))
            entry = parent[number & _SLOT] if parent else 0
        return self._load(place, entry) if entry else None

    def _load(self, place: TreePlace, entry: int) -> array[int]:
        page = entry & PAGE_MASK
        if page in self._pages:
            # A crafted file could otherwise make a few nodes appear as any number of them.
            raise PoolCorrupt(
                f"tree {self.name}: file page {page:#x} is both node {self._pages[page]} and {place}"
            )
        raw = self._read(entry)
        if raw == ZEROS:
            raise PoolCorrupt(f"tree {self.name}: node {place} in file page {page:#x} is empty")
        node = self._nodes[place] = numbers(raw)
        self._pages[page] = place
        return node

    def _writable(self, place: TreePlace) -> array[int]:
        level, number = place
        while number >> (FANOUT_BITS * max(0, self.height - 1 - level)) or level >= self.height:
            self._grow()
        node = self._node(place)
        if node is None:
            if level + 1 < self.height:
                self._writable((level + 1, number >> FANOUT_BITS))
            node = self._nodes[place] = _HOLES[:]
        self._changed.add(place)
        return node

    def _grow(self) -> None:
        if self.height:
            top = _HOLES[:]
            top[0] = self.entry
            self._nodes[self.height, 0] = top
            self._changed.add((self.height, 0))
        self.entry = 0
        self.height += 1

    def _leaves(self, place: TreePlace, first: int, last: int) -> Iterator[int]:
        """Yield the numbers of the leaves between `first` and `last` that exist, below `place`."""
        node = self._node(place)
        level, number = place
        if node is None:
            return
        if level == 0:
            yield number
            return
        shift = FANOUT_BITS * (level - 1)
        start = max(number << FANOUT_BITS, first >> shift)
        end = min((number << FANOUT_BITS) + _SLOT, last >> shift)
        for child in range(start, end + 1):
            if node[child & _SLOT] or (level - 1, child) in self._nodes:
                yield from self._leaves((level - 1, child), first, last)


def _by_leaf(first: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Yield pages cut at the borders of leaves: (leaf, first slot, end slot)."""
    end = first + count
    while first < end:
        start = first & _SLOT
        length = min(end - first, FANOUT - start)
        yield first >> FANOUT_BITS, start, start + length
        first += length
