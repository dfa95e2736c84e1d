"""The totals of pt-maps: the last row of --rss and --summary, and the same in documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from ptatlas.core.ports.areas import Residency
from ptatlas.core.ranges import Range
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell

K = 1024
AREAS = (
    BufferArea(0x1000, bytes(4 * K), "r-xp", "/bin/a", 0, "module"),
    *(BufferArea(0x10000 * number, bytes(8 * K), "rw-p", "", 0, "anon") for number in range(1, 5)),
)


class Teller:
    """Every area has so much of each in memory, but for those that it leaves out."""

    def __init__(self, *left_out: int) -> None:
        self._left_out = left_out

    def residency(self) -> Mapping[Range, Residency]:
        ranges = (Range(piece.address, piece.address + len(piece.content)) for piece in AREAS)
        return {
            each: Residency(rss=4 * K, pss=2 * K, swap=0, dirty=K)
            for each in ranges
            if each.start not in self._left_out
        }


@pytest.fixture
def shell() -> Shell:
    return Shell(replace(buffer_target(AREAS), residency=Teller()))


def test_the_last_row_adds_up_what_is_in_memory(shell):
    *_, total, _, _ = shell.lines("pt-maps --rss")
    assert total.split() == ["36K", "20K", "10K", "0", "5K", "(total)"]


def test_a_row_of_several_areas_adds_theirs_up(shell):
    (row,) = (line for line in shell.lines("pt-maps --rss") if " x " in line)
    assert row.split() == ["0x10000-0x42000", "4", "x", "8K", "rw-p", "0x0", "anon", "16K", "8K", "0", "4K"]


def test_a_document_has_the_same_in_its_total(shell):
    total = {"areas": 5, "bytes": 36 * K, "rss": 20 * K, "pss": 10 * K, "swap": 0, "dirty": 5 * K}
    assert shell.json("pt-maps --rss")["total"] == total
    assert shell.json("pt-maps --rss --all")["total"] == total
    assert set(shell.json("pt-maps")["total"]) == {"areas", "bytes"}


def test_a_summary_ends_with_all_kinds(shell):
    heading, *kinds, total, _ = shell.lines("pt-maps --summary --rss")
    assert heading.split() == ["kind", "areas", "bytes", "rss", "largest"]
    assert [row.split() for row in kinds] == [
        ["anon", "4", "32K", "16K", "8K"],
        ["module", "1", "4K", "4K", "4K"],
    ]
    assert total.split() == ["(total)", "5", "36K", "20K", "8K"]
    assert shell.json("pt-maps --summary --rss")["total"] == {"areas": 5, "bytes": 36 * K, "rss": 20 * K}


def test_one_row_needs_no_total(shell):
    assert not any("(total)" in shell.run(f"pt-maps -k module {option}") for option in ("--rss", "--summary"))


def test_what_is_not_known_of_each_is_no_total():
    shell = Shell(replace(buffer_target(AREAS), residency=Teller(0x20000)))
    assert shell.lines("pt-maps --rss --all")[-2].split() == ["36K", "?", "?", "?", "?", "(total)"]
    assert shell.json("pt-maps --rss")["total"]["rss"] is None
    assert [row.split()[3] for row in shell.lines("pt-maps --summary --rss")[1:4]] == ["?", "4K", "?"]
