"""A real core of another machine: 32 bits, big-endian, written by qemu for a program that it emulates."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest
from ptatlas.core import Pattern, open_core
from ptatlas.core.byte_order import BIG
from support.emulators import powerpc_program

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def aborted(build_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The core of tests/programs/aborts.c, and where its needle is."""
    folder = tmp_path_factory.mktemp("core")

    def let_it_dump() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    program = powerpc_program("aborts.c", build_dir)
    done = subprocess.run(
        ["qemu-ppc", str(program)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=let_it_dump,
        check=False,
    )
    (core,) = folder.glob("qemu_*.core")
    for emulators_own in folder.glob("core*"):
        emulators_own.unlink()
    return core, int(done.stdout, 16)


def test_its_architecture_is_told(aborted):
    arch = open_core(str(aborted[0])).arch
    assert (arch.word_size, arch.endian) == (4, BIG)


def test_its_memory_is_read_and_searched(aborted):
    core, needle = aborted
    inferior = open_core(str(core))
    assert inferior.memory.get_string(needle) == b"ptatlas-core-needle"
    assert [hit.address for hit in inferior.find(Pattern.text("ptatlas-core-needle"))] == [needle]


def test_its_stack_is_known_by_its_thread(aborted):
    kinds = {area.kind for area in open_core(str(aborted[0])).areas}
    assert "stack" in kinds


def test_gdb_reads_the_same_there(aborted):
    core, needle = aborted
    command = ["gdb-multiarch", "-q", "-nx", "-batch", "-iex", "set debuginfod enabled off"]
    asked = ["-ex", "set architecture powerpc:common", "-ex", f"core-file {core}", "-ex", f"x/s {needle}"]
    done = subprocess.run([*command, *asked], capture_output=True, text=True, check=False)
    assert '"ptatlas-core-needle"' in done.stdout
