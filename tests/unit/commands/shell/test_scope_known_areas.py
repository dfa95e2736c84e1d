"""Ranges that the user names where a target tells no map: looked at wherever they can be read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.fixed import FixedAreas
from support.shell import Shell

PAGE = 0x1000
LISTED, BESIDE, FAR = 0x10000, 0x11000, 0x50000
PIECES = [
    BufferArea(LISTED, b"MARK".ljust(PAGE, b"\xcc"), "rw-p", "/listed", 0, "module"),
    BufferArea(BESIDE, (b"MARK" + bytes(PAGE - 6) + b"MA"), "rw-p"),
    BufferArea(FAR, (b"RK" + b"MARK").ljust(PAGE, b"\xdd"), "rw-p"),
]
WHY = "the target tells no map"


def shell_over(*, is_map_whole: bool, listed: int = 1) -> Shell:
    """The commands over these pieces, of which only the first are listed."""
    target = buffer_target(PIECES)
    areas = FixedAreas(target.listers[0].areas()[:listed], "test")
    problems = () if is_map_whole else (WHY,)
    return Shell(replace(target, listers=(areas,), is_map_whole=is_map_whole, problems=problems))


@pytest.fixture
def shell() -> Shell:
    return shell_over(is_map_whole=False)


def addresses(document) -> list[int]:
    return [int(hit["address"], 16) for hit in document["hits"]]


@pytest.mark.parametrize(
    ("ranges", "found", "searched", "unreadable"),
    [
        pytest.param(f"--in {FAR:#x},+{PAGE}", [FAR + 2], PAGE, 0, id="one that is in no area"),
        pytest.param(f"--in {LISTED:#x}..{BESIDE + 4:#x}", [LISTED, BESIDE], PAGE + 4, 0, id="partly in one"),
        pytest.param(f"--in {BESIDE:#x},+8 --in {BESIDE + 2:#x},+8", [BESIDE], 10, 0, id="two that overlap"),
        pytest.param(f"--in {FAR:#x},+{2 * PAGE}", [FAR + 2], PAGE, PAGE, id="partly unreadable"),
        pytest.param(f"--in {FAR + 1:#x},+5", [FAR + 2], 5, 0, id="inside a page"),
        pytest.param("--in 0x900000,+16", [], 0, 16, id="where nothing is"),
    ],
)
def test_a_range_that_is_named_is_searched_map_or_no_map(shell, ranges, found, searched, unreadable):
    document = shell.json(f"pt-find MARK {ranges}")
    assert addresses(document) == found
    coverage = document["coverage"]
    parts = sum(int(part["end"], 16) - int(part["start"], 16) for part in coverage["unreadable"])
    assert (coverage["searched"], parts, coverage["left_out"]) == (searched, unreadable, 0)


def test_of_a_hit_in_no_area_no_area_is_told(shell):
    (hit,) = shell.json(f"pt-find MARK --in {FAR:#x},+{PAGE}")["hits"]
    assert (hit["area"], hit["area_offset"]) == (None, None)
    (counted,) = shell.json(f"pt-find MARK --in {FAR:#x},+{PAGE} --count")["areas"]
    assert (counted["start"], counted["end"], counted["area"]) == (hex(FAR), hex(FAR + PAGE), None)


def test_what_a_map_does_not_tell_is_told_in_tables_and_documents(shell):
    assert shell.json("pt-find MARK")["problems"] == [WHY]
    (reason,) = shell.json("pt-find MARK")["coverage"]["because"]
    assert reason == {"what": "problems", "why": WHY, "bytes": None}
    assert WHY in shell.lines("pt-find MARK")
    assert WHY in shell.lines(f"pt-find MARK --in {FAR:#x}")
    assert shell.json("pt-image snapshot it")["problems"] == [WHY]
    assert WHY in shell.lines("pt-image show it")
    assert shell.json("pt-image diff it live")["problems"] == [WHY]
    assert shell.lines("pt-image diff it it").count(WHY) == 1
    assert shell.json("pt-find MARK --image it")["problems"] == [WHY]


def test_a_store_keeps_what_a_snapshot_does_not_cover(shell, tmp_path):
    shell.run(f"pt-image snapshot it --store {tmp_path}/store")
    other = Shell()
    other.run(f"pt-image attach {tmp_path}/store")
    assert other.json("pt-image show it")["problems"] == [WHY]


def test_the_next_search_looks_where_the_last_one_found_something(shell):
    shell.run(f"pt-find MARK --in {LISTED:#x}..{BESIDE + PAGE:#x} --in {FAR:#x},+{PAGE}")
    document = shell.json("pt-find --next")
    assert addresses(document) == [LISTED, BESIDE, FAR + 2]
    assert document["earlier"]["gone"] == 0


def test_a_named_range_is_kept_searched_and_compared(shell):
    taken = shell.json(f"pt-image snapshot it --in {FAR:#x},+16")
    assert [(item["start"], item["end"]) for item in taken["sections"]] == [(hex(FAR), hex(FAR + 16))]
    assert addresses(shell.json("pt-find MARK --image it")) == [FAR + 2]
    for scope in ("", f"--in {FAR:#x},+16"):
        compared = shell.json(f"pt-image diff it live {scope}")
        assert (compared["ranges"], compared["coverage"]["searched"]) == ([], 16)
    with_live = shell.json(f"pt-image diff live live --in {FAR:#x},+{PAGE}")
    assert with_live["coverage"]["searched"] == PAGE


def test_where_nothing_at_all_is_listed_a_named_range_is_searched():
    shell = shell_over(is_map_whole=False, listed=0)
    assert addresses(shell.json(f"pt-find MARK --in {FAR:#x},+{PAGE}")) == [FAR + 2]


def test_pointers_into_a_named_range_are_found(shell):
    pointer = int.from_bytes(b"MARK" + b"\xcc" * 4, "little")
    document = shell.json(f"pt-find -P @{pointer:#x},+1")
    assert addresses(document) == [LISTED]


def test_filters_hold_for_what_is_named_too(shell):
    assert shell.json(f"pt-find MARK --in {FAR:#x},+{PAGE} -n listed")["coverage"]["searched"] == 0


def test_a_whole_map_is_believed():
    shell = shell_over(is_map_whole=True)
    document = shell.json(f"pt-find MARK --in {LISTED:#x}..{FAR + PAGE:#x}")
    assert addresses(document) == [LISTED]
    assert "problems" not in document
    assert "problems" not in shell.json("pt-image snapshot it")
