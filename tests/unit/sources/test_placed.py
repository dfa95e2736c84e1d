"""File offsets and names of areas by where a debugger has placed files."""

from __future__ import annotations

import pytest
from ptatlas.core.maps.area import Area
from ptatlas.core.ports.program import LoadedRange
from ptatlas.core.ranges import TOP
from ptatlas.core.sources.placed import with_places

PAGE = 0x1000
LIBRARY = "/usr/lib/libx.so.1.2"
# As a linker places it: headers, code, and data that begin within a page; variables without content follow.
PLACES = (
    LoadedRange(0x10000, 0x10878, LIBRARY, 0),
    LoadedRange(0x11000, 0x12415, LIBRARY, 0x1000),
    LoadedRange(0x13DD0, 0x150A0, LIBRARY, 0x2DD0),
    LoadedRange(0x150A0, 0x17F50),
)


def placed(start: int, end: int, path: str | None, places=PLACES) -> tuple[str | None, int | None]:
    (area,) = with_places([Area(start, end, path=path)], places, PAGE)
    assert (area.start, area.end) == (start, end)
    return area.path, area.offset


@pytest.mark.parametrize(
    ("start", "end", "offset"),
    [
        pytest.param(0x10000, 0x11000, 0, id="the headers"),
        pytest.param(0x11000, 0x13000, 0x1000, id="code"),
        pytest.param(0x12000, 0x13000, 0x2000, id="the second page of code"),
        pytest.param(0x13000, 0x14000, 0x2000, id="a page that data begin within: it is mapped twice"),
        pytest.param(0x14000, 0x16000, 0x3000, id="the rest of the data, and variables in their last page"),
        pytest.param(0x10000, 0x13000, 0, id="two segments that the kernel maps as one area"),
        pytest.param(0x13DD0, 0x150A8, 0x2DD0, id="a range that begins within a page"),
    ],
)
def test_an_area_shows_the_file_from_the_place_that_the_debugger_placed_there(start, end, offset):
    assert placed(start, end, LIBRARY) == (LIBRARY, offset)
    assert placed(start, end, None) == (LIBRARY, offset)


@pytest.mark.parametrize(
    ("start", "end", "path"),
    [
        pytest.param(0x16000, 0x18000, None, id="variables without content in the file"),
        pytest.param(0x14000, 0x18000, None, id="data with pages behind them that no file fills"),
        pytest.param(0xF000, 0x11000, None, id="more before the file begins"),
        pytest.param(0x20000, 0x21000, None, id="nothing is placed there"),
        pytest.param(0x20000, 0x21000, LIBRARY, id="the file, where the debugger doesn't place it"),
        pytest.param(0x11000, 0x13000, "/usr/lib/libother.so", id="another file's name"),
        pytest.param(0x11000, 0x13000, "", id="memory that is known to have no file"),
        pytest.param(0x11000, 0x13000, "[heap]", id="a name in brackets"),
    ],
)
def test_what_is_not_known_to_be_the_file_stays_as_it_is(start, end, path):
    assert placed(start, end, path) == (path, None)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("/lib/libx.so.1.2", id="by another folder"),
        pytest.param("/usr/lib/libx.so.1.2 (deleted)", id="a file that was deleted"),
    ],
)
def test_the_name_of_the_map_stays_and_takes_the_offset(name):
    assert placed(0x11000, 0x13000, name) == (name, 0x1000)


def test_a_library_that_the_linker_knows_by_a_link(tmp_path):
    file, link = tmp_path / "libx.so.1.2", tmp_path / "libx.so.1"
    file.touch()
    link.symlink_to(file)
    name = str(file.resolve())
    places = [LoadedRange(0x11000, 0x12415, str(link), 0x1000)]
    assert placed(0x11000, 0x13000, name, places) == (name, 0x1000)


def test_where_places_contradict_each_other_nothing_is_taken():
    other = LoadedRange(0x11800, 0x12000, LIBRARY, 0x5800)
    assert placed(0x11000, 0x13000, LIBRARY, (*PLACES, other)) == (LIBRARY, None)
    assert placed(0x11000, 0x13000, None, (*PLACES, other._replace(path="/lib/y"))) == (None, None)


def test_one_file_that_the_debugger_knows_by_two_names(tmp_path):
    """LLDB 23 has the interpreter of a minidump as a module of the dump and as one of the linker's list."""
    file, link = tmp_path / "ld.so.2", tmp_path / "ld.so"
    file.touch()
    link.symlink_to(file)
    places = [LoadedRange(0x11000, 0x12415, str(path), 0x1000) for path in (file, link)]
    assert placed(0x11000, 0x13000, str(file), places) == (str(file), 0x1000)
    assert placed(0x11000, 0x13000, None, places) == (str(file), 0x1000)


def test_an_offset_that_is_known_stays():
    area = Area(0x11000, 0x13000, offset=0x7000, path=LIBRARY)
    assert with_places([area], PLACES, PAGE) == [area]


def test_an_area_that_begins_before_its_file_could_has_no_offset():
    assert placed(0xF000, 0x11000, LIBRARY) == (LIBRARY, None)


def test_at_the_top_of_the_address_space():
    top = LoadedRange(TOP - 0x800, TOP, LIBRARY, 0x1800)
    assert placed(TOP - PAGE, TOP, None, [top]) == (LIBRARY, 0x1000)
