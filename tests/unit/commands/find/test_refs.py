"""pt-find --refs, without a debugger: of a process that knows who points where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.opening import open_process
from ptatlas.core.ports.program import Symbol
from ptatlas.core.sources.fixed import FixedRegisters
from support.children import Child
from support.points import Points, points_program
from support.shell import Shell

# Without a debugger nobody knows where thread-local storage is.
KINDS = {"tls": "other"}


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


def with_ports(child: Child, **ports: object) -> Shell:
    return Shell(replace(open_process(child.pid).target, **ports))


def test_each_word_that_the_program_knows_of_is_found_with_what_holds_it(shell, points):
    for word in points.words:
        found = shell.json(f"pt-find --refs {points.to(word):#x}")["refs"]
        (own,) = [ref for ref in found if ref["at"] == hex(word.at)]
        free = "block" if word.kind == "free" else word.kind
        assert own["holder"]["kind"] == KINDS.get(word.kind, free), word
        assert (own["holder"]["state"] or "used").startswith("free") == (word.kind == "free")
        assert own["depth"] == 1


def test_nothing_else_is_found_but_leftovers_and_the_allocators_own(shell, points):
    known = {hex(word.at) for word in points.words}
    for name in ("first", "second", "interior", "in large", "lone", "ring", "tree", "in freed"):
        for address in points.named(name):
            for ref in shell.json(f"pt-find --refs {address:#x}")["refs"]:
                kind = ref["holder"]["kind"]
                assert ref["at"] in known or name in ("ring", "tree") or kind == "other", (name, ref)


def test_a_pointer_into_the_middle_says_how_far_in_it_points(shell, points):
    at = points.held["interior"]
    document = shell.json(f"pt-find --refs {at + 3:#x}")
    target = document["target"]
    assert (target["start"], target["end"]) == (hex(at), hex(at + 104))
    assert document["target"]["address"] == hex(at + 3)
    assert [ref["offset"] for ref in document["refs"]] == [50]
    assert document["refs"][0]["value"] == hex(at + 50)


def test_a_range_is_taken_as_it_is(shell, points):
    at = points.held["interior"]
    assert shell.json(f"pt-find --refs {at:#x}..{at + 50:#x}")["refs"] == []
    assert len(shell.json(f"pt-find --refs {at + 50:#x},+1")["refs"]) == 1


def test_a_block_is_told_with_its_size_and_how_far_in_the_word_lies(shell, points):
    (ref,) = shell.json(f"pt-find --refs {points.held['third']:#x}")["refs"]
    holder = ref["holder"]
    assert (holder["start"], holder["size"], holder["offset"]) == (hex(points.held["second"]), 40, 0)
    assert holder["text"] == f"block of 40 bytes at {points.held['second']:#x}, +0x0"


def test_a_free_block_is_marked_in_a_table(shell, points):
    told = shell.run(f"pt-find --refs {points.named('in freed')[0]:#x}")
    assert ", free, cached, +0x50" in told


def test_parts_of_a_search_are_together_the_whole(shell, points):
    where = f"{points.held['first']:#x}..{points.named('in freed')[0]:#x}"
    whole = shell.json(f"pt-find --refs {where}")
    parts, start = [], ""
    while True:
        part = shell.json(f"pt-find --refs {where} -l 3{start}")
        parts += part["refs"]
        if part["stopped"] is None:
            break
        assert part["stopped"]["why"] == "limit"
        start = f" --from {part['stopped']['from']}"
    assert parts == whole["refs"]
    assert len(parts) > 6


def test_coverage_is_that_of_a_search(shell, points):
    refs = shell.json(f"pt-find --refs {points.held['first']:#x}")["coverage"]
    assert refs == shell.json("pt-find needle")["coverage"]


def test_the_scope_can_be_limited(shell, points):
    assert shell.json(f"pt-find --refs {points.held['second']:#x} -k module")["refs"] == []
    assert len(shell.json(f"pt-find --refs {points.held['second']:#x} -k heap")["refs"]) == 1


def test_a_snapshot_has_the_same_words(shell, points):
    shell.run("pt-image snapshot then")
    for name in ("first", "second", "in freed", "next of other arena"):
        now = shell.json(f"pt-find --refs {points.named(name)[0]:#x}")["refs"]
        assert shell.json(f"pt-find --refs {points.named(name)[0]:#x} --image then")["refs"] == now


def test_registers_come_first_word_by_word_and_once(child, points):
    at, other = points.held["second"], points.held["first"]
    wide = at << 64 | other
    registers = [(7, {"rbx": at + 8, "xmm1": other, "ymm1": wide, "rip": 1}), (8, {"rax": other - 1})]
    shell = with_ports(child, registers=FixedRegisters(registers))
    document = shell.json(f"pt-find --refs {at:#x}")
    first, second, third = document["refs"]
    assert [ref["at"] for ref in (first, second)] == [None, None]
    assert (first["holder"]["register"], first["offset"]) == ("rbx", 8)
    assert (second["holder"]["register"], second["holder"]["text"]) == ("ymm1[1]", "LWP 7, ymm1[1]")
    assert third["holder"]["kind"] == "block"
    assert (document["count"], document["in_registers"]) == (3, 2)
    start = f" --from {third['at']}"
    assert shell.json(f"pt-find --refs {at:#x}{start}")["refs"] == [third]  # they were told before


def test_that_registers_are_not_known_is_said(shell, points):
    assert "registers aren't known" in shell.run(f"pt-find --refs {points.held['first']:#x}")
    assert shell.json(f"pt-find --refs {points.held['first']:#x}")["in_registers"] is None


def test_an_object_goes_on_to_the_next_symbol(child, points):
    first = next(word for word in points.words if word.name == "first")
    start = first.at - 24

    def symbol_at(address: int) -> Symbol | None:
        return Symbol("here", address - start) if start <= address < start + 40 else None

    shell = with_ports(child, symbols=SimpleNamespace(symbol_at=symbol_at))
    target = shell.json(f"pt-find --refs {first.at:#x}")["target"]
    assert (target["start"], target["end"]) == (hex(start), hex(start + 40))
    (ref,) = shell.json(f"pt-find --refs {points.held['first']:#x}")["refs"]
    assert ref["holder"]["text"] == "points here+0x18"


def test_what_no_block_or_symbol_is_known_of_is_that_address_alone(shell):
    target = shell.json("pt-find --refs 0x10")["target"]
    assert (target["start"], target["end"]) == ("0x10", "0x11")


@pytest.mark.parametrize("more", ["needle", "-t u32", "--count", "--next", "-C 16", "--break", "--yara x"])
def test_what_does_not_go_with_it_is_refused(shell, more):
    with pytest.raises(CommandFailed, match="--refs"):
        shell.run(f"pt-find --refs 0x1000 {more}")


def test_what_is_no_place_is_an_error(shell):
    with pytest.raises(CommandFailed, match="'nonsense' is no address"):
        shell.run("pt-find --refs nonsense")
