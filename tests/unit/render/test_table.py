"""Tables: one layout for the first rows and for all that follow, within the terminal's width."""

import re
from collections import namedtuple

import pytest
import tabulate
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.render.cuts import columns_of
from ptatlas.core.render.document import Rows
from ptatlas.core.render.fields import ADDRESS, END, LONG_TEXT, NAME, PREVIEW, SIZE, SYMBOL, Column, column
from ptatlas.core.render.palette import colours
from ptatlas.core.render.table import BLOCK, Lines, table
from ptatlas.core.render.telling import Telling
from ptatlas.core.render.text import PLAIN

Row = namedtuple("Row", "start size path")
COLUMNS = (column("start", ADDRESS), column("size", SIZE), column("path", NAME))


def lines(items, palette=PLAIN, width=None, **more):
    return "".join(pieces(items, palette, width, **more)).splitlines()


def pieces(items, palette=PLAIN, width=None, **more):
    return table(Rows("areas", items, COLUMNS, COLUMNS, **more), palette, width, Telling())


def test_numbers_stand_right_and_names_left_under_their_headings():
    assert lines([Row(0x1000, 4096, "/bin/a"), Row(0x7FFF0000, 700, "[stack]")]) == [
        "     start  size  path",
        "    0x1000    4K  /bin/a",
        "0x7fff0000   700  [stack]",
    ]


def test_rows_beyond_the_first_block_follow_in_the_same_layout():
    text = lines([Row(0x10000 + n, 4096, f"/lib/{n:04}") for n in range(3 * BLOCK)])
    assert len(text) == 1 + 3 * BLOCK
    assert {line.index("/lib/") for line in text[1:]} == {text[1].index("/lib/")}
    assert text[-1] == f"{0x10000 + 3 * BLOCK - 1:#x}    4K  /lib/{3 * BLOCK - 1:04}"


