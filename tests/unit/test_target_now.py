"""A target whose program begins to use tags in its addresses while it runs (x86-64's LAM)."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.inferior import Inferior
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.target_now import TargetNow
from support.shell import Shell

PLACE = 0x7F0000010000
LAM = 0x3F << 57
TAGGED = 0x2A << 57 | PLACE
PAGE = b"MARK".ljust(0x100, b".") + struct.pack("<2Q", PLACE, TAGGED) + bytes(0xEF0)


class Process:
    """What tells tags, and whether it may have run; it counts how often it was asked."""

    def __init__(self) -> None:
        self.tags = self.time = self.asked = 0

    def now(self):
        return self.time

    def ignored_bits(self):
        self.asked += 1
        return self.tags

    def run(self, tags: int) -> None:
        self.tags, self.time = tags, self.time + 1


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def target(process):
    return replace(buffer_target([BufferArea(PLACE, PAGE)]), clock=process, tags=process)


def addresses(document) -> list[int]:
    return [int(hit["address"], 16) for hit in document["hits"]]


def test_a_target_stays_the_same_until_its_tags_change(process, target):
    now = TargetNow(target)
    assert now.target() is target
    process.run(tags=0)
    assert now.target() is target
    process.run(tags=LAM)
    assert now.target().arch == Arch(ignored_bits=LAM)
    assert now.target() is now.target()
    process.run(tags=0)
    assert now.target().arch == Arch()


def test_tags_are_asked_for_once_for_each_time_that_the_inferior_may_have_run(process, target):
    now = TargetNow(target)
    for _ in range(3):
        now.target()
    assert process.asked == 1


def test_of_an_address_that_has_none_tags_are_not_asked(process, target):
    now = TargetNow(target)
    assert (now.untagged(PLACE), process.asked) == (PLACE, 0)
    process.run(tags=LAM)
    assert (now.untagged(TAGGED), process.asked) == (PLACE, 1)


def test_the_bits_that_the_architecture_ignores_stay_ignored(process, target):
    byte = 0xFF << 56
    now = TargetNow(replace(target, arch=Arch(ignored_bits=byte)))
    process.run(tags=LAM)
    assert now.target().arch.ignored_bits == byte | LAM
    assert TargetNow(replace(target, tags=None)).target().arch.ignored_bits == 0


def test_commands_take_tagged_addresses_from_then_on(process, target):
    shell = Shell(target)
    assert addresses(shell.json(f"pt-find MARK --in {TAGGED:#x},+16")) == []
    assert addresses(shell.json(f"pt-find -P {PLACE:#x}")) == [PLACE + 0x100]
    process.run(tags=LAM)
    assert addresses(shell.json(f"pt-find MARK --in {TAGGED:#x},+16")) == [PLACE]
    assert addresses(shell.json(f"pt-find -P {PLACE:#x}")) == [PLACE + 0x100, PLACE + 0x108]
    assert addresses(shell.json(f"pt-find -P {TAGGED:#x} --next")) == [PLACE + 0x100, PLACE + 0x108]
    assert [area["start"] for area in shell.json(f"pt-maps {TAGGED:#x}")["areas"]] == [hex(PLACE)]
    shell.run("pt-image snapshot it")
    assert shell.json(f"pt-image read it {TAGGED:#x} 4")["bytes"] == b"MARK".hex()


def test_the_next_search_takes_tags_that_came_since(process, target):
    shell = Shell(target)
    shell.run(f"pt-find -t u64 0..{(1 << 64) - 1:#x} -a 8")
    process.run(tags=LAM)
    assert addresses(shell.json(f"pt-find -P {PLACE:#x} --next")) == [PLACE + 0x100, PLACE + 0x108]


def test_scripts_take_them_too(process, target):
    inferior = Inferior(target)
    process.run(tags=LAM)
    assert inferior.memory.read(TAGGED, 4) == b"MARK"
    assert inferior.area_now(TAGGED).start == inferior.area_at(TAGGED).start == PLACE
    (hit,) = inferior.find(Pattern.raw(b"MARK"), [Range(TAGGED, TAGGED + 0x10)])
    assert hit.address == PLACE
    assert list(inferior.find(Pattern.raw(b"MARK"), start=TAGGED + 1)) == []
    assert inferior.memory.find(b"ARK", TAGGED) == PLACE + 1
    snapshot = inferior.snapshot()
    assert (snapshot.read(TAGGED, 4), snapshot.find(TAGGED + 8).start) == (b"MARK", PLACE)
    assert snapshot.reason_at(TAGGED + 0x5000) == "unmapped"
