"""Real core files of a real child."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess

import pytest
from ptatlas.core.sources import process_target
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.dumps import why_no_kernel_core
from support.resting import wait_until_resting


@pytest.fixture(scope="session")
def odd_program(tmp_path_factory):
    return compile_c(PROGRAMS / "odd_areas.c", tmp_path_factory.mktemp("programs"), "-pthread")


def dump_by_kernel(child, folder):
    """End the child by a signal that dumps core; return the file."""
    before = set(os.listdir(folder))
    resource.prlimit(child.pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.kill(child.pid, signal.SIGABRT)
    child.wait()
    (core,) = [name for name in set(os.listdir(folder)) - before if name.startswith("core")]
    return str(folder / core)


def contents(target):
    """What can be read of each area of a process, the largest left out."""
    found = {}
    for area in target.listers[0].areas():
        if area.size < 1 << 30:
            room = bytearray(area.size)
            found[area.start] = bytes(room[: target.readers[0].read_into(area.start, memoryview(room))])
    return found


@pytest.fixture(scope="session")
def dump():
    """The function that dumps a child with the kernel; the test is skipped where that can't be."""
    reason = why_no_kernel_core()
    if reason:
        pytest.skip(reason)
    return dump_by_kernel


class Dumped:
    """A core file, and what the process was before."""

    def __init__(self, by, child, target):
        self.by, self.core, self.places, self.pid = by, None, child.facts["places"], child.pid
        self.areas, self.contents = target.listers[0].areas(), contents(target)
        self.threads = target.threads.threads()


@pytest.fixture(scope="session", params=["kernel", pytest.param("gdb", marks=pytest.mark.slow)])
def dumped(request, odd_program, tmp_path_factory):
    """A core file of tests/programs/odd_areas.c, written by the kernel and by GDB's gcore."""
    folder = tmp_path_factory.mktemp("dumped")
    if request.param == "kernel" and why_no_kernel_core():
        pytest.skip(why_no_kernel_core())
    if request.param == "gdb" and not shutil.which("gcore"):
        pytest.skip("needs gcore, which comes with GDB")
    cwd = os.getcwd()
    os.chdir(folder)  # the child's working folder, where the kernel writes
    try:
        child = Child(odd_program, folder)
    finally:
        os.chdir(cwd)
    with child:
        wait_until_resting(child.pid)
        target = process_target(child.pid)
        result = Dumped(request.param, child, target)
        if request.param == "kernel":
            result.core = dump_by_kernel(child, folder)
        else:
            prefix = folder / "gdb"
            subprocess.run(["gcore", "-o", prefix, str(child.pid)], check=True, capture_output=True)
            result.core = f"{prefix}.{child.pid}"
        yield result
