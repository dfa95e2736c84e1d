"""pt-image snapshot and diff: what memory held, and what is different now."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.ports.program import Symbol
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell

PAGE = 0x1000
CODE, DATA, HEAP, STACK = 0x400000, 0x401000, 0x500000, 0x7FFF0000


class Changing:
    """A process whose memory a test changes: bytes at addresses, served as they are now."""

    source = "buffer"
    thread_safe = False

    def __init__(self, pieces: list[BufferArea]) -> None:
        self._memory = {piece.address: bytearray(piece.content) for piece in pieces}

    def write(self, address: int, content: bytes) -> None:
        start, memory = self._of(address)
        memory[address - start : address - start + len(content)] = content

    def read_into(self, address: int, buffer: memoryview) -> int:
        start, memory = self._of(address)
        content = memory[address - start : address - start + len(buffer)]
        buffer[: len(content)] = content
        return len(content)

    def _of(self, address: int) -> tuple[int, bytearray]:
        found = [item for item in self._memory.items() if item[0] <= address < item[0] + len(item[1])]
        return found[0] if found else (address, bytearray())


class Names:
    """The symbol `counter`, at the first address of the data."""

    def symbol_at(self, address: int) -> Symbol:
        return Symbol("counter", address - DATA)


PIECES = [
    BufferArea(CODE, b"\x90" * PAGE, "r-xp", "/bin/prog", 0, "module"),
    BufferArea(DATA, b"d" * PAGE, "rw-p", "/bin/prog", PAGE, "module"),
    BufferArea(HEAP, b"h" * PAGE, "rw-p", "[heap]", 0, "heap"),
    BufferArea(HEAP + PAGE, bytes(PAGE), "---p", "", 0, "guard"),
    BufferArea(STACK, b"device" + bytes(PAGE - 6), "rw-s", "/dev/it", 0, "device"),
]


@pytest.fixture
def memory():
    return Changing(PIECES)


@pytest.fixture
def shell(memory):
    return Shell(replace(buffer_target(PIECES), readers=(memory,), symbols=Names(), pid=7))


def told(document) -> list[tuple[str, str, str]]:
    return [(item["start"], item["expected"], item["actual"]) for item in document["ranges"]]


def test_a_snapshot_holds_what_memory_held(shell, memory):
    shell.run("pt-image snapshot before")
    memory.write(HEAP, b"changed")
    assert shell.json(f"pt-image read before {HEAP} 7")["bytes"] == b"hhhhhhh".hex()


def test_a_snapshot_says_when_and_under_which_map(shell):
    document = shell.json("pt-image snapshot it")
    assert (document["schema"], document["pid"], document["areas"]) == ("ptatlas.image/1", 7, len(PIECES))
    assert document["generation"] == shell.inferior.generation
    assert document == shell.json("pt-image show it")
    assert " of process 7, map " in shell.run("pt-image show it")


def test_a_snapshot_covers_its_whole_scope(shell):
    coverage = shell.json("pt-image snapshot it")["coverage"]
    assert coverage["searched"] == 3 * PAGE
    assert coverage["left_out"] == PAGE, "the device"
    (refused,) = coverage["unreadable"]
    assert refused == {"start": hex(HEAP + PAGE), "end": hex(HEAP + 2 * PAGE), "why": "no read permission"}


def test_what_the_process_may_not_read_is_kept_and_compared_if_that_is_asked_for(shell):
    assert shell.json("pt-image snapshot it --no-access")["coverage"]["searched"] == 4 * PAGE
    assert shell.json("pt-image diff it live")["coverage"]["searched"] == 3 * PAGE
    assert shell.json("pt-image diff it live --no-access")["coverage"]["searched"] == 4 * PAGE


def test_a_snapshot_is_of_what_the_scope_says(shell):
    document = shell.json("pt-image snapshot it -k heap")
    assert [(item["start"], item["end"]) for item in document["sections"]] == [(hex(HEAP), hex(HEAP + PAGE))]


def test_a_snapshot_may_be_of_an_address_space(shell):
    document = shell.json("pt-image snapshot it -k heap --cr3 0x1000 --vmcs 7")
    assert [item["asid"] for item in document["sections"]] == [{"cr3": "0x1000", "vmcs": "0x7"}]
    assert shell.run("pt-image read it 0x500000 4 --cr3 0x1000").split()[1:5] == ["68", "68", "68", "68"]
    with pytest.raises(CommandFailed):
        shell.run("pt-image read it 0x500000 4 --cr3 0x2000")


def test_equal_pages_are_kept_once_across_snapshots(shell):
    shell.run("pt-image snapshot one")
    kept = shell.session.pages.used
    shell.run("pt-image snapshot two")
    assert kept > 0
    assert shell.session.pages.used == kept


def test_nothing_differs_when_nothing_changed(shell):
    shell.run("pt-image snapshot before")
    assert shell.lines("pt-image diff before live") == [
        "no difference in 12K compared; 4K unreadable; 4K on one side only or not taken"
    ]
    assert shell.found is False


def test_a_diff_tells_exactly_what_changed_with_the_symbol(shell, memory):
    shell.run("pt-image snapshot before")
    memory.write(DATA + 4, b"X")
    memory.write(HEAP + 100, b"YZ")
    document = shell.json("pt-image diff before live")
    assert document["schema"] == "ptatlas.diff/1"
    assert document["ranges"] == [
        {
            "start": hex(DATA + 4),
            "end": hex(DATA + 5),
            "area": "/bin/prog",
            "path": "/bin/prog",
            "file_offset": PAGE + 4,
            "symbol": "counter+0x4",
            "change": "changed",
            "cause": None,
            "expected": "64",
            "actual": "58",
        },
        {
            "start": hex(HEAP + 100),
            "end": hex(HEAP + 102),
            "area": "[heap]",
            "path": "[heap]",
            "file_offset": 100,
            "symbol": None,
            "change": "changed",
            "cause": None,
            "expected": "6868",
            "actual": "595a",
        },
    ]
    assert document["coverage"]["searched"] == 3 * PAGE
    assert shell.found is True


def test_sides_may_be_exchanged_and_both_be_snapshots(shell, memory):
    shell.run("pt-image snapshot before")
    memory.write(HEAP, b"!")
    shell.run("pt-image snapshot after")
    there = told(shell.json("pt-image diff before after"))
    assert there == [(hex(HEAP), "68", "21")]
    assert told(shell.json("pt-image diff before live")) == there
    assert told(shell.json("pt-image diff live before")) == [(hex(HEAP), "21", "68")]


def test_a_diff_looks_at_what_the_scope_says(shell, memory):
    shell.run("pt-image snapshot before")
    memory.write(DATA, b"!")
    memory.write(HEAP, b"!")
    assert [start for start, *_ in told(shell.json("pt-image diff before live -n heap"))] == [hex(HEAP)]
    assert [start for start, *_ in told(shell.json(f"pt-image diff before live --in {DATA}"))] == [hex(DATA)]


def test_a_scope_holds_for_sides_that_know_no_protection(shell, tmp_path):
    (tmp_path / "code").write_bytes(b"\x90" * 16 + b"\xcc" + b"\x90" * 15)
    shell.run("pt-image new file")
    shell.run(f"pt-image add-file file {tmp_path}/code 0 32 {CODE}")
    (changed,) = [r for r in shell.json("pt-image diff file live -p x")["ranges"] if r["change"] == "changed"]
    assert (changed["start"], changed["expected"], changed["actual"]) == (hex(CODE + 16), "cc", "90")


def test_what_is_on_one_side_only_was_added_or_removed(shell, tmp_path):
    (tmp_path / "data").write_bytes(b"x" * PAGE)
    for name, address in (("one", 0x1000), ("two", 0x8000)):
        shell.run(f"pt-image new {name}")
        shell.run(f"pt-image add-file {name} {tmp_path}/data 0 {PAGE} {address}")
    ranges = shell.json("pt-image diff one two")["ranges"]
    assert [(r["change"], r["start"], r["expected"]) for r in ranges] == [
        ("removed", "0x1000", None),
        ("added", "0x8000", None),
    ]
    assert shell.json("pt-image diff one two --by file")["ranges"] == []


def test_both_sides_are_shown_around_a_change(shell, memory):
    shell.run("pt-image snapshot before")
    memory.write(HEAP + 9, b"!")
    lines = shell.lines("pt-image diff before live -C 1")
    assert lines[2:3] == [
        f"  {HEAP + 8:#018x}  68 68 68 68 68 68 68 68 hhhhhhhh * 68 21 68 68 68 68 68 68 h!hhhhhh"
    ]
    wider = shell.lines("pt-image diff before live -C 8")
    assert len(wider) == len(lines) + 2
    # Without colours, lines that are equal are told by what stands between the sides.
    assert [line.split("h ")[1][0] for line in wider[2:5]] == ["|", "*", "|"], wider[2:5]


def test_a_long_change_is_shown_in_part(shell, memory):
    shell.run("pt-image snapshot before")
    memory.write(HEAP, b"!" * PAGE)
    lines = shell.lines("pt-image diff before live -C 1")
    assert len(lines) == 2 + 64 + 2
    assert lines[-2] == f"  ... {PAGE + 16 - 64 * 8} bytes more"


def test_a_snapshot_can_be_searched_when_memory_is_other(shell, memory):
    shell.run("pt-image snapshot before")
    memory.write(HEAP + 8, b"needle")
    assert shell.json("pt-find needle")["count"] == 1
    assert shell.json("pt-find needle --image before")["count"] == 0
    shell.run("pt-image snapshot after")
    document = shell.json("pt-find needle --image after")
    assert document["source"] == "snapshot"
    assert [(hit["address"], hit["area"]) for hit in document["hits"]] == [(hex(HEAP + 8), "[heap]")]
    coverage = document["coverage"]
    assert coverage["searched"] + coverage["left_out"] + coverage["never_touched"] == 4 * PAGE
    assert shell.json("pt-find needle --image live")["hits"] == shell.json("pt-find needle")["hits"]


def test_an_image_can_be_searched_without_a_process(tmp_path):
    shell = Shell()
    (tmp_path / "data").write_bytes(b"some needle here")
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {tmp_path}/data 0 16 0x1000")
    (hit,) = shell.json("pt-find needle --image it")["hits"]
    assert hit["address"] == "0x1005"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("pt-image snapshot it", "there is an image 'it' already (drop it first)", id="taken"),
        pytest.param("pt-image snapshot live", "'live' names the inferior itself", id="live"),
        pytest.param("pt-image diff it", "B is missing", id="one side"),
        pytest.param("pt-image diff it other", "there is no image 'other'", id="no image"),
        pytest.param("pt-image diff it live --by name", "--by doesn't take 'name'", id="no such matching"),
        pytest.param(
            "pt-image diff it live -n none --in nowhere", "no area is named 'nowhere'", id="nowhere"
        ),
        pytest.param("pt-find x --image other", "there is no image 'other'", id="searching none"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(shell, line, message):
    shell.run("pt-image snapshot it")
    before = shell.json("pt-image list")
    with pytest.raises(CommandFailed) as caught:
        shell.run(line)
    assert str(caught.value).partition(": ")[2].startswith(message), str(caught.value)
    assert shell.json("pt-image list") == before


@pytest.mark.parametrize("line", ["pt-image snapshot s", "pt-image diff it live", "pt-find x"])
def test_live_memory_needs_a_process(line):
    shell = Shell()
    shell.run("pt-image new it")
    with pytest.raises(CommandFailed, match="no process"):
        shell.run(line)
