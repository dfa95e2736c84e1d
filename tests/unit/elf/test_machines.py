"""machine_named: processors by the names of GDB, LLDB and uname(2)."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import Machine
from ptatlas.core.elf.machines import machine_named


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("i386:x86-64", 62),
        ("i386:x64-32", 62),
        ("i386", 3),
        ("x86_64-pc-linux-gnu", 62),
        ("i686", 3),
        ("aarch64:ilp32", 183),
        ("arm64-apple-macosx", 183),
        ("armv7", 40),
        ("thumbv7-none-eabi", 40),
        ("s390:64-bit", 22),
        ("s390x-ibm-linux-gnu", 22),
        ("powerpc:common64", 21),
        ("powerpc64le-unknown-linux-gnu", 21),
        ("powerpc:common", 20),
        ("riscv:rv32", 243),
        ("riscv64", 243),
        ("sparc:v9", 43),
        ("sparcv9-sun-solaris", 43),
        ("sparc", 2),
        ("mips:isa64r2", 8),
        ("Loongarch64", 258),
    ],
)
def test_a_name_tells_the_processor(name: str, number: int) -> None:
    assert machine_named(name) == Machine(number)


@pytest.mark.parametrize("name", ["", "auto", "vax", "-unknown"])
def test_other_names_tell_none(name: str) -> None:
    assert machine_named(name) is None
