"""Tables of check and diff: counts by cause, whole words, written data summed by symbol."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.ports.program import Symbol
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell

BASE, PAGE = 0x400000, 0x1000
TABLE = 0x100  # where the symbol `table` begins; before it is `count`, and nothing before 0x40


class Symbols:
    """Two variables, of which the second one has no end."""

    def symbol_at(self, address: int) -> Symbol | None:
        place = address - BASE
        if place < 0x40:
            return None
        return Symbol("table", place - TABLE) if place >= TABLE else Symbol("count", place - 0x40)


def shell_of(path: Path, content: bytes, perms: str = "rw-p", arch: Arch | None = None) -> Shell:
    """A file of zeros that is mapped, and what memory holds instead."""
    path.write_bytes(bytes(PAGE))
    piece = BufferArea(BASE, content.ljust(PAGE, b"\0"), perms, str(path), 0, "module")
    return Shell(replace(buffer_target([piece], arch), symbols=Symbols()))


def with_bytes(*places: int) -> bytes:
    content = bytearray(PAGE)
    for place in places:
        content[place] = 0xEE
    return bytes(content)


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.startswith("0x")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_data_is_shown_in_whole_words(path: Path) -> None:
    shell = shell_of(path, with_bytes(0x43))
    assert rows(shell.run("pt-image check -k module")) == [
        ["0x400040", "8", "unknown", "00" * 8, "000000ee00000000", "count", str(path)]
    ]
    # Documents have the very bytes that differ, as ever.
    (item,) = shell.json("pt-image check -k module")["ranges"]
    assert (item["start"], item["end"], item["actual"]) == ("0x400043", "0x400044", "ee")


def test_the_words_are_the_inferiors(path: Path) -> None:
    shell = shell_of(path, with_bytes(0x46), arch=Arch(4, "big"))
    assert rows(shell.run("pt-image check -k module"))[0][:5] == [
        "0x400044", "4", "unknown", "00000000", "0000ee00"
    ]  # fmt: skip


def test_what_was_written_to_a_variable_is_one_row(path: Path) -> None:
    shell = shell_of(path, with_bytes(0x41, TABLE, TABLE + 9, TABLE + 64, TABLE + 800))
    assert [(row[0], row[1], " ".join(row[5:-1])) for row in rows(shell.run("pt-image check -k module"))] == [
        ("0x400040", "8", "count"),
        ("0x400100", "32", "table (3 places)"),
    ]


def test_what_no_symbol_names_is_listed_place_by_place(path: Path) -> None:
    shell = shell_of(path, with_bytes(0, 7, 8, 0x20))
    assert [row[:2] for row in rows(shell.run("pt-image check -k module"))] == [
        ["0x400000", "16"],
        ["0x400020", "8"],
    ]


def test_code_is_shown_byte_for_byte(path: Path) -> None:
    shell = shell_of(path, with_bytes(0x43), "r-xp")
    assert rows(shell.run("pt-image check"))[0][:5] == ["0x400043", "1", "unknown", "00", "ee"]


def test_a_diff_has_the_same_rows(path: Path) -> None:
    shell = shell_of(path, with_bytes(0x43, TABLE, TABLE + 64))
    shell.run("pt-image new zeros")
    shell.run(f"pt-image add-file zeros {path} 0 4K {BASE}")
    told = rows(shell.run("pt-image diff zeros live"))
    assert [(row[0], row[1], row[2], row[4]) for row in told] == [
        ("0x400040", "8", "changed", "000000ee00000000"),
        ("0x400100", "16", "changed", "ee00000000000000"),
    ]
    assert "table (2 places)" in " ".join(told[1])
    document = shell.json("pt-image diff zeros live")
    assert [item["start"] for item in document["ranges"]] == ["0x400043", "0x400100", "0x400140"]
    assert document["changes"] == {"changed": {"ranges": 3, "bytes": 3}}
    # Under a hexdump of each change, each change has its row.
    assert len(rows(shell.run("pt-image diff zeros live -C 8"))) == 3


# --- causes


def with_a_breakpoint(path: Path) -> Shell:
    shell = shell_of(path, with_bytes(0x43), "r-xp")
    assert shell.inferior is not None
    seen = buffer_target([BufferArea(BASE, with_bytes(0x43, 0x80), "r-xp", str(path), 0, "module")]).readers[
        0
    ]
    return Shell(replace(shell.inferior.target, raw=seen))


def test_causes_are_counted_and_each_may_be_asked_for_alone(path: Path) -> None:
    shell = with_a_breakpoint(path)
    causes = {"breakpoint": {"ranges": 1, "bytes": 1}, "unknown": {"ranges": 1, "bytes": 1}}
    document = shell.json("pt-image check")
    assert document["causes"] == causes
    assert len(document["ranges"]) == 2
    for cause, start in (("unknown", "0x400043"), ("breakpoint", "0x400080")):
        document = shell.json(f"pt-image check --cause {cause}")
        assert [item["start"] for item in document["ranges"]] == [start]
        assert document["causes"] == causes
    assert "2 differences (2 bytes) in 4K compared; breakpoint: 1 (1 byte), unknown: 1 (1 byte)" in shell.run(
        "pt-image check"
    )
    both = shell.json("pt-image check --cause unknown --cause breakpoint --cause relocation")
    assert len(both["ranges"]) == 2
    assert shell.json("pt-image check --cause relocation")["ranges"] == []
    assert shell.found is False


def test_where_nothing_differs_no_cause_is_counted(path: Path) -> None:
    shell = shell_of(path, with_bytes(), "r-xp")
    assert shell.lines("pt-image check --cause unknown")[0] == "no difference in 4K compared"


def test_another_cause_is_refused(path: Path) -> None:
    with pytest.raises(CommandFailed, match="--cause"):
        with_a_breakpoint(path).run("pt-image check --cause bug")
