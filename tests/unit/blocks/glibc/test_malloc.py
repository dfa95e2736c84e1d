"""The blocks of real processes and of their cores, against what the programs know of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from ptatlas.core.blocks.allocators import blocks_of
from ptatlas.core.blocks.block import CACHED, FREE, OWN, TOP, USED
from ptatlas.core.blocks.table import Blocks
from ptatlas.core.errors import Interrupted
from ptatlas.core.opening import as_inferior, open_process
from ptatlas.core.watch import Watch
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


def test_the_sums_are_those_that_malloc_keeps_itself(made, blocks):
    """Its mallinfo2 takes what lies in threads' caches for used, and headers for a part of blocks."""
    sums = made.facts["sums"]
    last = len(blocks.arenas) - 1
    chunks = [(block.state, block.size + 8) for block in blocks if block.arena != last]
    found = {state: [size for held, size in chunks if held == state] for state in range(5)}
    mapped = [region.end - region.start for region in blocks.regions if region.arena == last]
    assert (len(mapped), sum(mapped)) == (sums["hblks"], sums["hblkhd"])
    fast = sums["fsmblks"]
    cached = sum(found[CACHED]) - fast
    assert sum(found[FREE]) + sum(found[TOP]) + fast == sums["fordblks"]
    assert len(found[FREE]) + len(found[TOP]) == sums["ordblks"]
    used = sum(found[USED]) + sum(found[OWN]) + cached
    assert 0 <= sums["uordblks"] - used < 4096 * last  # the arenas' own structures, too


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


def test_the_search_for_blocks_can_be_interrupted_and_shows_how_far_it_is(made):
    asked, shown = itertools.count(), []
    found = blocks_of(made.inferior, Watch(lambda: next(asked) < 0, shown.append))
    steps = next(asked)
    assert shown[-1].hits <= len(found[0])
    assert all(progress.done <= progress.total for progress in shown)
    for step in (0, steps // 2, steps - 1):
        asked = itertools.count()
        with pytest.raises(Interrupted):
            blocks_of(made.inferior, Watch(lambda step=step, asked=asked: next(asked) >= step))


def test_no_page_is_made_by_looking(program):
    with Child(program, "heaps") as child:
        inferior = open_process(child.pid)
        pages = [area.range for area in inferior.areas if area.path != "[vsyscall]"]
        missing = list(inferior.target.missing_pages.missing(pages))
        assert len(found_in(inferior)) > 1000
        assert list(inferior.target.missing_pages.missing(pages)) == missing


def test_a_static_program_has_its_arena_in_its_own_data(build_dir):
    program = blocks_program(build_dir, "-static")
    with Child(program) as child:
        made = Made.of(child)
        assert_all_found(made, found_in(made.inferior))
