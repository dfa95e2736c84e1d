"""When a process began, as files' times are told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ptatlas.core.sources.procfs.began import process_began
from ptatlas.core.sources.procfs.handle import ProcessHandle
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.proc_folder import STAT, ProcFolder

TICK = 0.02  # the kernel tells hundredths of a second; twice that for the reading of two clocks


def test_a_process_began_between_before_and_after(build_dir: Path) -> None:
    program = compile_c(PROGRAMS / "areas.c", build_dir)
    before = time.time()
    with Child(program) as child:
        began = process_began(ProcessHandle(child.pid))
        assert began is not None
        assert before - TICK <= began <= time.time() + TICK


def test_a_process_that_is_gone_has_not_begun(build_dir: Path) -> None:
    with Child(compile_c(PROGRAMS / "areas.c", build_dir)) as child:
        process = ProcessHandle(child.pid)
    assert process_began(process) is None


@pytest.mark.parametrize(
    "text", [b"", b"7 (a) S 1 7\n", STAT.replace(b"5000", b"soon")], ids=["empty", "short", "odd"]
)
def test_when_it_began_is_not_known_where_the_kernel_does_not_tell(tmp_path: Path, text: bytes) -> None:
    folder = ProcFolder(tmp_path / "7")
    assert process_began(folder.holding("stat", STAT)) is not None
    assert process_began(folder.holding("stat", text)) is None
