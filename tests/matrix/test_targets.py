"""Programs of other architectures in qemu's user emulation, behind its stub.

`make matrix` runs this for each of them, and writes docs/reliability.md. Its compilers are Debian's
(`scripts/setup.sh matrix`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from contract.kinds import POWERPC, Site, add_files, inside
from ptatlas.core.inferior import Inferior
from ptatlas.core.sources import core_target
from support.asking import run_json
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.emulators import emulated
from support.session import Session
from support.targets import write_mapped_file
from support.versions import VERSIONS, Version, session_of

DEBUGGERS = ("gdb-multiarch 13.1", "gdb 16.3", "gdb 18.1", "lldb 14.0", "lldb 19.1", "lldb 23.1")


class Machine(NamedTuple):
    """An architecture: qemu's name, Debian's of the compiler, and what its programs are like."""

    name: str
    compiler: str
    word_size: int
    endian: str = "little"

    def __str__(self) -> str:
        return self.name


MACHINES = (
    Machine("i386", "i686-linux-gnu-gcc", 4),
    Machine("aarch64", "aarch64-linux-gnu-gcc", 8),
    Machine("arm", "arm-linux-gnueabihf-gcc", 4),
    Machine("s390x", "s390x-linux-gnu-gcc", 8, "big"),
    Machine("riscv64", "riscv64-linux-gnu-gcc", 8),
    Machine("ppc", "powerpc-linux-gnu-gcc", 4, "big"),
)


class Emulated(NamedTuple):
    """A session on an emulated areas program, and that program."""

    session: Session
    child: Child
    machine: Machine


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    pairs = [(m, v) for m in MACHINES for v in VERSIONS if str(v) in DEBUGGERS]
    metafunc.parametrize(("machine", "debugger"), pairs, ids=[f"{m}-{v}" for m, v in pairs], scope="module")


@pytest.fixture(scope="module")
def target(
    machine: Machine, debugger: Version, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Emulated]:
    if shutil.which(machine.compiler) is None:
        pytest.skip(f"there is no {machine.compiler}: run `scripts/setup.sh matrix`")
    folder = tmp_path_factory.mktemp("emulated")
    program = compile_c(PROGRAMS / "areas.c", site.build_dir, "-static", compilers=(machine.compiler,))
    file = write_mapped_file(folder)
    with (
        session_of(debugger).start(program) as session,
        emulated(session, (f"qemu-{machine.name}",), program, file) as child,
    ):
        if session.name == "lldb" and "error" in session.run("register read sp"):
            pytest.skip(f"{debugger} itself knows no registers of {machine}")
        add_files(child.facts, program, file)
        assert session.load_ptatlas() == ""
        yield Emulated(session, child, machine)


def addresses(session: Session, search: str) -> list[str]:
    return [hit["address"] for hit in run_json(session, f"pt-find {search} -l 0")["hits"]]


def test_contract(target, keeps_the_contract, tmp_path):
    traits = POWERPC._replace(word_size=target.machine.word_size, endian=target.machine.endian)
    keeps_the_contract(inside(target.session, target.child.facts, traits, tmp_path))


def test_search(target):
    for name in ("heap", "border", "before_hole", "after_hole", "shared_text"):
        text = f"ptatlas-{name.partition('_')[0]}-needle"
        assert addresses(target.session, text) == [hex(target.child.place(name).address)], text


def test_values(target):
    """Expressions and registers: a variable is at its address, the stack pointer in the stack."""
    marker = target.child.facts["marker"]
    kind = f"u{8 * target.machine.word_size}"
    assert addresses(target.session, f"-t {kind} marker --in '&marker,+8'") == [hex(marker)]
    (area,) = run_json(target.session, "pt-maps '$sp'")["areas"]
    assert area["kind"] == "stack"


def test_image(target):
    found = run_json(target.session, "pt-image check")["ranges"]
    assert {entry["cause"] for entry in found} <= {"breakpoint"}, found[:2]
    run_json(target.session, "pt-image snapshot before -n areas")
    assert run_json(target.session, "pt-image diff before live -n areas")["ranges"] == []


def test_export(target, tmp_path):
    """What is exported is a core file of that architecture, with the program's words in it."""
    core, place = tmp_path / "core", target.child.place("pattern")
    target.session.run(f"pt-image snapshot exported --in {place.address},+{place.size}")
    target.session.run(f"pt-image export exported --core {core}")
    inferior = Inferior(core_target(str(core)))
    assert inferior.arch[:2] == (target.machine.word_size, target.machine.endian)
    expected = (2654435761).to_bytes(4, target.machine.endian)
    assert inferior.memory.read(place.address + 4, 4) == expected
