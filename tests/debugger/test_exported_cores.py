"""Core files of snapshots, opened in GDB and LLDB; and snapshots of core files."""

from __future__ import annotations

import ast
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.asking import BREAK, run_json
from support.compile import PROGRAMS, compile_c
from support.emulators import QEMU, MultiarchSession, emulated, powerpc_program
from support.session import Session
from support.sessions import GdbSession, LldbSession

READERS = pytest.mark.parametrize("reader", [GdbSession, LldbSession], ids=["read by GDB", "read by LLDB"])
RUN = {"gdb": "run < /dev/null", "lldb": "process launch --stdin /dev/null"}
GENERAL, VECTOR = {"x86_64": ("r15", "xmm15"), "aarch64": ("x19", "v15")}[platform.machine()]
# Each thread's number in a general register and in a vector's first word, by the debugger's own reading.
REGISTERS = {
    "gdb": "print([(int(f.read_register('{0}')), int(f.read_register('{1}')['{2}']{3}[0])) "
    "for t in gdb.selected_inferior().threads() if not t.switch() for f in [gdb.newest_frame()]])",
    "lldb": "print([(t.frame[0].FindRegister('{0}').GetValueAsUnsigned(), "
    "t.frame[0].FindRegister('{1}').GetData().GetUnsignedInt64(lldb.SBError(), 0)) "
    "for t in lldb.debugger.GetSelectedTarget().process])",
}
BACKTRACES = {"gdb": "thread apply all bt", "lldb": "thread backtrace all"}


@pytest.fixture(scope="module")
def program(build_dir: Path) -> Path:
    return compile_c(PROGRAMS / "threads.c", build_dir, "-pthread")


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def stopped(request: pytest.FixtureRequest, program: Path) -> Iterator[Session]:
    """A session stopped in ready(), while three threads wait in hold()."""
    with request.param.start(program) as session:
        assert session.load_ptatlas() == ""
        session.run(BREAK[session.name].format("ready"))
        if session.name == "lldb":
            session.run_python("lldb.debugger.SetAsync(False)")
        session.send_line(RUN[session.name])
        session.wait_for_prompt()
        yield session


def export(session: Session, core: Path) -> str:
    session.run("pt-image drop kept")  # of an earlier test
    session.run("pt-image snapshot kept")
    return session.run(f"pt-image export kept --core {core}")


def frames_of(session: Session) -> list[str]:
    """The functions of the program in all threads' backtraces."""
    text = session.run(BACKTRACES[session.name])
    return sorted(re.findall(r"#\d+:? +(?:0x\w+ (?:in )?)?(?:[^\s`(]+`)?(ready|hold|main)\b", text))


def numbers_of(session: Session) -> list[tuple[int, int]]:
    field, index = ("v2_int64", "") if platform.machine() == "x86_64" else ("d", "['u']")
    answer = session.run_python(REGISTERS[session.name].format(GENERAL, VECTOR, field, index))
    return sorted(pair for pair in ast.literal_eval(answer) if 1 <= pair[0] <= 3)


@READERS
def test_all_threads_are_there_with_registers_and_backtraces(stopped, program, tmp_path, reader):
    assert export(stopped, tmp_path / "core").endswith("the registers of 4 threads")
    with reader.start(program, core=tmp_path / "core") as session:
        assert numbers_of(session) == [(1, 1), (2, 2), (3, 3)]
        assert frames_of(session) == ["hold", "hold", "hold", "main", "ready"]
        selected = session.run("bt 1" if session.name == "gdb" else "bt -c 1")
        assert "ready" in selected, "the thread that was looked at comes first"


@READERS
def test_a_search_finds_the_same_as_in_the_live_process(stopped, program, tmp_path, reader):
    wanted = ["pt-find GLIBC_ -l 0", "pt-find -P @[stack] -l 0", "pt-find -x '7f 45 4c 46 02' -a 4096 -l 0"]
    live = [run_json(stopped, command)["hits"] for command in wanted]
    export(stopped, tmp_path / "core")
    with reader.start(program, core=tmp_path / "core") as session:
        session.load_ptatlas()
        kept = [run_json(session, command)["hits"] for command in wanted]
    for before, after in zip(live, kept):
        assert [(hit["address"], hit["bytes"]) for hit in after] == [
            (hit["address"], hit["bytes"]) for hit in before
        ]
        assert before


def test_the_map_of_an_exported_core_is_that_of_the_process(stopped, program, tmp_path):
    live = run_json(stopped, "pt-maps")["areas"]
    export(stopped, tmp_path / "core")
    with GdbSession.start(program, core=tmp_path / "core") as session:
        session.load_ptatlas()
        kept = run_json(session, "pt-maps")["areas"]
    # Core files have no names of threads, which owners tell.
    apart = {"source": None, "owner": None}
    assert [{**area, **apart} for area in kept] == [{**area, **apart} for area in live]


@READERS
def test_a_snapshot_of_a_core_has_the_registers_too(stopped, program, tmp_path, reader):
    export(stopped, tmp_path / "first")
    with reader.start(program, core=tmp_path / "first") as session:
        session.load_ptatlas()
        assert export(session, tmp_path / "second").endswith("the registers of 4 threads")
    with GdbSession.start(program, core=tmp_path / "second") as session:
        assert numbers_of(session) == [(1, 1), (2, 2), (3, 3)]
        assert frames_of(session) == ["hold", "hold", "hold", "main", "ready"]


def test_a_snapshot_without_a_debugger_of_a_core_that_gdb_wrote_has_them_too(build_dir, program, tmp_path):
    with GdbSession.start(program) as session:
        session.run("break ready")
        session.run("run")
        session.run(f"generate-core-file {tmp_path}/first")
    statement = (
        "import sys; from ptatlas.core import open_core\n"
        "from ptatlas.core.images.exchange.write_core import export_core\n"
        "print(export_core(open_core(sys.argv[1]).snapshot(), sys.argv[2]).threads)"
    )
    command = [sys.executable, "-c", statement, tmp_path / "first", tmp_path / "second"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "4\n"
    with GdbSession.start(program, core=tmp_path / "second") as session:
        assert numbers_of(session) == [(1, 1), (2, 2), (3, 3)]
        assert frames_of(session) == ["hold", "hold", "hold", "main", "ready"]
        assert "libc.so" in session.run("info sharedlibrary")


def test_a_diff_of_a_process_with_its_core_finds_nothing(stopped, tmp_path):
    export(stopped, tmp_path / "core")
    stopped.run(f"pt-image add-core back {tmp_path}/core")
    for by in ("address", "file"):
        assert run_json(stopped, f"pt-image diff kept back --by {by}")["ranges"] == []
        assert run_json(stopped, f"pt-image diff back live --by {by}")["ranges"] == []


def test_a_program_of_another_machine_is_kept_with_its_backtrace(build_dir, tmp_path):
    """PowerPC in an emulator: other words, another byte order, and all of it through a stub."""
    program = powerpc_program("areas.c", build_dir)
    with MultiarchSession.start(program) as session, emulated(session, QEMU, program):
        session.load_ptatlas()
        session.run("pt-image snapshot kept")
        before = session.run("bt")
        assert session.run(f"pt-image export kept --core {tmp_path}/core").endswith(
            "the registers of 1 thread"
        )
        session.run("kill")
    with MultiarchSession.start(program, core=tmp_path / "core") as session:
        assert session.run("bt") == before
        assert "ptatlas_ready" in before
