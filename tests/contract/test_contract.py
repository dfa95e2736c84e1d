"""One suite of what any target must do, over every kind of target.

The live targets look at a running tests/programs/areas.c, the cores are made of one. Targets that
live in a debugger run each case inside it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from contract import cases, runner
from elftools.elf.elffile import ELFFile
from ptatlas.core.inferior import Inferior
from ptatlas.core.sources import BufferArea, buffer_target, core_target, process_target
from support.children import Child
from support.debuggers import find_gdb
from support.emulators import MultiarchSession, emulated, powerpc_areas
from support.servers import gdb_server, lldb_server
from support.session import Session
from support.sessions import GdbSession, LldbSession

Check = Callable[[str], None]
Folder = pytest.TempPathFactory

# Where the truth depends on the kind of target: see `cases.Subject`.
LOCAL = {
    "word_size": 8,
    "endian": "little",
    "map": "whole",
    "sharing": True,
    "offsets": True,
    "missing": "beyond_file",
    "reason": "unreadable",
}
BUFFER = {**LOCAL, "reason": "absent"}
CORE = {**BUFFER, "sharing": False}
# LLDB's regions tell neither.
LLDB_REMOTE = {**LOCAL, "sharing": False, "offsets": False}
UNMAPPED = {**LLDB_REMOTE, "map": "loaded", "offsets": True, "reason": "unmapped"}
# Its stub ends in a bus error when it reads beyond the end of a mapped file.
POWERPC = {**UNMAPPED, "word_size": 4, "endian": "big", "missing": "hole"}


@contextmanager
def running_child(program: Path, folder: Path) -> Iterator[Child]:
    """A running areas program, without the gigabyte that only a search is after."""
    file = folder / "mapped-file"
    file.write_bytes(bytes(number % 251 for number in range(10_000)))
    with Child(program, file) as running:
        running.tell("unmap reserved")
        running.facts["file"] = str(file)
        add_program(running.facts, program)
        yield running


def add_program(facts: dict[str, Any], program: Path) -> None:
    """Note the program's file, and where in it the segment begins that `table` is in."""
    with program.open("rb") as stream:
        elf = ELFFile(stream)
        table = elf.get_section_by_name(".symtab").get_symbol_by_name("function_table")[0]["st_value"]
        starts = [
            s["p_offset"] for s in elf.iter_segments("PT_LOAD") if 0 <= table - s["p_vaddr"] < s["p_memsz"]
        ]
    facts["program"], facts["program_offset"] = (
        str(program),
        starts[0] // facts["page_size"] * facts["page_size"],
    )


@pytest.fixture(scope="module")
def child(areas_program: Path, tmp_path_factory: Folder) -> Iterator[Child]:
    with running_child(areas_program, tmp_path_factory.mktemp("child")) as running:
        yield running


