"""Snapshots and exports that don't fit: an error, nothing is left, and the debugger goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.asking import BREAK, run_json
from support.compile import PROGRAMS, compile_c
from support.session import Session

RUN = {"gdb": "run < /dev/null", "lldb": "process launch --stdin /dev/null"}
# The debugger's own limits; `more` bytes beyond the addresses that it has by now.
LIMIT_MEMORY = (
    "import resource as r; r.setrlimit(r.RLIMIT_AS, "
    "(int(open('/proc/self/statm').read().split()[0]) * r.getpagesize() + {more}, r.RLIM_INFINITY))"
)
UNLIMIT_MEMORY = "r.setrlimit(r.RLIMIT_AS, (r.RLIM_INFINITY, r.RLIM_INFINITY))"
LIMIT_FILES = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (1 << 16, r.RLIM_INFINITY))"


@pytest.fixture
def stopped(build_dir: Path, start_loaded) -> Session:
    """A session stopped in ready(), when 96 MiB are full of noise."""
    session = start_loaded(compile_c(PROGRAMS / "noise.c", build_dir, "-O1"))
    session.run(BREAK[session.name].format("ready"))
    if session.name == "lldb":
        session.run_python("lldb.debugger.SetAsync(False)")
    session.send_line(RUN[session.name])
    session.wait_for_prompt()
    return session


def test_a_snapshot_that_does_not_fit_in_memory_leaves_all_as_it_was(stopped):
    stopped.run_python(LIMIT_MEMORY.format(more=72 << 20))
    answer = stopped.run("pt-image snapshot large")
    assert "pt-image: the snapshot doesn't fit in memory (narrow its scope, or drop others)" in answer
    assert run_json(stopped, "pt-image list")["images"] == []
    assert "main" in stopped.run("bt")
    stopped.run("pt-image snapshot small -k stack")
    stopped.run_python(UNLIMIT_MEMORY)
    assert run_json(stopped, "pt-image snapshot large")["coverage"]["searched"] > 96 << 20
    assert run_json(stopped, "pt-image diff large live")["ranges"] == []


@pytest.mark.parametrize(
    ("way", "message"),
    [
        pytest.param("--core {}/file", "pt-image: cannot write {}/file: File too large", id="a core file"),
        pytest.param(
            "--raw {}/folder", "pt-image: '{}/folder' can't be written: File too large", id="raw files"
        ),
    ],
)
def test_an_export_that_does_not_fit_on_disk_leaves_nothing(stopped, tmp_path, way, message):
    stopped.run("pt-image snapshot large")
    stopped.run_python(LIMIT_FILES)
    assert message.format(tmp_path) in stopped.run(f"pt-image export large {way.format(tmp_path)}")
    assert list(tmp_path.iterdir()) == []
    assert "main" in stopped.run("bt")


def test_a_full_disk_is_told(stopped):
    stopped.run("pt-image snapshot small -k stack")
    answer = stopped.run("pt-image export small --core /dev/full")
    assert "pt-image: cannot write /dev/full: No space left on device (nothing was written)" in answer
    assert "main" in stopped.run("bt")


def test_an_exported_core_is_written_sparse(stopped, tmp_path):
    """The stack's never-touched pages and zero pages have no blocks."""
    stopped.run("pt-image snapshot kept -k anon -k stack -k module")
    content = run_json(stopped, f"pt-image export kept --core {tmp_path}/core")["content"]
    found = (tmp_path / "core").stat()
    assert found.st_size >= content
    assert 96 << 20 < found.st_blocks * 512 < content
