"""`make quick` starts no debugger: a test that does is marked `slow`, or fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.debuggers import find_gdb
from support.quick import SLOW_FOLDERS, StartedByAQuickTest

CHECKOUT = Path(__file__).resolve().parents[2]
TESTS = CHECKOUT / "tests"


@pytest.mark.parametrize(
    "program", ["gdb", "/usr/bin/gdb-multiarch", "lldb-19", "gcore", "gdbserver", "chromedriver", "qemu-ppc"]
)
def test_a_test_without_the_mark_that_starts_one_fails(program):
    with pytest.raises(StartedByAQuickTest, match=program):
        subprocess.run([program, "--version"], check=False)


@pytest.mark.slow
def test_a_test_with_the_mark_may_start_one():
    assert subprocess.run([find_gdb().path, "--version"], check=True, capture_output=True).stdout


def test_all_that_is_in_the_folders_of_debuggers_is_slow(request):
    items = [item for item in request.session.items if item.path.relative_to(TESTS).parts[0] in SLOW_FOLDERS]
    assert [item.nodeid for item in items if item.get_closest_marker("slow") is None] == []
    assert all((TESTS / folder).is_dir() for folder in SLOW_FOLDERS)


def test_make_quick_leaves_out_what_is_slow():
    assert '-m "not slow"' in (CHECKOUT / "Makefile").read_text()
