"""Processes whose main thread has ended, and such as have other numbers where they live."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.asking import run_json
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.namespaces import unshared
from support.session import Session
from support.sessions import CHECKOUT, GdbSession

PAGE = os.sysconf("SC_PAGESIZE")
IMPORT = {name: f"from ptatlas.{name}ext import inferior" for name in ("gdb", "lldb")}
# To where the other thread goes on, once the main one has ended.
LEADERLESS = {
    "gdb": ("break serve", "run {} leaderless < /dev/null"),
    "lldb": ("breakpoint set --name serve", "process launch --stdin /dev/null"),
}


def kernel_areas(maps: Path) -> list[list[str]]:
    return [line.split()[0].decode().split("-") for line in maps.read_bytes().splitlines()]


def told_areas(document) -> list[list[str]]:
    return [[f"{int(area[end], 16):08x}" for end in ("start", "end")] for area in document["areas"]]


def read(session: Session, address: object, size: int) -> bytes:
    session.run_python(IMPORT[session.name])
    return bytes.fromhex(session.run_python(f"print(inferior().memory.read({address}, {size}).hex())"))


@pytest.fixture(scope="module")
def odd_program(build_dir: Path) -> Path:
    return compile_c(PROGRAMS / "odd_areas.c", build_dir, "-pthread")


@pytest.fixture
def leaderless(start_loaded, odd_program: Path, tmp_path: Path) -> Session:
    """A session on a process whose main thread has ended.

    Neither debugger can attach to such a process; both go on with one that they have started.
    """
    session = start_loaded(odd_program, tmp_path, "leaderless")
    if session.name == "lldb":
        session.run_python("lldb.debugger.SetAsync(False)")
    for command in LEADERLESS[session.name]:
        session.run(command.format(tmp_path))
    return session


def test_a_process_without_its_main_thread_is_read_through_another(leaderless):
    document = run_json(leaderless, "pt-maps")
    task = Path(f"/proc/{document['pid']}/task")
    assert (task / str(document["pid"]) / "maps").read_text() == ""
    alive = next(one for one in task.iterdir() if (one / "maps").read_bytes())
    assert document["source"] == "procfs"
    assert told_areas(document) == kernel_areas(alive / "maps")
    assert read(leaderless, "inferior().target.evaluator.integer('(long)&page_size')", 8) == PAGE.to_bytes(
        8, "little"
    )


# --- another pid namespace ----------------------------------------------------------------------------


@pytest.fixture
def inside_child(areas_program: Path, tmp_path: Path) -> Iterator[tuple[Child, int]]:
    """The areas program in a pid namespace of its own, and its number here."""
    file = tmp_path / "mapped-file"
    file.write_bytes(b"x" * 10_000)
    unshare, *options = unshared("pid")
    with Child(Path(unshare), *options, "--mount-proc", areas_program, file) as child:
        yield child, int(Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text())


def test_a_process_of_another_namespace_is_read_by_its_number_here(start_loaded, inside_child):
    child, pid = inside_child
    assert child.facts["pid"] == 1
    session = start_loaded()
    session.attach(pid)
    document = run_json(session, "pt-maps")
    assert (document["source"], document["pid"]) == ("procfs", pid)
    assert told_areas(document) == kernel_areas(Path(f"/proc/{pid}/maps"))
    place = child.place("heap")
    assert read(session, place.address, place.size) == b"ptatlas-heap-needle"


def test_without_a_proc_of_its_namespace_gdb_shows_nothing_of_another_process(areas_program):
    """GDB itself reads /proc of a number that means another process there."""
    gdb = [GdbSession.find().path, "-q", "-nx", "-batch", "-iex", "set disable-randomization off"]
    commands = ("starti < /dev/null", f"source {CHECKOUT / 'gdbext' / 'plugin.py'}", "pt-maps")
    done = subprocess.run(
        [
            *unshared("pid"),
            *gdb,
            *(word for one in commands for word in ("-ex", one)),
            str(areas_program),
        ],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert "pt-maps: the process is gone, or out of reach: " in done.stderr, done
    assert "start-end" not in done.stdout, done
