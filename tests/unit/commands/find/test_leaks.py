"""pt-find --leaks, without a debugger: of a process that knows what nothing leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.errors import Interrupted
from ptatlas.core.opening import open_process
from ptatlas.core.sources import buffer_target
from ptatlas.core.sources.fixed import FixedRegisters
from support.children import Child
from support.points import Points, points_program
from support.shell import Shell


@pytest.fixture(scope="module")
def child(build_dir) -> Iterator[Child]:
    with Child(points_program(build_dir)) as child:
        yield child


@pytest.fixture(scope="module")
def points(child) -> Points:
    return Points.of(child.facts)


@pytest.fixture(scope="module")
def shell(child, points) -> Shell:
    registers = FixedRegisters([(child.pid, {"r15": points.held["in register"]})])
    return Shell(replace(open_process(child.pid).target, registers=registers))


def test_a_document_has_groups_totals_roots_and_coverage(shell, points):
    document = shell.json("pt-find --leaks")
    large, small = document["leaks"]
    assert (large["size"] >= 300 << 10, large["leaders"], large["blocks"]) == (True, 1, 2)
    assert (small["size"], small["leaders"], small["blocks"]) == (40, 7, 13)
    assert small["first"] == hex(min(points.named("lone")))
    assert (small["class"], small["first_word"]) == (None, None)
    assert document["total"] == {"blocks": 15, "bytes": large["bytes"] + small["bytes"]}
    assert document["in_use"]["blocks"] > 25
    # Nobody knows without a debugger where thread-local storage is.
    assert document["only_from_other_memory"]["blocks"] >= 1
    assert document["roots"]["registers"] is True
    assert document["roots"]["stacks"] > 0
    assert document["coverage"]["searched"] > 100_000
    assert document["problems"] == []


def test_a_table_says_it_in_words(shell):
    told = shell.run("pt-find --leaks")
    assert "15 blocks leaked (308.5K), 8 leaders; of " in told
    assert "pointers into the middle of a block count" in told
    assert "registers aren't known" not in told


def test_that_registers_are_not_known_is_said(child, points):
    shell = Shell(open_process(child.pid).target)
    assert "what only they hold counts as leaked" in shell.run("pt-find --leaks")
    assert shell.json("pt-find --leaks")["total"]["blocks"] == len(points.lost) + 1


def test_a_limit_bounds_a_table(shell):
    assert "1 more group; -l 0 lists each" in shell.run("pt-find --leaks -l 1")
    assert len(shell.json("pt-find --leaks -l 1")["leaks"]) == 2


def test_a_snapshot_has_the_leaks_that_the_process_had(shell, points):
    shell.run("pt-image snapshot then")
    then, now = shell.json("pt-find --leaks --image then"), shell.json("pt-find --leaks")
    assert then["leaks"] == now["leaks"]
    assert then["total"] == now["total"]


def test_where_there_is_no_allocator_that_is_said():
    shell = Shell(buffer_target([(0x1000, bytes(4096))]))
    assert "no allocator's structures were found" in shell.run("pt-find --leaks")
    assert shell.json("pt-find --leaks")["allocators"] == []


def test_an_interrupt_leaves_nothing(shell, monkeypatch):
    def interrupted(*_: object) -> None:
        raise Interrupted("interrupted")

    monkeypatch.setattr("ptatlas.core.commands.find.leaks.find_leaks", interrupted)
    shell.session.history.of(shell.inferior).leaks = None
    with pytest.raises(CommandFailed, match="nobody knows what leaked"):
        shell.run("pt-find --leaks")


@pytest.mark.parametrize("more", ["needle", "-k heap", "--from 0x1000", "--count", "--next"])
def test_what_does_not_go_with_it_is_refused(shell, more):
    with pytest.raises(CommandFailed, match="--leaks"):
        shell.run(f"pt-find --leaks {more}")
