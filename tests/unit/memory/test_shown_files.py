"""Ranges in no area of a dump that the debugger shows from a file: looked at where they are named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ptatlas.core.errors import MemoryFault
from ptatlas.core.inferior import Inferior
from ptatlas.core.ports.program import LoadedRange
from ptatlas.core.ranges import Range
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.walk.reading import readable_parts
from support.shell import Shell
from support.targets import Reader

PAGE = 0x1000
DUMPED, BESIDE, FAR = 0x10000, 0x11000, 0x50000
PROGRAM = "/bin/program"
PAGE_OF_DUMP = BufferArea(DUMPED, b"MARK" + bytes(PAGE - 6) + b"MA")
ALL = buffer_target(
    [
        PAGE_OF_DUMP,
        BufferArea(BESIDE, b"RK MARK".ljust(0x100, b".")),
        BufferArea(FAR, b"MARK".ljust(0x80, b".")),
    ]
)


class Places:
    def __init__(self, *places: LoadedRange) -> None:
        self._places = places

    def places(self):
        return self._places


def shell_over(*places: LoadedRange, shown: Reader | None = None) -> Shell:
    """The commands over a dump of the first page, beside which a debugger shows files at these places."""
    dump = buffer_target([PAGE_OF_DUMP])
    files = shown or Reader(ALL.readers[0], thread_safe=False)
    return Shell(replace(dump, places=Places(*places), shown_files=files))


TEXT = LoadedRange(BESIDE, BESIDE + 0x100, PROGRAM, 0x1000)
DATA = LoadedRange(FAR, FAR + 0x80, PROGRAM, 0x2000)


def addresses(document) -> list[int]:
    return [int(hit["address"], 16) for hit in document["hits"]]


@pytest.fixture
def shell() -> Shell:
    return shell_over(TEXT, DATA)


@pytest.mark.parametrize(
    ("ranges", "found", "searched"),
    [
        pytest.param(f"--in {BESIDE:#x},+256", [BESIDE + 3], 0x100, id="all of a part"),
        pytest.param(f"--in {BESIDE + 2:#x}..{BESIDE + 8:#x}", [BESIDE + 3], 6, id="some of it"),
        pytest.param(
            f"--in {DUMPED:#x}..{FAR:#x}", [DUMPED, BESIDE - 2, BESIDE + 3], PAGE + 0x100, id="both"
        ),
        pytest.param(
            "--in 0..0xffffffffffffffff", [DUMPED, BESIDE - 2, BESIDE + 3, FAR], PAGE + 0x180, id="all"
        ),
        pytest.param(f"--in {BESIDE + 9:#x}", [BESIDE + 3], 0x100, id="an address: all of its part"),
        pytest.param(f"--in {DUMPED:#x} --in {FAR:#x}", [DUMPED, FAR], PAGE + 0x80, id="two addresses"),
        pytest.param("--in 0x900000,+16", [], 0, id="where nothing is"),
        pytest.param("--in 0x900000", [], 0, id="an address where nothing is"),
        pytest.param("", [DUMPED], PAGE, id="nothing is named"),
    ],
)
def test_what_is_named_is_searched_where_a_file_is_shown(shell, ranges, found, searched):
    document = shell.json(f"pt-find MARK {ranges}")
    assert addresses(document) == found
    assert (document["coverage"]["searched"], document["coverage"]["unreadable"]) == (searched, [])


def test_a_result_says_what_is_from_a_file_and_which(shell):
    why = (
        "the dump holds no memory of the process here, and the debugger shows "
        "0x11002..0x11100 and 1 more as it is in the file /bin/program"
    )
    scope = f"--in {BESIDE + 2:#x}..0x60000"
    document = shell.json(f"pt-find MARK {scope}")
    assert document["problems"] == [why]
    assert document["coverage"]["because"] == [{"what": "problems", "why": why, "bytes": None}]
    assert why in shell.lines(f"pt-find MARK {scope}")
    assert shell.json(f"pt-image snapshot it {scope}")["problems"] == [why]
    assert shell.json("pt-image diff it live")["problems"] == [why]
    assert shell.json("pt-find MARK --image it")["problems"] == [why]
    assert "problems" not in shell.json(f"pt-find MARK --in {DUMPED:#x}")


def test_a_hit_tells_its_file_and_no_offset_in_an_area(shell):
    (hit,) = shell.json(f"pt-find MARK --in {FAR:#x},+16")["hits"]
    assert (hit["area"], hit["area_offset"]) == (PROGRAM, None)


def test_a_snapshot_holds_what_is_named_at_its_place_in_the_file(shell):
    taken = shell.json(f"pt-image snapshot it --in {BESIDE + 3:#x},+4")
    assert [(item["start"], item["end"]) for item in taken["sections"]] == [
        (hex(BESIDE + 3), hex(BESIDE + 7))
    ]
    held = shell.session.images["it"].map.find(BESIDE + 3)
    assert (held.path, held.offset, held.protection) == (PROGRAM, 0x1003, None)
    compared = shell.json("pt-image diff it live")
    assert (compared["ranges"], compared["coverage"]["searched"]) == ([], 4)
    whole = shell.json(f"pt-image snapshot whole --in {BESIDE + 3:#x}")
    assert [(item["start"], item["end"]) for item in whole["sections"]] == [
        (hex(BESIDE), hex(BESIDE + 0x100))
    ]


def test_the_next_search_looks_where_the_last_one_found_something(shell):
    shell.run(f"pt-find MARK --in {DUMPED:#x}..0x60000")
    assert addresses(shell.json("pt-find --next")) == [DUMPED, BESIDE - 2, BESIDE + 3, FAR]


def test_what_lies_around_a_hit_is_shown(shell):
    assert "MARK]" not in shell.run(f"pt-find MARK --in {FAR:#x},+16 -C 16").splitlines()[0]
    assert "[4d 41 52 4b]2e" in shell.run(f"pt-find MARK --in {FAR:#x},+16 -C 16")


def test_scripts_read_it_too_and_nothing_that_is_not_shown(shell):
    memory = shell.inferior.memory
    assert memory.read(FAR, 4) == b"MARK"
    with pytest.raises(MemoryFault) as caught:
        memory.read(FAR + 0x7E, 4)
    assert (caught.value.address, caught.value.reason) == (FAR + 0x80, "unmapped")


def test_what_the_dump_holds_is_never_taken_from_a_file():
    shell = shell_over(LoadedRange(DUMPED - PAGE, BESIDE + 0x100, PROGRAM, 0), shown=Reader())
    document = shell.json(f"pt-find MARK --in {DUMPED:#x}..{BESIDE + 0x100:#x}")
    assert addresses(document) == [DUMPED]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(LoadedRange(FAR, FAR + 0x80), id="zeros of .bss"),
        pytest.param(LoadedRange(FAR + PAGE, FAR + 2 * PAGE, PROGRAM, 0), id="not read by the debugger"),
    ],
)
def test_what_is_in_no_file_or_is_not_shown_is_not_searched(place):
    shell = shell_over(place)
    document = shell.json(f"pt-find MARK --in {place.start:#x}..{place.end:#x}")
    assert (document["hits"], document["coverage"]["searched"]) == ([], 0)


def test_of_parts_that_overlap_the_first_counts():
    shell = shell_over(TEXT, TEXT._replace(path="/bin/other"))
    (hit,) = shell.json(f"pt-find MARK --in {BESIDE:#x},+16")["hits"]
    assert hit["area"] == PROGRAM


def test_a_search_of_files_leaves_threads_alone(shell):
    reader = shell.inferior.memory.ready([Range(FAR, FAR + 4)])
    assert not reader.thread_safe


def test_holes_of_the_dump_are_passed_over_beside_a_file():
    """Several of them in one page, as minidumps have them: only their reader knows where bytes come next."""
    pieces = [BufferArea(DUMPED + at, b"MARK", size=8) for at in (0, 0x20, 0x40)]
    target = replace(buffer_target(pieces), places=Places(TEXT), shown_files=ALL.readers[0])
    document = Shell(target).json(f"pt-find MARK --in {DUMPED:#x}..0x60000")
    assert addresses(document) == [DUMPED, DUMPED + 0x20, DUMPED + 0x40, BESIDE + 3]
    reader = Inferior(target).memory.ready([Range(DUMPED, BESIDE + 0x100)])
    buffer = memoryview(bytearray(BESIDE + 0x100 - DUMPED))
    assert [tuple(part) for part in readable_parts(reader, DUMPED, buffer)] == [
        *((DUMPED + at, DUMPED + at + 4) for at in (0, 0x20, 0x40)),
        (BESIDE, BESIDE + 0x100),
    ]
