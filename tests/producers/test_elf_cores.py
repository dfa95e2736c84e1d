"""Core files of one program, by each that writes them, against the columns of docs/producers.md."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from producers.cells import cells
from ptatlas.core import MemoryFault, open_core
from ptatlas.core.sources import core_target
from support.compile import PROGRAMS, compile_c
from support.debuggers import find_gdb
from support.dumps import (
    EMULATOR,
    Dump,
    dumped_at_its_end,
    dumped_by_gdb,
    major,
    why_no_kernel_core,
)
from support.producers_page import dumped
from support.versions import GDBS, installed


@pytest.fixture(scope="module")
def sorts(build_dir: Path) -> Path:
    return compile_c(PROGRAMS / "sorts.c", build_dir)


def assert_it_is_as_the_page_says(dump: Dump, producer: str) -> None:
    """Hold what ptatlas makes of the dump against the producer's column; `*` stands for r or unknown."""
    told, said = cells(open_core(str(dump.path)), dump.facts), dumped(producer)
    if not dump.facts["has_guard"]:
        del said["guarded"]
    found = {name: told[name] for name in said}
    for name, cell in said.items():
        if cell.startswith("*"):
            assert found[name][0] in "r?", (name, found[name])
            found[name] = "*" + found[name][1:]
    assert found == said


def test_the_kernel_says_what_was_allowed_and_keeps_no_memory_that_nobody_touched(sorts, tmp_path):
    reason = why_no_kernel_core()
    if reason:
        pytest.skip(reason)
    dump = dumped_at_its_end(sorts, tmp_path, "core*")
    assert_it_is_as_the_page_says(dump, "kernel")
    assert open_core(str(dump.path)).pid == dump.facts["pid"]


@pytest.mark.slow
def test_gdb_shows_zeros_where_the_kernel_dumped_nothing(sorts, tmp_path):
    reason = why_no_kernel_core()
    if reason:
        pytest.skip(reason)
    dump = dumped_at_its_end(sorts, tmp_path, "core*")
    address = dump.facts["places"]["unwanted"]["address"]
    asked = ["-q", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-core", str(dump.path)]
    command = [find_gdb().path, *asked, "-ex", f"x/2wx {address}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stdout.splitlines()[-1] == f"{address:#x}:\t0x00000000\t0x00000000"
    with pytest.raises(MemoryFault) as caught:
        open_core(str(dump.path)).memory.read(address, 8)
    assert caught.value.reason == "absent"


@pytest.mark.slow
def test_gdb_up_to_17_writes_zeros_for_all_of_an_area_with_one_page_that_cannot_be_read(sorts, tmp_path):
    gdb = find_gdb()
    if major(gdb) > 17:
        pytest.skip(f"this machine's GDB is {gdb.version}")
    dump = dumped_by_gdb(gdb, sorts, tmp_path)
    assert_it_is_as_the_page_says(dump, "gcore 13 to 17")
    assert open_core(str(dump.path)).pid == dump.facts["pid"]


@pytest.mark.slow
def test_gdb_18_writes_zeros_for_the_page_only(sorts, tmp_path):
    dump = dumped_by_gdb(installed(*GDBS[:2], GDBS[2][-1]), sorts, tmp_path)
    assert_it_is_as_the_page_says(dump, "gcore 18")


@pytest.mark.slow
def test_qemu_writes_what_it_emulates_and_no_names(sorts, tmp_path):
    dump = dumped_at_its_end(sorts, tmp_path, "qemu_*.core", EMULATOR)
    assert_it_is_as_the_page_says(dump, "qemu-user 7.2")


@pytest.mark.slow
def test_qemu_leaves_out_text_that_begins_with_a_program_s_header(build_dir, tmp_path):
    """So it does with all the text of what is linked without `-z separate-code`."""
    sorts = compile_c(PROGRAMS / "sorts.c", build_dir, "-Wl,-z,noseparate-code", "-static")
    dump = dumped_at_its_end(sorts, tmp_path, "qemu_*.core", EMULATOR)
    text = next(area for area in open_core(str(dump.path)).areas if area.perms.startswith("r-x"))
    absent = core_target(str(dump.path)).absent
    assert absent is not None
    assert list(absent.absent(*text.range)) == [text.range]


@pytest.mark.slow
def test_valgrind_writes_zeros_for_what_it_may_not_read_and_no_process(sorts, tmp_path):
    """A real one, where Valgrind is installed; a rebuilt one is in test_rebuilt.py."""
    if shutil.which("valgrind") is None:
        pytest.skip("Valgrind isn't installed")
    dump = dumped_at_its_end(sorts, tmp_path, "vgcore.*", "valgrind", "--tool=none", "-q")
    assert_it_is_as_the_page_says(dump, "Valgrind 3.19")
    # The number of the only thread; the linker's list names what is loaded, though no vector leads there.
    inferior = open_core(str(dump.path))
    assert inferior.pid == int(dump.path.suffix[1:])
    assert any((area.path or "").endswith("/libc.so.6") for area in inferior.areas)
