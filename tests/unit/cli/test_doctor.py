"""What `ptatlas doctor` makes of what debuggers say; tests/debugger/test_start_up_files.py asks real ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ptatlas.core.cli import doctor as module
from ptatlas.core.cli.doctor import doctor, obstacles
from support import refused

PYTHON = "ptatlas-python 3.9.1"
MATCHER = "ptatlas-matcher found by X"
ANSWER = '{"schema": "ptatlas.find/1", "source": "procfs", "coverage": {"searched": 2048}, "seconds": 2.0}'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("says", "line", "status"),
    [
        pytest.param(f"{PYTHON}\n{ANSWER}", "memory: read by procfs, 1K/s", 0, id="it works"),
        pytest.param(
            f"{PYTHON}\n(lldb) x\n{MATCHER}\nno", "memory: a process can't be run: no", 1, id="nothing runs"
        ),
        pytest.param(f"{PYTHON}\n{MATCHER}\n{ANSWER}", "patterns: found by X", 0, id="a matching library"),
        pytest.param(
            f"{PYTHON}\nptatlas: not loaded, x missing",
            "ptatlas: not loaded, x missing",
            1,
            id="it doesn't load",
        ),
        pytest.param("nothing", "Python: none that works, so ptatlas can't be loaded", 1, id="no Python"),
    ],
)
def test_it_is_well_only_where_ptatlas_reads_memory(tmp_path, monkeypatch, says, line, status):
    debugger = tmp_path / "gdb"
    debugger.write_text(f"#!/bin/sh\n/bin/cat <<'END'\n{says}\nEND\n")
    debugger.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    told: list[str] = []
    assert doctor((), told.append) == status
    assert f"  {line}\n" in "".join(told)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("ptrace", "ptrace(2) is refused (EPERM), as containers without CAP_SYS_PTRACE do: "),
        (
            "process_vm_readv",
            "process_vm_readv(2) is refused (EPERM), as containers do: /proc/PID/mem is read",
        ),
    ],
)
def test_what_a_container_refuses_is_said(tmp_path, call, line):
    doctor_there = [sys.executable, "-m", "ptatlas", "doctor"]
    done = subprocess.run(
        [sys.executable, refused.__file__, call, *doctor_there],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.startswith("gdb: not found\nlldb: not found\n")
    assert line in done.stdout
    assert done.stdout.count("is refused") == 1


@pytest.mark.parametrize(
    ("scope", "end"),
    [
        (None, None),
        (0, None),
        (1, "didn't start (ptrace_scope is 1)"),
        (2, "without CAP_SYS_PTRACE (ptrace_scope is 2)"),
        (3, "at all (ptrace_scope is 3)"),
    ],
)
def test_a_machine_that_restricts_attaching_is_told(monkeypatch, scope, end):
    monkeypatch.setattr(module, "_number", lambda _path: scope)
    lines = [line for line in obstacles() if "ptrace_scope" in line]
    assert len(lines) == (end is not None)
    assert all(line.endswith(end) for line in lines)
