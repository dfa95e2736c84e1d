"""What a search was to cover, and what it did, in words and in the document."""

from __future__ import annotations

import pytest
from ptatlas.core.commands.shell.coverage import SHOWN
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell
from support.targets import over

PAGE = 0x1000


def searched(holes: int) -> Shell:
    """Twenty pages, of which every other one can't be read, so many of these."""
    unreadable = [(0x1000 + 2 * n * PAGE, 0x1000 + (2 * n + 1) * PAGE) for n in range(holes)]
    return over(BufferArea(0x1000, bytes(20 * PAGE)), unreadable=unreadable)


@pytest.mark.parametrize("holes", [0, 1, SHOWN, SHOWN + 1, 10])
def test_the_first_unreadable_ranges_are_told_one_by_one_and_the_rest_counted(holes):
    lines = searched(holes).lines("pt-find needle")
    told = [line for line in lines if line.startswith("not searched: 0x")]
    assert len(told) == min(holes, SHOWN)
    more = [line for line in lines if "--json lists them" in line]
    count = holes - SHOWN
    ranges = "1 more range" if count == 1 else f"{count} more ranges"
    assert more == ([f"not searched: {ranges}; --json lists them"] if count > 0 else [])
    assert len(searched(holes).json("pt-find needle")["coverage"]["unreadable"]) == holes


def test_what_was_not_searched_is_said_beside_what_was():
    shell = Shell(
        buffer_target(
            [BufferArea(0x1000, bytes(4 * PAGE)), BufferArea(0x9000, bytes(PAGE), "---p")],
            unreadable=[(0x2000, 0x3000)],
            untouched=[(0x3000, 0x5000)],
        )
    )
    first = shell.lines("pt-find needle")[0]
    assert first.startswith("0 hits in 4K, ")
    assert first.endswith("; 8K never touched; 8K unreadable")


def test_a_scope_without_areas_says_so():
    shell = over(BufferArea(0x1000, bytes(PAGE), "r--p", "/bin/prog"))
    assert shell.lines("pt-find needle -n nosuch")[-1] == "no area is in this scope"
    assert "no area is in this scope" not in shell.run("pt-find needle -n prog")
