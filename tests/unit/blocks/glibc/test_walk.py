"""Walks along chunks, against the list that a heap was built by, whole or damaged."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.blocks.block import FREE, TOP, USED
from ptatlas.core.blocks.glibc.layout import ChunkLayout
from ptatlas.core.blocks.glibc.walk import ChunkRange, ChunkWalk
from ptatlas.core.blocks.memory import WordReader
from ptatlas.core.blocks.table import BlockTable
from ptatlas.core.ranges import Range
from support.mapped import Memory

BASE = 0x10000
KINDS = [
    pytest.param(8, "little", 16, id="64 bits"),
    pytest.param(8, "big", 16, id="64 bits, big endian"),
    pytest.param(4, "little", 16, id="i386"),
    pytest.param(4, "little", 8, id="ARM, 32 bits"),
]


class Heap:
    """A built heap: its bytes, and where its chunks are, their sizes and whether they are in use.

    Free chunks don't touch, and have their size behind them. Content looks like small sizes.
    """

    def __init__(self, word: int, endian: Any, alignment: int, seed: int, count: int = 400) -> None:
        self.arch, self.layout = Arch(word, endian), ChunkLayout(word, alignment)
        chance = random.Random(seed)
        self.start = at = self.layout.first_chunk(BASE)
        self.chunks: list[tuple[int, int, bool]] = []
        was_used = True
        for _ in range(count):
            steps = chance.choice((0, 1, 2, 3, 5, 40, 2000))
            is_used = not was_used or chance.random() < 0.7
            self.chunks.append((at, self.layout.least + steps * alignment, is_used))
            at, was_used = at + self.chunks[-1][1], is_used
        self.chunks[-1] = (*self.chunks[-1][:2], True)
        self.top, self.end = at, at + 0x1000
        self.content = bytearray(chance.randbytes(1) * (self.end - BASE))
        was_used, before = True, 0
        for place, size, is_used in [*self.chunks, (self.top, 0x1000, True)]:
            if not was_used:
                self.put(place, before)
            self.put(place + word, size | was_used)
            was_used, before = is_used, size

    def put(self, address: int, value: int) -> None:
        """Write a word."""
        word, order = self.arch.word_size, self.arch.order
        struct.pack_into(f"{order}{'Q' if word == 8 else 'I'}", self.content, address - BASE, value)

    def walked(self, top: bool = True, content: bytes | None = None) -> tuple[ChunkWalk, BlockTable]:
        """Walk over it, or over what is left of it."""
        table = BlockTable()
        reader = WordReader(Memory({BASE: bytes(self.content if content is None else content)}), self.arch)
        end = self.end if top else self.top + 2 * self.layout.header
        part = ChunkRange(self.start, end, 0, self.layout, self.top if top else None)
        walk = ChunkWalk(reader, part, table)
        walk.run()
        return walk, table

    def expected(self) -> list[tuple[int, int, int]]:
        """Return the blocks that there are: start, size, state."""
        header, word = self.layout.header, self.arch.word_size
        found = [(at + header, size - word, USED if used else FREE) for at, size, used in self.chunks]
        return [*found, (self.top + header, 0x1000 - word, TOP)]


def rows(table: BlockTable) -> list[tuple[int, int, int]]:
    return list(zip(table.starts, table.sizes, table.states))


@pytest.mark.parametrize(("word", "endian", "alignment"), KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_every_chunk_is_found(word, endian, alignment, seed):
    heap = Heap(word, endian, alignment, seed)
    walk, table = heap.walked()
    assert rows(table) == heap.expected()
    assert not walk.problems
    assert not walk.holes


@pytest.mark.parametrize(("word", "endian", "alignment"), KINDS)
def test_a_region_that_no_longer_grows_ends_at_its_fenceposts(word, endian, alignment):
    heap = Heap(word, endian, alignment, 7)
    header = heap.layout.header
    heap.put(heap.top + word, header | 1)
    heap.put(heap.top + header + word, 1)
    walk, table = heap.walked(top=False)
    assert rows(table) == heap.expected()[:-1]
    assert not walk.problems


@pytest.mark.parametrize(("word", "endian", "alignment"), KINDS)
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(0, id="no size"),
        pytest.param(0x4143, id="mapped, by its flags"),
        pytest.param(0x7FFFFF1, id="more than there is"),
    ],
)
def test_behind_a_damaged_size_the_next_chunks_are_found(word, endian, alignment, size):
    heap = Heap(word, endian, alignment, 3)
    number = next(n for n in range(100, 300) if heap.chunks[n][2] and heap.chunks[n + 1][2])
    at = heap.chunks[number][0]
    heap.put(at + word, size)
    walk, table = heap.walked()
    behind = heap.chunks[number + 1][0]
    assert walk.holes == [Range(at, behind)]
    (problem,) = walk.problems
    assert problem.address == at
    assert problem.text.startswith(f"{size:#x} is there, not a chunk's size ({heap.layout.least:#x} to ")
    assert problem.text.endswith(f"; chunks go on at {behind:#x}")
    wanted = [row for row in heap.expected() if row[0] != at + heap.layout.header]
    # Of the one before it nobody knows any more whether it is free.
    assert [row[:2] for row in rows(table)] == [row[:2] for row in wanted]


def test_a_size_that_is_wrong_and_may_be_one_is_told_where_it_leads():
    heap = Heap(8, "little", 16, 3)
    number = next(n for n in range(100, 300) if heap.chunks[n][2] and heap.chunks[n][1] < 0x200)
    at, size, _ = heap.chunks[number]
    heap.put(at + 8, size + 0x10 | 1)
    walk, table = heap.walked()
    (problem,) = walk.problems
    assert problem.address == at + size + 0x10
    assert f"; the chunk at {at:#x} leads there; chunks go on at " in problem.text
    behind = walk.holes[0].end + heap.layout.header
    assert rows(table)[-100:] == heap.expected()[-100:]
    assert behind in {row[0] for row in heap.expected()}


def test_a_free_chunk_whose_size_behind_it_is_another_is_told():
    heap = Heap(8, "little", 16, 1)
    number = next(n for n in range(50, 300) if not heap.chunks[n][2])
    behind, size = heap.chunks[number + 1][0], heap.chunks[number][1]
    heap.put(behind, 0x30)
    walk, table = heap.walked()
    assert rows(table) == heap.expected()
    text = f"prev_size is not {size:#x}, the size of the free chunk before"
    assert walk.problems == [(behind, text)]


def test_memory_that_can_not_be_read_ends_the_walk_there():
    heap = Heap(8, "little", 16, 2)
    cut = heap.chunks[200][0]
    walk, table = heap.walked(content=bytes(heap.content[: cut - BASE]))
    assert [row[:2] for row in rows(table)] == [row[:2] for row in heap.expected()[:200]]
    before = heap.chunks[199][0]
    text = f"the chunk there can't be read; the chunk at {before:#x} leads there; no chunk behind it is known"
    assert walk.problems == [(cut, text)]
    assert walk.holes == [Range(cut, heap.end)]


def test_chunks_that_lead_past_the_top_are_told():
    heap = Heap(8, "little", 16, 4)
    at, size, _ = heap.chunks[-1]
    heap.put(at + 8, size + 0x20 | 1)
    walk, _ = heap.walked()
    assert [problem.address for problem in walk.problems] == [at + size + 0x20]
