"""The scripts in examples/ do what docs/examples.md says, run as it says."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ptatlas.core.cli.main import main
from support.compile import compile_c
from support.debuggers import find_gdb, find_lldb
from support.sessions import CHECKOUT

EXAMPLES = CHECKOUT / "examples"
DOCUMENTS = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
# `ptatlas` with a target, up to what the shell makes of its answer.
IN_A_SHELL = re.compile(r"^ptatlas (?:maps|find|image) [^|>&\n]+", re.MULTILINE)
IN_GDB = ("-ex", f"source {CHECKOUT}/gdbext/plugin.py", "-x", EXAMPLES / "crash_report_gdb.py")
IN_LLDB = (
    *("-o", f'command script import "{CHECKOUT}/lldbext/plugin.py"'),
    *("-o", f'command script import "{EXAMPLES}/crash_report_lldb.py"'),
)
SETTINGS = {
    "gdb": (
        "-q",
        "-nx",
        "-batch",
        "-iex",
        "set disable-randomization off",
        "-iex",
        "set debuginfod enabled off",
    ),
    "lldb": ("--no-lldbinit", "--batch", "-O", "settings set target.disable-aslr false"),
}


@pytest.fixture(scope="module")
def program(build_dir: Path) -> Path:
    """The program of the tutorial, which crashes."""
    return compile_c(EXAMPLES / "jobs.c", build_dir)


@pytest.fixture(scope="module")
def core(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A core file of it, after its crash."""
    path = tmp_path_factory.mktemp("core") / "core.1"
    run(path.parent, find_gdb().path, *SETTINGS["gdb"], "-ex", "run", "-ex", f"gcore {path}", program)
    return path


def run(folder: Path, *command: object, **env: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, "LC_ALL": "C.UTF-8", **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def check_report(folder: Path, program: Path) -> None:
    """See that the report tells of the crash: where, and that a register has the text for an address."""
    report = json.loads((folder / "crash.json").read_text())
    assert report["program"] == str(program)
    assert [frame["function"] for frame in report["frames"][:2]] == ["run_all", "main"]
    values = {int(register["value"], 16): register["area"] for register in report["registers"]}
    assert values[int.from_bytes(b"What is ", "little")] is None
    assert "[heap]" in values.values()
    assert report["maps"]["schema"] == "ptatlas.maps/1"
    assert all(item["cause"] == "breakpoint" for item in report["code"]["ranges"])
    assert "<html" in (folder / "crash.html").read_text()


def test_a_report_by_gdb_of_a_program(tmp_path, program):
    run(tmp_path, find_gdb().path, *SETTINGS["gdb"], *IN_GDB, "--args", program)
    check_report(tmp_path, program)


def test_a_report_by_gdb_of_a_core_file(tmp_path, program, core):
    run(tmp_path, find_gdb().path, *SETTINGS["gdb"], *IN_GDB, program, core)
    check_report(tmp_path, program)


def test_a_report_by_lldb_of_a_program(tmp_path, program):
    run(
        tmp_path,
        find_lldb().path,
        *SETTINGS["lldb"],
        *IN_LLDB,
        "-o",
        "run",
        "-k",
        "crash-report",
        "--",
        program,
    )
    check_report(tmp_path, program)


def test_a_report_by_lldb_of_a_core_file(tmp_path, program, core):
    run(tmp_path, find_lldb().path, *SETTINGS["lldb"], *IN_LLDB, "-c", core, "-o", "crash-report", program)
    check_report(tmp_path, program)


def test_a_report_without_a_debugger(tmp_path, program, core):
    scripts = Path(sys.executable).parent
    assert shutil.which("ptatlas", path=scripts)
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    run(tmp_path, EXAMPLES / "crash_report.sh", core, "What is done", PATH=path)
    documents = {
        name: json.loads((tmp_path / f"crash.{name}.json").read_text()) for name in ("maps", "code", "text")
    }
    assert str(program) in {area["path"] for area in documents["maps"]["areas"]}
    assert documents["code"]["ranges"] == []
    assert "[heap]" in {hit["area"] for hit in documents["text"]["hits"]}
    assert "<html" in (tmp_path / "crash.html").read_text()


@pytest.mark.parametrize(
    "line", [line for path in DOCUMENTS for line in IN_A_SHELL.findall(path.read_text())]
)
def test_what_documents_type_in_a_shell_works(tmp_path, monkeypatch, capsys, core, line):
    monkeypatch.chdir(tmp_path)
    _, command, _target, *words = shlex.split(line)
    assert main([command, str(core), *words]) in {0, 1}, capsys.readouterr().err