@given(
    st.lists(
        st.builds(
            Row,
            st.integers(0, 1 << 64),
            st.integers(0, 1 << 40),
            st.sampled_from(["", "/lib/x.so", "[stack]"]),
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([None, 200, 80, 50, 30]),
    st.sampled_from([COLUMNS, COLUMNS[:2], COLUMNS[::-1]]),
)
def test_tabulate_lays_out_the_first_rows_as_the_format_does_the_rest(rows, width, columns):
    laid = Lines(columns, PLAIN, width, rows)
    assert laid.head(rows) == laid.heading() + laid.of(rows)
    painted = Lines(columns, colours(), width, rows).head(rows)
    assert re.sub(r"\x1b\[[0-9;]*m| +$", "", painted, flags=re.M) == laid.head(rows)


def test_an_ordinary_table_begins_with_tabulate(monkeypatch):
    calls = []
    usual = tabulate.tabulate
    monkeypatch.setattr(tabulate, "tabulate", lambda *rows, **how: calls.append(rows) or usual(*rows, **how))
    lines([Row(0x10000 + n, 4096, "/lib/a") for n in range(2 * BLOCK)])
    assert [len(rows) for (rows,) in calls] == [1 + BLOCK]


def test_rows_are_printed_as_they_come_and_not_held_back():
    endless = pieces(Row(n, 1, "x") for n in iter(int, 1))
    assert next(endless).count("\n") == 1 + BLOCK
    assert next(endless).count("\n") == BLOCK


def test_a_path_is_shortened_within_where_the_line_is_too_narrow():
    assert lines([Row(0x1000, 4096, "/usr/lib/python3/dist-packages/numpy.so")], width=32)[1:] == [
        "0x1000    4K  /usr/…/numpy.so"
    ]


def test_a_name_is_whole_where_the_width_has_no_limit():
    assert lines([Row(0x1000, 4096, "/" + 500 * "x")])[1].endswith(500 * "x")


def test_a_table_without_rows_says_so_in_its_own_words():
    assert lines([], empty="no areas") == ["no areas"]


def test_details_stand_under_their_row():
    text = lines([Row(1, 1, "a"), Row(2, 2, "b")], detail=lambda row: [f"  {row.path}!"])
    assert text[1:] == ["  0x1     1  a", "  a!", "  0x2     2  b", "  b!"]


def test_colours_change_no_character_and_no_column():
    import re

    rows = [Row(0x1000 + n, 4096, "/bin/a") for n in range(2 * BLOCK)]
    painted = lines(rows, colours())
    assert painted != lines(rows)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in painted] == lines(rows)


@pytest.mark.parametrize("width", [1, 10, 40, 80])
def test_a_line_is_never_wider_than_the_terminal_or_what_the_other_columns_need(width):
    room = len("0x1000    4K  ") + 8
    text = lines([Row(0x1000, 4096, "/" + 99 * "y")], width=width)
    assert max(map(len, text)) <= max(width, room)


SYMBOLS = (column("start", ADDRESS), column("symbol", SYMBOL), column("path", NAME))
Placed = namedtuple("Placed", "start symbol path")


@pytest.mark.parametrize("width", [50, 80, 100])
@pytest.mark.parametrize("path", ["[heap]", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"])
@pytest.mark.parametrize("count", [1, 2 * BLOCK])
def test_a_long_symbol_is_cut_within_and_leaves_room_for_the_name(width, path, count):
    symbol = "std::vector<" + 300 * "x" + ">::push_back+0x19"
    items = [Placed(0x1000 + n, symbol, path) for n in range(count)]
    text = "".join(table(Rows("hits", items, SYMBOLS, SYMBOLS), PLAIN, width, Telling())).splitlines()
    assert max(map(len, text)) <= width
    for line in text[1:]:
        _start, shown, name = line.split()
        assert shown.startswith("std::vect")
        assert shown.endswith("+0x19")
        assert name in (path, "…/libstdc++.so.6")


def test_a_symbol_with_room_enough_is_whole():
    items = [Placed(0x1000, "main+0x4", "/bin/a")]
    for width in (26, 40, None):
        text = "".join(table(Rows("hits", items, SYMBOLS, SYMBOLS), PLAIN, width, Telling()))
        assert "main+0x4" in text


def test_a_coloured_row_with_details_is_no_wider_than_the_terminal():
    """Blanks behind the last name would be inside its colour, where nothing strips them."""
    rows = [Row(0x1000, 4096, "/a"), Row(0x2000, 4096, "/usr/lib/python3/dist-packages/numpy.so")]
    text = lines(rows, colours(), width=30, detail=lambda _: ["  detail"])
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in text]
    assert max(map(len, plain)) <= 30
    assert not any(line.endswith(" ") for line in plain)


Bytes = namedtuple("Bytes", "start was now symbol path")
BYTE_COLUMNS = (
    column("start", ADDRESS),
    column("was", PREVIEW),
    column("now", PREVIEW),
    column("symbol", SYMBOL),
    column("path", NAME),
)


def byte_lines(width, **changes):
    row = Bytes(0x7FFFF7DD1000, "11" * 12 + "…", "22" * 12 + "…", "x" * 40, "/usr/lib/libc.so.6")
    rows = Rows("ranges", [row._replace(**changes)], BYTE_COLUMNS, BYTE_COLUMNS)
    return "".join(table(rows, PLAIN, width, Telling())).splitlines()


@pytest.mark.parametrize("width", [64, 80, 100, 120, 140, 160])
def test_first_bytes_and_symbols_give_way_before_a_line_is_too_long(width):
    heading, line = byte_lines(width)
    assert len(heading) <= width
    assert len(line) <= width
    assert len(line.split()[-1]) >= 8


@pytest.mark.parametrize(
    ("width", "was"),
    [
        pytest.param(None, "11" * 12 + "…", id="no limit"),
        pytest.param(90, "11" * 6 + "…", id="some room"),
        pytest.param(70, "11" * 3 + "…", id="little room"),
    ],
)
def test_of_first_bytes_whole_ones_are_shown(width, was):
    assert byte_lines(width)[1].split()[1] == was


def test_first_bytes_that_fit_are_whole():
    assert byte_lines(70, was="1122", now="3344")[1].split()[1:3] == ["1122", "3344"]


Area = namedtuple("Area", "start end size kind path")
AREAS = (
    column("start", ADDRESS),
    column("end", END),
    column("size", SIZE),
    column("kind", LONG_TEXT._replace(shrink=None)),
    column("path", NAME),
)
LIBC = "/usr/lib/x86_64-linux-gnu/libc.so.6"
VSYSCALL = Area(0xFFFFFFFFFF600000, 0xFFFFFFFFFF601000, 4096, "vsys", "[vsyscall]")


def libc(number):
    return Area(0x7FFFF7D00000 + 4096 * number, 0x7FFFF7D01000 + 4096 * number, 4096, "module", LIBC)


def area_lines(items, width=None, columns=AREAS, palette=PLAIN):
    rows = Rows("areas", items, columns, columns)
    return "".join(table(rows, palette, width, Telling())).splitlines()


@pytest.mark.parametrize("width", [None, 80, 200])
@pytest.mark.parametrize("count", [12, 40, 2 * BLOCK])
def test_a_range_stands_once_and_one_that_is_wider_moves_no_other(width, count):
    heading, *rows, last = area_lines([*map(libc, range(count)), VSYSCALL], width)
    assert heading == "                    start-end  size  kind    path"
    assert rows[0] == f"0x7ffff7d00000-0x7ffff7d01000    4K  module  {LIBC}"
    assert {row.index("/usr") for row in rows} == {45}
    assert last == "0xffffffffff600000-0xffffffffff601000  4K  vsys  [vsyscall]"


@pytest.mark.parametrize("palette", [PLAIN, colours()], ids=["plain", "coloured"])
@pytest.mark.parametrize("width", [60, 79, 100, 200])
def test_every_row_is_one_line_that_shows_which_file_it_is(width, palette):
    paths = [LIBC, "/usr/bin/" + "long-" * 30 + "name", "/home/日本語/" + "ディレクトリ/" * 9 + "libx.so.1"]
    ends = ["libc.so.6", "g-name", "libx.so.1"]
    items = [libc(number)._replace(path=paths[number % 3]) for number in range(30)]
    for number, line in enumerate(area_lines([*items, VSYSCALL], width, palette=palette)[1:-1]):
        shown = re.sub(r"\x1b\[[0-9;]*m", "", line)
        assert columns_of(shown) <= width
        assert shown.endswith(ends[number % 3])


def test_blanks_between_columns_go_before_names_are_shortened():
    assert area_lines([libc(0)] * 3, 56)[1] == "0x7ffff7d00000-0x7ffff7d01000   4K module /…/libc.so.6"


def test_the_end_of_a_range_goes_where_there_is_no_room_and_its_size_is_there():
    assert area_lines([libc(0)] * 3, 43)[:2] == [
        "         start size kind   path",
        "0x7ffff7d00000   4K module /…/libc.so.6",
    ]
    without_size = (*AREAS[:2], *AREAS[3:])
    assert area_lines([libc(0)] * 3, 43, without_size)[1].startswith("0x7ffff7d00000-0x7ffff7d01000 ")


def test_an_end_without_its_start_is_a_column():
    columns = (AREAS[1], AREAS[0], AREAS[4])
    assert area_lines([libc(0)], None, columns) == [
        "           end           start  path",
        f"0x7ffff7d01000  0x7ffff7d00000  {LIBC}",
    ]


def test_rows_that_become_otherwise_go_on_in_a_layout_of_their_own():
    low = [Area(0x1000 * n, 0x1000 * n + 4096, 4096, "file", "/d") for n in range(1, BLOCK + 1)]
    text = area_lines([*low, *map(libc, range(BLOCK))], 80)
    assert {line.index("/usr") for line in text[BLOCK + 1 :]} == {45}


def test_text_that_is_long_loses_its_end():
    columns = (
        column("start", ADDRESS),
        Column("what", LONG_TEXT, lambda row: row.kind),
        column("path", NAME),
    )
    shown = area_lines([libc(0)._replace(kind="word " * 20)], 50, columns)[1]
    assert shown == "0x7ffff7d00000 word word word wor… …/libc.so.6"


@pytest.mark.parametrize("width", [60, 79, 100])
def test_a_line_with_ellipses_has_room_for_their_bytes(width):
    """GDB's pager counts bytes, and would take a full line for two, and stop within it."""
    symbol = "some_namespace::" * 20
    items = [Bytes(0x7FFFF7DD1000, "11" * 12 + "…", "22" * 12 + "…", symbol, LIBC)] * 20
    text = "".join(table(Rows("ranges", items, BYTE_COLUMNS, BYTE_COLUMNS), PLAIN, width, Telling()))
    assert max(len(line.encode()) for line in text.splitlines()) <= width
    assert text.count("libc.so.6") == 20
