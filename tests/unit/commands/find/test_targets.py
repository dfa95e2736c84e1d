"""pt-find --targets, without a debugger: of a process that knows who points where, and of made-up memory."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.opening import open_process
from support.children import Child
from support.mapped import mapped
from support.points import Points, points_program
from support.shell import Shell

MADE_UP = """
00010000-00011000 rw-p 00000000 00:00 0
00020000-00021000 r--p 00000000 00:00 0
00030000-00031000 ---p 00000000 00:00 0
"""


@pytest.fixture(scope="module")
def child(build_dir) -> Iterator[Child]:
    with Child(points_program(build_dir)) as child:
        yield child


@pytest.fixture(scope="module")
def points(child) -> Points:
    return Points.of(child.facts)


@pytest.fixture(scope="module")
def shell(child) -> Shell:
    return Shell(open_process(child.pid).target)


def test_each_word_that_the_program_knows_of_points_where_it_says(shell, points):
    for word in points.words:
        (own,) = shell.json(f"pt-find --targets {word.at:#x},+8")["targets"]
        block = points.to(word)
        assert own["target"]["kind"] == "block"
        assert (own["at"], own["target"]["start"]) == (hex(word.at), hex(block))
        assert own["target"]["offset"] == int(own["value"], 16) - block


def test_a_block_s_words_are_told_by_how_far_in_they_lie(shell, points):
    (tree,) = points.named("tree")
    document = shell.json(f"pt-find --targets {tree + 5:#x}")
    assert [(one["offset"], one["target"]["start"]) for one in document["targets"]] == [
        (number * 8, hex(branch)) for number, branch in enumerate(points.named("branch"))
    ]
    assert document["origin"]["start"] == hex(tree)
    assert document["coverage"]["searched"] == 40


@pytest.fixture(scope="module")
def made_up() -> Shell:
    words = struct.pack("<6Q", 0x20000, 0x20008, 7, 0x30000, 0x20010, 0x2FFFF)
    content = {0x10000: words + bytes(4096 - 48), 0x20000: b"a text\0\0ab\0" + b"\1" * 5 + b"x" * 4080}
    return Shell(mapped(MADE_UP, content).target)


def test_strings_are_told_and_what_points_nowhere_is_not(made_up):
    document = made_up.json("pt-find --targets 0x10000,+48")
    assert [(one["offset"], one["text"]) for one in document["targets"]] == [
        (0, "a text"),
        (8, None),
        (32, "x" * 64 + "…"),
    ]
    assert {one["target"]["kind"] for one in document["targets"]} == {"other"}


def test_of_an_address_alone_its_word_is_looked_at(made_up):
    document = made_up.json("pt-find --targets 0x10023")
    assert (document["origin"]["start"], document["origin"]["end"]) == ("0x10020", "0x10028")
    assert [one["value"] for one in document["targets"]] == ["0x20010"]


def test_it_stops_and_goes_on(made_up):
    first = made_up.json("pt-find --targets 0x10000,+48 -l 2")
    again = made_up.json(f"pt-find --targets 0x10000,+48 --from {first['stopped']['from']}")
    whole = made_up.json("pt-find --targets 0x10000,+48")
    assert first["targets"] + again["targets"] == whole["targets"]


@pytest.mark.parametrize("more", ["needle", "-k heap", "--in 0x10000", "--count", "--refs 1"])
def test_what_does_not_go_with_it_is_refused(made_up, more):
    with pytest.raises(CommandFailed, match="targets"):
        made_up.run(f"pt-find --targets 0x10000 {more}")
