"""pt-maps, over areas in a buffer: what it lists, says and refuses."""

import dataclasses

import pytest
from ptatlas.core.arch import Arch, Machine
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.elf.headers import EM_MIPS, EM_X86_64
from ptatlas.core.inferior import Inferior
from ptatlas.core.maps.area import Area
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.fixed import FixedAreas
from support.shell import Shell
from support.targets import area, over

PIECES = (
    BufferArea(0x1000, bytes(0x2000), "r-xp", "/usr/bin/prog", 0, "module"),
    BufferArea(0x3000, bytes(0x1000), "rw-p", "/usr/bin/prog", 0x2000, "module"),
    BufferArea(0x8000, bytes(0x4000), "rw-p", "[heap]", 0, "heap"),
    BufferArea(0x7000_0000, bytes(0x1000), "r??p", "", 0, None),
)


@pytest.fixture
def shell():
    return over(*PIECES)


def test_lists_every_area_with_the_total_and_where_it_is_from(shell):
    assert shell.lines("pt-maps") == [
        "            start-end  size  perms  offset  kind    path",
        "        0x1000-0x3000    8K  r-xp      0x0  module  /usr/bin/prog",
        "        0x3000-0x4000    4K  rw-p   0x2000  module  /usr/bin/prog",
        "        0x8000-0xc000   16K  rw-p      0x0  heap    [heap]",
        "0x70000000-0x70001000    4K  r??p      0x0  anon",
        "4 areas, 32K; map 1, from buffer",
    ]


def test_says_how_many_areas_of_how_many_a_scope_leaves(shell):
    assert shell.lines("pt-maps -k module")[-1] == "2 of 4 areas, 12K; map 1, from buffer"


def test_shows_the_columns_that_are_asked_for_in_their_order(shell):
    assert shell.lines("pt-maps --columns perms,start -k heap")[:2] == ["perms   start", "rw-p   0x8000"]


def test_shows_gaps_between_areas_with_their_sizes(shell):
    gaps = [line for line in shell.lines("pt-maps --gaps") if "unmapped" in line]
    assert [line.split()[0] for line in gaps] == ["0x4000-0x8000", "0xc000-0x70000000"]
    assert shell.json("pt-maps --gaps")["gaps"][0] == {"start": "0x4000", "end": "0x8000", "size": 0x4000}
    assert len(shell.json("pt-maps --gaps")["areas"]) == 4


@pytest.mark.parametrize(
    ("order", "starts"),
    [
        pytest.param("start", ["0x1000", "0x3000", "0x8000", "0x70000000"], id="by address"),
        pytest.param("size", ["0x8000", "0x1000", "0x3000", "0x70000000"], id="the largest first"),
        pytest.param("path", ["0x70000000", "0x1000", "0x3000", "0x8000"], id="by name"),
    ],
)
def test_sorts(shell, order, starts):
    areas = shell.json(f"pt-maps --sort {order}")["areas"]
    assert [area["start"] for area in areas] == starts


def test_sums_up_each_kind_and_names_the_largest_free_range(shell):
    document = shell.json("pt-maps --summary")
    assert document["summary"][0] == {
        "kind": "heap",
        "areas": 1,
        "bytes": 0x4000,
        "rss": None,
        "largest": 0x4000,
    }
    assert document["total"] == {"areas": 4, "bytes": 0x8000}
    assert document["largest_free"]["start"] == "0xc000"


@pytest.mark.parametrize(
    ("machine", "gaps"),
    [
        pytest.param(EM_X86_64, ["0x1001..0x9000", "0x9001..0x7ffffffff000"], id="up to where it ends"),
        pytest.param(EM_MIPS, ["0x1001..0x9000"], id="where it ends isn't known"),
    ],
)
def test_the_largest_free_range_is_one_that_can_be_mapped(machine, gaps):
    """Not what lies between the program's addresses and the kernel's half, such as [vsyscall]."""
    pieces = [
        BufferArea(0x1000, bytes(1)),
        BufferArea(0x9000, bytes(1)),
        BufferArea(0xFFFF_FFFF_FF60_0000, bytes(1)),
    ]
    shell = Shell(buffer_target(pieces, Arch(8), machine=Machine(machine)))
    found = shell.json("pt-maps --gaps")["gaps"]
    assert [f"{gap['start']}..{gap['end']}" for gap in found] == gaps
    assert shell.json("pt-maps --summary")["largest_free"] == found[-1]


def test_the_document_says_what_the_inferior_is(shell):
    document = shell.json("pt-maps 0x1000")
    assert list(document)[:7] == ["schema", "generation", "source", "pid", "word_size", "endian", "page_size"]
    assert document["schema"] == "ptatlas.maps/1"
    assert document["areas"] == [
        {
            "start": "0x1000",
            "end": "0x3000",
            "size": 0x2000,
            "perms": "r-xp",
            "offset": 0,
            "kind": "module",
            "path": "/usr/bin/prog",
            "source": "buffer",
        }
    ]


