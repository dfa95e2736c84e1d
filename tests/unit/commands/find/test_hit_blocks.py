"""pt-find --blocks: the block of each hit, of a process that knows its blocks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from support.blocks import Made, blocks_program
from support.children import Child
from support.shell import Shell


@pytest.fixture(scope="module")
def made(build_dir) -> Iterator[Made]:
    with Child(blocks_program(build_dir)) as child:
        yield Made.of(child)


@pytest.fixture(scope="module")
def shell(made) -> Shell:
    return Shell(made.inferior.target)


@pytest.fixture(scope="module")
def place(made) -> tuple[int, int]:
    """A block in use: where it begins, and its size."""
    return next((at, size) for at, size in made.used.items() if size > 100)


def test_each_hit_is_told_with_its_block(shell, place):
    start, size = place
    hits = shell.json(f"pt-find -t u8 0..255 --in {start - 8:#x},+0x20 --blocks")["hits"]
    own, inside = hits[:8], hits[8:]
    assert {hit["block"] for hit in own if hit["block"] is None} == {None}
    assert [(hit["block"]["start"], hit["block"]["offset"]) for hit in inside] == [
        (hex(start), number) for number in range(0x18)
    ]
    assert all(hit["block"]["used"] and hit["block"]["size"] == size for hit in inside)


def test_a_table_says_it_in_words(shell, place):
    start, size = place
    told = shell.run(f"pt-find -t u8 0..255 --in {start + 4:#x},+1 --blocks")
    assert f"+0x4 in a block of {size} bytes at {start:#x}, used (glibc, " in told


def test_a_hit_outside_of_any_allocator_has_none(shell, made):
    stack = next(area for area in made.inferior.areas if area.path == "[stack]")
    (hit,) = shell.json(f"pt-find -t u8 0..255 --in {stack.end - 8:#x},+1 --blocks")["hits"]
    assert "block" not in hit


def test_a_snapshot_has_blocks_of_its_own(shell, place):
    start, size = place
    shell.run("pt-image snapshot now")
    (hit,) = shell.json(f"pt-find -t u8 0..255 --in {start:#x},+1 --blocks --image now")["hits"]
    assert (hit["block"]["start"], hit["block"]["size"]) == (hex(start), size)


def test_without_the_option_nothing_is_said(shell, place):
    (hit,) = shell.json(f"pt-find -t u8 0..255 --in {place[0]:#x},+1")["hits"]
    assert "block" not in hit


@pytest.mark.parametrize("option", ["--count", "--break"])
def test_counts_and_breakpoints_have_no_blocks(shell, option):
    with pytest.raises(CommandFailed):
        shell.run(f"pt-find x --blocks {option}")