@pytest.fixture(scope="module")
def core(child: Child, tmp_path_factory: Folder) -> Path:
    """A core file of the child, made by GDB."""
    path = tmp_path_factory.mktemp("core") / "core"
    options = ["-q", "-nx", "-batch", "-p", str(child.pid), "-ex", f"generate-core-file {path}"]
    subprocess.run([find_gdb().path, *options], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return path


def here(inferior: Inferior, child: Child, traits: dict[str, Any]) -> Check:
    """Run cases in this process."""
    return lambda name: cases.CASES[name](cases.Subject(inferior, child.facts, traits))


def inside(session: Session, child: Child, traits: dict[str, Any], folder: Path) -> Check:
    """Run cases inside a debugger, on its inferior."""
    facts_file = folder / "facts.json"
    facts_file.write_text(json.dumps({"facts": child.facts, "traits": traits}))
    session.load_ptatlas()
    session.run_python(f"import sys; sys.path.append({str(Path(__file__).parent)!r}); import runner")
    adapter = f"ptatlas.{session.name}ext"

    def check(name: str) -> None:
        answer = session.run_python(f"runner.run({name!r}, {str(facts_file)!r}, {adapter!r})")
        assert runner.PASSED in answer, answer

    return check


@pytest.fixture(scope="module")
def buffer(child: Child) -> Check:
    """A buffer with the child's areas and contents in it."""
    live = Inferior(process_target(child.pid))

    def copy(area: Any) -> BufferArea:
        content = bytearray(area.size)
        done = live.memory.read_into(area.start, memoryview(content))
        more = area.perms, area.path, area.offset, area.kind, area.size
        return BufferArea(area.start, bytes(content[:done]), *more)

    return here(Inferior(buffer_target(map(copy, live.areas))), child, BUFFER)


@pytest.fixture(scope="module")
def process(child: Child) -> Check:
    return here(Inferior(process_target(child.pid)), child, LOCAL)


@pytest.fixture(scope="module")
def core_file(child: Child, core: Path) -> Check:
    return here(Inferior(core_target(str(core))), child, CORE)


@contextmanager
def attached(kind: type[Session], program: Path, folder: Path) -> Iterator[Check]:
    with running_child(program, folder) as child, kind.start() as session:
        session.attach(child.pid)
        yield inside(session, child, LOCAL, folder)


@pytest.fixture(scope="module")
def gdb_live(areas_program: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    with attached(GdbSession, areas_program, tmp_path_factory.mktemp("gdb")) as check:
        yield check


@pytest.fixture(scope="module")
def lldb_live(areas_program: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    with attached(LldbSession, areas_program, tmp_path_factory.mktemp("lldb")) as check:
        yield check


@pytest.fixture(scope="module")
def gdb_core(child: Child, areas_program: Path, core: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    with GdbSession.start(areas_program, core=core) as session:
        yield inside(session, child, CORE, tmp_path_factory.mktemp("gdb-core"))


@pytest.fixture(scope="module")
def lldb_core(child: Child, areas_program: Path, core: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    with LldbSession.start(areas_program, core=core) as session:
        yield inside(session, child, CORE, tmp_path_factory.mktemp("lldb-core"))


@contextmanager
def behind_gdbserver(
    kind: type[Session], connect: str, traits: dict[str, Any], program: Path, folder: Path
) -> Iterator[Check]:
    with (
        running_child(program, folder) as child,
        gdb_server(child.pid) as port,
        kind.start(program) as session,
    ):
        session.run_python("lldb.debugger.SetAsync(False)" if session.name == "lldb" else "pass")
        session.run(connect.format(port))
        yield inside(session, child, traits, folder)
        session.run("detach")


@pytest.fixture(scope="module")
def gdb_remote(areas_program: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    folder = tmp_path_factory.mktemp("gdb-remote")
    with behind_gdbserver(GdbSession, "target remote :{}", LOCAL, areas_program, folder) as check:
        yield check


@pytest.fixture(scope="module")
def gdb_extended(areas_program: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    folder = tmp_path_factory.mktemp("gdb-extended")
    with behind_gdbserver(GdbSession, "target extended-remote :{}", LOCAL, areas_program, folder) as check:
        yield check


@pytest.fixture(scope="module")
def lldb_gdbserver(areas_program: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    folder = tmp_path_factory.mktemp("lldb-gdbserver")
    with behind_gdbserver(LldbSession, "gdb-remote {}", UNMAPPED, areas_program, folder) as check:
        yield check


@pytest.fixture(scope="module")
def lldb_remote(areas_program: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    folder = tmp_path_factory.mktemp("lldb-remote")
    with (
        running_child(areas_program, folder) as child,
        lldb_server(child.pid, folder) as connect,
        LldbSession.start(areas_program) as session,
    ):
        session.run(connect)
        yield inside(session, child, LLDB_REMOTE, folder)
        session.detach()


@contextmanager
def in_qemu(kind: type[Session], build_dir: Path, folder: Path) -> Iterator[Check]:
    """The areas program for PowerPC, in an emulator."""
    program = powerpc_areas(build_dir)
    file = folder / "mapped-file"
    file.write_bytes(bytes(number % 251 for number in range(10_000)))
    with kind.start(program) as session, emulated(session, "qemu-ppc", program, folder, file) as child:
        child.facts["file"] = str(file)
        add_program(child.facts, program)
        yield inside(session, child, POWERPC, folder)


@pytest.fixture(scope="module")
def gdb_qemu(build_dir: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    with in_qemu(MultiarchSession, build_dir, tmp_path_factory.mktemp("gdb-qemu")) as check:
        yield check


@pytest.fixture(scope="module")
def lldb_qemu(build_dir: Path, tmp_path_factory: Folder) -> Iterator[Check]:
    with in_qemu(LldbSession, build_dir, tmp_path_factory.mktemp("lldb-qemu")) as check:
        yield check


TARGETS = (
    "buffer",
    "process",
    "core_file",
    "gdb_live",
    "gdb_core",
    "gdb_remote",
    "gdb_extended",
    "gdb_qemu",
    "lldb_live",
    "lldb_core",
    "lldb_remote",
    "lldb_gdbserver",
    "lldb_qemu",
)


@pytest.mark.parametrize("case", cases.CASES)
@pytest.mark.parametrize("target", TARGETS)
def test_contract(target: str, case: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(target)(case)
