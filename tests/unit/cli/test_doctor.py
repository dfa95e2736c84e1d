"""What `ptatlas doctor` makes of what debuggers say; tests/debugger/test_start_up_files.py asks real ones."""

from __future__ import annotations

import pytest
from ptatlas.core.cli.doctor import doctor

PYTHON = "ptatlas-python 3.9.1"
ANSWER = '{"schema": "ptatlas.find/1", "source": "procfs", "coverage": {"searched": 2048}, "seconds": 2.0}'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("says", "line", "status"),
    [
        pytest.param(f"{PYTHON}\n{ANSWER}", "memory: read by procfs, 1K/s", 0, id="it works"),
        pytest.param(f"{PYTHON}\nno", "memory: a process can't be run: no", 1, id="nothing runs"),
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
