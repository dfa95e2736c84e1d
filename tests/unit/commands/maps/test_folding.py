"""Equal neighbours in a table of areas as one row: only what is equal, and has nothing else between."""

from __future__ import annotations

import pytest
from ptatlas.core.commands.maps.folding import folded
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.protection import Protection
from ptatlas.core.sources import BufferArea
from support.shell import Shell
from support.targets import over

PAGE = 0x1000
KINDS = {"a": ("rw-p", "", 1), "b": ("r--p", "", 1), "c": ("rw-p", "/lib/c", 1), "d": ("rw-p", "", 2)}


def areas(letters: str, gap: int = 1) -> list[Area]:
    """Areas one behind the other, equal where their letters are."""
    found, start = [], PAGE
    for letter in letters:
        perms, path, pages = KINDS[letter]
        found.append(Area(start, start + pages * PAGE, Protection.parse(perms), 0, path, "anon"))
        start = found[-1].end + gap * PAGE
    return found


def shape(rows: list) -> list[str]:
    return [row.size if isinstance(row.size, str) else "." for row in rows]


@pytest.mark.parametrize(
    ("letters", "shown"),
    [
        pytest.param("", [], id="none"),
        pytest.param("aa", [".", "."], id="two stay"),
        pytest.param("aaa", ["3 x 4K"], id="three"),
        pytest.param("baaab", [".", "3 x 4K", "."], id="in the middle"),
        pytest.param("aaabbb", ["3 x 4K", "3 x 4K"], id="of two kinds"),
        pytest.param("acacac", ["."] * 6, id="alternating"),
        pytest.param("addd", [".", "3 x 8K"], id="of another size"),
        pytest.param("dddd", ["4 x 8K"], id="all"),
    ],
)
@pytest.mark.parametrize("gap", [0, 1])
def test_equal_neighbours_become_a_row(letters, shown, gap):
    every = areas(letters, gap)
    rows = folded(every, AreaMap(every))
    assert shape(rows) == shown
    assert [(row.start, row.end) for row in rows if row in every] == [
        (one.start, one.end) for one in every if one in rows
    ]


@pytest.mark.parametrize(
    ("letters", "shown"),
    [
        pytest.param("aabaa", ["."] * 4, id="too few on either side"),
        pytest.param("aaabaa", ["3 x 4K", ".", "."], id="enough before"),
        pytest.param("aabaaa", [".", ".", "3 x 4K"], id="enough behind"),
        pytest.param("abababab", ["."] * 4, id="one after each"),
        pytest.param("aaabbaaa", ["3 x 4K", "3 x 4K"], id="enough on both sides"),
    ],
)
def test_a_row_has_no_area_between_that_a_scope_leaves_out(letters, shown):
    every = areas(letters)
    chosen = [one for one, letter in zip(every, letters) if letter == "a"]
    assert shape(folded(chosen, AreaMap(every))) == shown


def test_a_row_is_from_its_first_start_to_its_last_end_and_like_its_first_area():
    every = areas("aaaa")
    (row,) = folded(every, AreaMap(every))
    assert (row.start, row.end, row.perms, row.kind, row.path) == (PAGE, every[-1].end, "rw-p", "anon", "")
    assert row.areas == every


def test_what_else_is_shown_must_be_equal():
    every = areas("aaaaaa")
    rows = folded(every, AreaMap(every), also=lambda area: area in every[:3])
    assert shape(rows) == ["3 x 4K", "3 x 4K"]
    assert shape(folded(every, AreaMap(every), also=every.index)) == ["."] * 6


def test_rows_are_apart_where_what_is_unmapped_has_one():
    low = areas("aaa", 0)
    every = [*low, *(one._replace(start=one.start + 0x9000, end=one.end + 0x9000) for one in low)]
    assert shape(folded(every, AreaMap(every), touching=True)) == ["3 x 4K", "3 x 4K"]
    assert shape(folded(every, AreaMap(every))) == ["6 x 4K"]


@pytest.fixture
def shell() -> Shell:
    """Four equal areas, and one that is not."""
    pieces = [(0x1000 + 0x2000 * number, 0x1000) for number in range(4)] + [(0x9000, 0x2000)]
    return over(*(BufferArea(start, bytes(size)) for start, size in pieces))


def test_a_table_folds_unless_all_is_given_and_says_so(shell):
    lines = shell.lines("pt-maps")
    assert [line.split()[:4] for line in lines[1:-2]] == [
        ["0x1000-0x8000", "4", "x", "4K"],
        ["0x9000-0xb000", "8K", *lines[2].split()[2:4]],
    ]
    assert lines[-1] == "4 areas in 1 row of equal neighbours; --all lists each"
    assert len(shell.lines("pt-maps --all")) == 1 + 5 + 1


@pytest.mark.parametrize("options", ["--gaps", "--sort size", "--columns start,vmflags", "--format csv"])
def test_what_lies_between_or_another_order_folds_nothing(shell, options):
    assert not any(" x " in line for line in shell.lines(f"pt-maps {options}"))


def test_a_document_has_every_area(shell):
    assert len(shell.json("pt-maps")["areas"]) == 5
