"""When a process began, as files' times are told."""

from __future__ import annotations

import time
from pathlib import Path

from ptatlas.core.sources.procfs.began import process_began
from ptatlas.core.sources.procfs.handle import ProcessHandle
from support.children import Child
from support.compile import PROGRAMS, compile_c

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
