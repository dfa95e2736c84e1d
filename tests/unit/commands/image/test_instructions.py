"""The instructions under the rows of pt-image check, on a machine where each byte is an instruction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from ptatlas.core.commands.image.instructions import MOST_PLACES
from ptatlas.core.ports.program import Instruction
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell

BASE = 0x400000
PAGE = 0x1000


class Bytes:
    """Every byte but 0xff is an instruction, called by its value."""

    def instructions(self, address: int, content: bytes) -> Sequence[Instruction]:
        whole = content.partition(b"\xff")[0]
        return [Instruction(address + at, 1, f"op{byte:02x}") for at, byte in enumerate(whole)]


def shell_of(
    path: Path, shown: bytes, seen: bytes | None = None, perms: str = "r-xp", disassembles: bool = True
) -> Shell:
    """A file of zeros that is mapped, and what memory holds instead."""
    path.write_bytes(bytes(PAGE))

    def piece(content: bytes) -> BufferArea:
        return BufferArea(BASE, content.ljust(PAGE, b"\0"), perms, str(path), 0, "module")

    target = buffer_target([piece(shown)])
    readers = buffer_target([piece(shown if seen is None else seen)]).readers
    return Shell(replace(target, raw=readers[0], disassembler=Bytes() if disassembles else None))


def code_lines(shell: Shell, line: str = "pt-image check -k module") -> list[str]:
    return [" ".join(each.split()) for each in shell.lines(line)[1:] if each.startswith("  ")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_both_sides_stand_under_the_row_between_what_they_share(path: Path) -> None:
    assert code_lines(shell_of(path, b"\0\0\1\2\0")) == [
        "0x400001 op00",
        "- 0x400002 op00",
        "- 0x400003 op00",
        "+ 0x400002 op01",
        "+ 0x400003 op02",
        "0x400004 op00",
    ]


def test_what_is_no_instruction_is_told_so(path: Path) -> None:
    assert code_lines(shell_of(path, b"\0\xff"))[1:3] == ["- 0x400001 op00", "+ no instruction"]


def test_a_long_range_is_cut(path: Path) -> None:
    lines = code_lines(shell_of(path, b"\1" * 100))
    assert len(lines) == 2 * 8 + 1
    assert lines[-1] == "..."


def test_a_breakpoint_is_shown_as_the_processor_sees_it_and_a_patch_below_as_it_is(path: Path) -> None:
    assert code_lines(shell_of(path, b"\0\1\0", seen=b"\0\xcc\0")) == [
        *("0x400000 op00", "- 0x400001 op00", "+ 0x400001 opcc", "0x400002 op00"),
        *("0x400000 op00", "- 0x400001 op00", "+ 0x400001 op01", "0x400002 op00"),
    ]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"perms": "rw-p"}, id="data"),
        pytest.param({"disassembles": False}, id="a-debugger-that-has-no-disassembler-for-bytes"),
    ],
)
def test_there_are_none_for(path: Path, options: dict[str, object]) -> None:
    assert code_lines(shell_of(path, b"\1", **options)) == []


def test_documents_have_none(path: Path) -> None:
    shell = shell_of(path, b"\1")
    for form in ("json", "jsonl", "csv"):
        assert "op01" not in shell.run(f"pt-image check --format {form}")


def test_only_the_first_places_have_them_and_that_is_said(path: Path) -> None:
    shell = shell_of(path, b"\1\0" * (MOST_PLACES + 1))
    lines = shell.lines("pt-image check")
    assert len([line for line in lines if line.startswith("  +")]) == MOST_PLACES
    assert f"instructions of the first {MOST_PLACES} places only" in lines
    shell = shell_of(path, b"\1\0" * MOST_PLACES)
    assert not any("places only" in line for line in shell.lines("pt-image check"))
