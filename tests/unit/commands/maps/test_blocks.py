"""pt-maps --blocks, and the block at an address: of a process that knows its blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ptatlas.core.sources import BufferArea
from support.blocks import Made, blocks_program
from support.children import Child
from support.shell import Shell
from support.targets import over


@pytest.fixture(scope="module")
def made(build_dir) -> Iterator[Made]:
    with Child(blocks_program(build_dir)) as child:
        yield Made.of(child)


@pytest.fixture(scope="module")
def shell(made) -> Shell:
    return Shell(made.inferior.target)


@pytest.fixture(scope="module")
def summary(shell) -> Any:
    return shell.json("pt-maps --blocks")


def total(items: Any, what: str, key: str) -> int:
    return sum(item[what][key] for item in items)


def test_a_document_sums_blocks_up_by_arena_and_by_size(made, summary):
    assert summary["schema"] == "ptatlas.blocks/1"
    assert summary["allocators"] == ["glibc"]
    arenas = summary["arenas"]
    assert [arena["name"].split()[0] for arena in arenas] == ["main", "arena", "arena", "arena", "mapped"]
    for what in ("used", "free"):
        for key in ("count", "bytes"):
            assert total(arenas, what, key) == summary["total"][what][key]
        assert sum(row[what] for row in summary["sizes"]) == summary["total"][what]["count"]
        assert sum(row["size"] * row[what] for row in summary["sizes"]) == summary["total"][what]["bytes"]
    assert 0 <= summary["total"]["used"]["count"] - len(made.used) < 20
    assert summary["problems"] == []
    assert summary["largest"][0]["size"] == max(made.used.values())


def test_its_coverage_adds_up_to_what_an_allocator_may_have(made, summary):
    coverage = summary["coverage"]
    size = sum(area.size for area in made.inferior.areas if area.kind in ("anon", "heap"))
    assert coverage["searched"] + coverage["left_out"] == size
    assert coverage["unreadable"] == []
    assert {row["why"] for row in coverage["because"]} == {"no allocator that is known explains it"}


def test_a_scope_cuts_to_the_blocks_that_begin_there(made, shell):
    start = min(made.used)
    wanted = {at for at in made.used if start <= at < start + 4096}
    found = shell.json(f"pt-maps --blocks {start:#x},+4096")
    assert found["total"]["used"]["count"] == len(wanted)
    assert shell.json("pt-maps --blocks -k heap")["arenas"] == shell.json("pt-maps --blocks")["arenas"][:1]


def test_a_table_has_the_sizes_with_the_most_bytes_and_a_line_for_each_arena(shell):
    lines = shell.lines("pt-maps --blocks")
    assert lines[0].split() == ["size", "used", "free", "bytes"]
    assert lines[21].endswith(" more sizes; --all lists each")
    assert sum(line.startswith(("main arena, ", "arena 0x", "mapped one by one, ")) for line in lines) == 5
    assert len(shell.lines("pt-maps --blocks --all")) > len(lines)


def test_an_address_is_told_with_its_block(made, shell):
    start, size = next((at, size) for at, size in made.used.items() if size > 100)
    block = shell.json(f"pt-maps {start + 0x18:#x}")["at"]["block"]
    assert (block["start"], block["size"], block["used"], block["offset"]) == (hex(start), size, True, 0x18)
    assert f"0x18 into a block of {size} bytes at {start:#x}, used (glibc, " in shell.run(
        f"pt-maps {start + 0x18:#x}"
    )
    free = shell.json(f"pt-maps {min(made.free):#x}")["at"]["block"]
    assert free["used"] is False


def test_the_header_of_a_block_is_in_none(made, shell):
    address = max(made.used) - 4
    assert shell.json(f"pt-maps {address:#x}")["at"]["block"] is None
    assert "data of glibc's own, such as a block's header" in shell.run(f"pt-maps {address:#x}")


def test_an_address_that_no_allocator_explains_has_no_block(shell, made):
    stack = next(area for area in made.inferior.areas if area.path == "[stack]")
    assert "block" not in shell.json(f"pt-maps {stack.end - 8:#x}")["at"]


def test_memory_without_an_allocator_says_so():
    bare = over(BufferArea(0x1000, bytes(4096), "rw-p", ""))
    assert "no allocator's structures were found; known: glibc" in bare.run("pt-maps --blocks")
    document = bare.json("pt-maps --blocks")
    assert (document["arenas"], document["sizes"], document["total"]["used"]["count"]) == ([], [], 0)
