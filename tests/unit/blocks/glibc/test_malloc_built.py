"""Layouts of glibc's malloc that are not at hand, built from what the sources say of them."""

from __future__ import annotations

import struct

import pytest
from ptatlas.core.blocks.allocators import blocks_of
from ptatlas.core.blocks.block import STATE_NAMES
from support.built_malloc import DATA, HEAP, MAPS, BuiltMalloc, built_malloc
from support.mapped import mapped


def found_in(built: BuiltMalloc):
    inferior = mapped(MAPS, built.content, word_size=built.arch.word_size, endian=built.arch.endian)
    return blocks_of(inferior)


@pytest.mark.parametrize(
    "built",
    [
        pytest.param(built_malloc(), id="64 bits, 2.32 to 2.41"),
        pytest.param(built_malloc(is_mangled=False), id="64 bits, 2.31"),
        pytest.param(built_malloc(cache_bins=76), id="64 bits, 2.42"),
        pytest.param(built_malloc(8, "big"), id="64 bits, big endian"),
        pytest.param(built_malloc(4), id="32 bits, aligned to 16 bytes"),
        pytest.param(built_malloc(4, "big"), id="32 bits, big endian: PowerPC"),
        pytest.param(built_malloc(4, alignment=8), id="32 bits, aligned to 8 bytes: ARM"),
        pytest.param(built_malloc(4, alignment=8, cache_bins=76), id="32 bits, aligned to 8 bytes, 2.42"),
    ],
)
def test_all_blocks_are_found(built):
    (blocks,) = found_in(built)
    found = [(block.start, block.size, STATE_NAMES[block.state]) for block in blocks]
    assert found == [(start, size, STATE_NAMES[state]) for start, size, state in built.blocks]
    assert not blocks.problems


def changed(address: int, value: int) -> BuiltMalloc:
    """Return a built malloc in which one word is another."""
    built = built_malloc()
    base = max(start for start in built.content if start <= address)
    content = bytearray(built.content[base])
    struct.pack_into("<Q", content, address - base, value)
    return built._replace(content={**built.content, base: bytes(content)})


def test_a_link_of_a_cache_that_leads_nowhere_is_told():
    (blocks,) = found_in(changed(built_malloc().blocks[2][0], 0x4141414141414141))
    # Only half of nothing proves a cache, but the first block of an arena is one.
    (problem,) = blocks.problems
    assert "of the thread's cache there: it leads to 0x" in problem.text
    assert "where no block begins" in problem.text


def test_a_ring_of_arenas_that_leads_nowhere_is_told_and_the_main_arena_is_kept():
    arena = DATA + 0x40
    (blocks,) = found_in(changed(arena + 112 + 254 * 8 + 16, 0x1234))
    assert [problem.address for problem in blocks.problems] == [arena + 112 + 254 * 8 + 16]
    assert len(blocks) == len(built_malloc().blocks)


def test_a_top_that_lies_nowhere_leaves_an_arena_without_blocks():
    (blocks,) = found_in(changed(DATA + 0x40 + 96, HEAP - 0x10000))
    assert len(blocks) == 0
    assert any("of which 0x0 were found" in problem.text for problem in blocks.problems)


def test_a_module_without_an_arena_has_no_blocks():
    assert found_in(built_malloc()._replace(content={HEAP: bytes(0x3000), DATA: bytes(0x1000)})) == []
