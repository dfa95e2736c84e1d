"""over_named_files: what a debugger shows of files that a dump names is proven, or absent."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from ptatlas.core.arch import Arch, Machine
from ptatlas.core.images.mapped.named_files import over_named_files
from ptatlas.core.ports.files import LOADED, TRUSTED
from ptatlas.core.ports.program import Module
from ptatlas.core.ports.target import Target
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import Range
from ptatlas.core.sources.fixed import FixedAreas
from support.core_builder import PAGE
from support.shell import Shell
from support.targets import area

BASE, STACK = 0x7F0000000000, 0x7FFFFF000000
SECRET = b"the key of somebody " * 500
WHOLE = SECRET[: 2 * PAGE - 100].count(b"the key of")


class Everything:
    """A debugger, which shows each file that the dump names."""

    source = "debugger"
    thread_safe = False

    def __init__(self, shown: dict[int, bytes]) -> None:
        self._shown = shown

    def read_into(self, address: int, buffer: memoryview) -> int:
        for start, content in self._shown.items():
            part = content[address - start :][: len(buffer)] if address >= start else b""
            if part:
                buffer[: len(part)] = part
                return len(part)
        return 0


class Modules:
    def __init__(self, *paths: Path) -> None:
        self._paths = paths

    def modules(self) -> list[Module]:
        return [Module(str(path)) for path in self._paths]


def target(path: Path, held: int = 0, *modules: Path) -> Target:
    """A dump that names a file of two pages at BASE, of which it holds as much, and has a stack."""
    areas = [area(BASE, BASE + 2 * PAGE, str(path), 0, "r--p"), area(STACK, STACK + PAGE, "", None, "rw-p")]
    shown = {BASE: path.read_bytes().ljust(2 * PAGE, b"\0"), STACK: b"stack".ljust(PAGE, b"\1")}
    listers, readers = (FixedAreas(areas, "debugger"),), (Everything(shown),)
    debugger = Target(Arch(), listers, readers, modules=Modules(*modules), machine=Machine(62, 0))
    own = [Range(STACK, STACK + PAGE), *([Range(BASE, BASE + held)] if held else [])]
    return over_named_files(debugger, RangeSet(own))


@pytest.fixture
def private(tmp_path: Path) -> Path:
    path = tmp_path / "private.txt"
    path.write_bytes(SECRET[: 2 * PAGE - 100])
    return path


def a_program() -> bytes:
    """An ELF file of two pages, all of which one segment loads, `r--`, and that has no build-id."""
    header = b"\x7fELF\2\1\1".ljust(16, b"\0")
    header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, 2 * PAGE, 2 * PAGE, PAGE)
    return (header + segment).ljust(2 * PAGE, b"Z")


def found(shell: Shell, options: str = "") -> int:
    return int(shell.json(f"pt-find 'the key of' {options}")["count"])


@pytest.mark.parametrize("held", [0, 100])
def test_what_nothing_proves_is_absent(private: Path, tmp_path: Path, held: int) -> None:
    shell = Shell(target(private, held))
    assert found(shell) == held // 20
    shell.run("pt-image snapshot it")
    shell.run(f"pt-image export it --core {tmp_path / 'out'}")
    assert (tmp_path / "out").read_bytes().count(b"the key of") == held // 20
    assert found(shell, f"--in {STACK:#x}") == 0
    assert shell.json("pt-find stack")["count"] == 1
    (problem,) = shell.inferior.target.problems
    assert problem.startswith(f"{private} is not ")
    with_trust = shell.json("pt-find 'the key of' --trust-files")
    assert with_trust["count"] == WHOLE
    assert with_trust["problems"][0].endswith(f"as in the file {private}, {TRUSTED}")


def test_a_page_that_the_dump_holds_is_a_proof(private: Path) -> None:
    shell = Shell(target(private, PAGE))
    assert found(shell) == WHOLE
    assert shell.inferior.target.unproven == ()
    # Behind the file's end, its last page has zeros.
    assert shell.inferior.memory.read(BASE + 2 * PAGE - 100, 100) == bytes(100)


def test_what_the_debugger_has_loaded_serves_if_it_is_laid_out_so(private: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(a_program())
    assert [part.why for part in target(program, 0, program).unproven] == [LOADED]
    # What is read from it then doesn't prove it.
    assert Shell(target(program, 0, program)).json("pt-image load it")["unproven"][0]["why"] == LOADED
    assert target(program, 0).unproven == ()
    assert target(private, 0, private).unproven == ()


def test_a_device_is_never_touched(private: Path) -> None:
    made = target(private)
    areas = [area(BASE, BASE + PAGE, "/dev/zero", 0, "r--p")]
    device = over_named_files(
        Target(made.arch, (FixedAreas(areas, "debugger"),), (Everything({BASE: SECRET}),), trusts_files=True),
        RangeSet(),
    )
    assert device.readers[0].read_into(BASE, memoryview(bytearray(1))) == 0
