"""Minidumps of one program that LLDB saves, read in LLDB, against the columns of docs/producers.md."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.debuggers import Debugger, find_lldb
from support.dumps import STYLES, cells_in_lldb, guards_pages, major
from support.producers_page import dumped
from support.versions import LLDBS, installed

pytestmark = pytest.mark.slow

# Why LLDB can't read it is no matter here.
MISSING = re.compile(r"absent|unreadable")


def assert_they_are_as_the_page_says(lldb: Debugger, build_dir: Path, folder: Path, producer: str) -> None:
    if not guards_pages():
        pytest.skip("this kernel has no guard pages within areas (Linux 6.13)")
    told = cells_in_lldb(lldb, compile_c(PROGRAMS / "sorts.c", build_dir), folder)
    for style in STYLES:
        said = dumped(f"{producer} {style}")
        assert {name: MISSING.sub("missing", told[style][name]) for name in said} == said, style


def test_lldb_up_to_21_leaves_out_an_area_with_a_page_that_cannot_be_read(build_dir, tmp_path):
    lldb = find_lldb()
    if major(lldb) > 21:
        pytest.skip(f"this machine's LLDB is {lldb.version}")
    assert_they_are_as_the_page_says(lldb, build_dir, tmp_path, "LLDB 19 to 21")


def test_lldb_22_and_23_shift_what_lies_behind_an_area_with_a_page_that_cannot_be_read(build_dir, tmp_path):
    lldb = installed(*LLDBS[:2], LLDBS[2][-1])
    assert_they_are_as_the_page_says(lldb, build_dir, tmp_path, "LLDB 22 and 23")


TWO_THREADS = """
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *wait_for_ever(void *unused) { pause(); return unused; }
int main(void)
{
    pthread_t thread;
    pthread_create(&thread, 0, wait_for_ever, 0);
    puts("{}");
    fflush(stdout);
    pause();
}
"""


def test_lldb_19_cannot_open_what_it_saved_of_two_threads_that_both_stopped(build_dir, tmp_path):
    lldb = find_lldb()
    if major(lldb) != 19:
        pytest.skip(f"this machine's LLDB is {lldb.version}")
    saved = tmp_path / "saved"
    with Child(compile_c(TWO_THREADS, build_dir, "-pthread")) as child:
        words = [f"process attach -p {child.pid}", f"process save-core --plugin-name=minidump {saved}"]
        words += ["detach", f"target create --core {saved}"]
        command = [lldb.path, "--no-lldbinit", "-b", *(part for word in words for part in ("-o", word))]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert saved.stat().st_size > 0
    assert "Duplicate stream type" in done.stdout + done.stderr