def test_an_address_is_placed_in_its_area(shell):
    assert shell.json("pt-maps 0x8010")["at"] == {
        "address": "0x8010",
        "area_offset": 0x10,
        "file_offset": None,
        "section": None,
        "symbol": None,
        "symbol_offset": None,
    }
    assert shell.lines("pt-maps 0x8010")[-1] == "0x8010 is 0x10 into the area"


def test_an_address_in_no_area_is_said_to_be_so(shell):
    assert shell.lines("pt-maps 0x5000") == [
        "no areas",
        "0x5000 is in no area",
        "nearest below, 0x1000 (4K) away: 0x3000-0x4000 rw-p /usr/bin/prog",
        "nearest above, 0x3000 (12K) away: 0x8000-0xc000 rw-p [heap]",
    ]
    assert shell.found is False


@pytest.mark.parametrize(
    ("address", "below", "above", "lines"),
    [
        pytest.param(0, None, (0x1000, 0x1000), ["nearest above, 0x1000 (4K) away: 0x1000"], id="null"),
        pytest.param(0x4000, (0x3000, 0), (0x8000, 0x4000), ["right below: 0x3000"], id="right behind one"),
        pytest.param(
            0x7000_1010, (0x7000_0000, 0x10), None, ["nearest below, 0x10 (16 bytes)"], id="the last"
        ),
        pytest.param(
            0x8000_0000_0000_1234,
            (0x7000_0000, 0x8000_0000_0000_1234 - 0x7000_1000),
            None,
            ["no process can use this address: those of a process end at 0x7ffffffff000", "nearest below, "],
            id="what no processor takes",
        ),
        pytest.param(
            2**64 - 1, (0x7000_0000, 2**64 - 1 - 0x7000_1000), None, ["no process"], id="the highest"
        ),
    ],
)
def test_an_address_in_no_area_comes_with_the_nearest_ones(address, below, above, lines):
    shell = Shell(buffer_target(PIECES, Arch(8), machine=Machine(EM_X86_64)))
    told = shell.lines(f"pt-maps {address:#x}")[2:]
    assert [line[: len(expected)] for line, expected in zip(told, lines)] == lines
    nearest = shell.json(f"pt-maps {address:#x}")["at"]["nearest"]
    sides = [one and (int(one["start"], 16), one["distance"]) for one in (nearest["below"], nearest["above"])]
    assert sides == [below, above]
    assert nearest["user_end"] == "0x7ffffffff000"


def test_the_timestamp_is_a_number_and_nothing_else(shell):
    assert shell.run("pt-maps --timestamp") == "1\n"
    assert shell.json("pt-maps --timestamp")["generation"] == 1


class _Growing:
    """A lister of one area more at each look, and the clock that says so."""

    source, count = "growing", 1

    def now(self) -> int:
        return self.count

    def areas(self) -> list[Area]:
        return [area(number << 16, (number << 16) + 0x1000) for number in range(1, self.count + 1)]


@pytest.mark.parametrize("failing", ["nosuchname", "--since 999", "-p q", "--columns start --html /dev/full"])
def test_a_listing_that_fails_is_not_what_changes_are_compared_with(failing):
    shell, growing = over(), _Growing()
    target = dataclasses.replace(shell.inferior.target, listers=(growing,), clock=growing)
    shell.inferior = Inferior(target)
    shell.run("pt-maps")
    growing.count = 2
    with pytest.raises(CommandFailed):
        shell.run(f"pt-maps {failing}")
    assert [change["after"]["start"] for change in shell.json("pt-maps --changed")["changes"]] == ["0x20000"]
    assert shell.json("pt-maps --changed")["changes"] == []


def test_a_document_says_of_a_path_that_ends_with_deleted_whether_the_file_is():
    pieces = [
        BufferArea(0x1000, bytes(1), "r--p", "/tmp/a"),
        BufferArea(0x2000, bytes(1), "r--p", "/tmp/b (deleted)"),
    ]
    target = buffer_target(pieces)
    lister = target.listers[0]
    told = [area._replace(deleted=True if "deleted" in area.path else None) for area in lister.areas()]
    target = dataclasses.replace(target, listers=(FixedAreas(told, "buffer"),))
    first, second = Shell(target).json("pt-maps")["areas"]
    assert "deleted" not in first
    assert second["deleted"] is True


def test_csv_has_the_columns_of_the_table(shell):
    assert shell.lines("pt-maps -k heap --format csv") == [
        "start,end,size,perms,offset,kind,path",
        "0x8000,0xc000,16384,rw-p,0,heap,[heap]",
    ]


def test_a_name_with_an_escape_sequence_does_not_reach_the_terminal():
    shell = over(BufferArea(0x1000, bytes(1), "r--p", "/tmp/\x1b[31mred"))
    for form in ("table", "json", "jsonl", "csv"):
        assert "\x1b" not in shell.run(f"pt-maps --format {form}")


def test_without_an_inferior_it_says_what_to_do():
    with pytest.raises(
        CommandFailed, match=r"^pt-maps: no process \(start one, attach, or open a core file\)$"
    ):
        Shell().run("pt-maps")


def test_help_needs_no_inferior():
    assert "Usage: pt-maps [WHERE ...] [options]" in Shell().run("pt-maps --help")
