"""The blocks of real processes and of their cores, against what the programs know of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ptatlas.core.blocks.block import CACHED, FREE, OWN, TOP
from ptatlas.core.blocks.table import Blocks
from ptatlas.core.opening import as_inferior
from support.blocks import Made, assert_all_found, blocks_program, found_in
from support.children import Child


@pytest.fixture(scope="module")
def program(build_dir: Path) -> Path:
    return blocks_program(build_dir)


@pytest.fixture(scope="module")
def made(program: Path) -> Iterator[Made]:
    with Child(program) as child:
        yield Made.of(child)


@pytest.fixture(scope="module")
def blocks(made: Made) -> Blocks:
    return found_in(made.inferior)


def test_every_block_of_a_program_is_found_and_no_free_one_is_in_use(made, blocks):
    assert_all_found(made, blocks)
    assert not blocks.problems
    # What libc, its dynamic linker and stdio have for themselves.
    assert sum(block.is_used for block in blocks) - len(made.used) < 20


def test_each_arena_has_its_blocks_and_one_top(blocks):
    names = [arena.text for arena in blocks.arenas]
    assert (names[0], names[-1], len(names)) == ("main arena", "mapped one by one", 5)
    tops = [block.arena for block in blocks if block.state == TOP]
    assert sorted(tops) == [0, 1, 2, 3]
    assert sum(block.state == OWN for block in blocks) == 4  # each thread's cache


def test_an_arena_may_have_several_heaps(program):
    with Child(program, "heaps") as child:
        made = Made.of(child)
        blocks = found_in(made.inferior)
        assert_all_found(made, blocks)
        assert not blocks.problems
        arenas = [region.arena for region in blocks.regions]
        assert max(map(arenas.count, range(1, 4))) == 2


def test_free_blocks_are_in_caches_fast_bins_and_other_bins(blocks):
    states = [block.state for block in blocks]
    assert states.count(CACHED) > 100
    assert states.count(FREE) > 10


def test_a_block_is_found_by_any_address_in_it(made, blocks):
    start, size = next((at, size) for at, size in made.used.items() if size > 100)
    for address in (start, start + 50, start + size - 1):
        assert blocks.at(address).start == start
    assert blocks.at(start - 1) is None  # its header
    assert blocks.at(0) is None
    assert blocks.at(2**64 - 1) is None


@pytest.mark.parametrize("what", ["scattered", "foreign"])
def test_the_main_arena_may_lie_in_several_places(program, what):
    with Child(program, what) as child:
        made = Made.of(child)
        blocks = found_in(made.inferior)
        assert_all_found(made, blocks)
        assert not blocks.problems


def test_a_snapshot_has_the_blocks_that_the_process_had(made, blocks):
    snapshot = made.inferior.snapshot("now")
    assert list(found_in(as_inferior(snapshot, made.inferior))) == list(blocks)


def test_what_damages_a_chunk_is_told_and_the_chunks_behind_it_are_found(program):
    with Child(program, "damaged") as child:
        made = Made.of(child)
        blocks = found_in(made.inferior)
        at = made.facts["damaged"]
        problem = next(problem for problem in blocks.problems if problem.address == at)
        assert problem.text.startswith("0x4141414141414141 is there, not a chunk's size (0x20 to ")
        assert f"chunks go on at {at:#x}" not in problem.text
        lost = {address for address in made.used if blocks.at(address) is None}
        assert lost == {at + 16}


def test_a_static_program_has_its_arena_in_its_own_data(build_dir):
    program = blocks_program(build_dir, "-static")
    with Child(program) as child:
        made = Made.of(child)
        assert_all_found(made, found_in(made.inferior))
