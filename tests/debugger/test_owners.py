"""Whose areas are, in both debuggers and without one: of a process with named threads, and of its cores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ptatlas.core.opening import open_core, open_process
from support.asking import run_json
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.dumps import Dump, dumped_at_its_end, dumped_by_gdb, why_no_kernel_core
from support.session import Session
from support.sessions import GdbSession, LldbSession
from support.shell import Shell

NAMES = ("owned", "one", "two", "three", "four")
# Those that run on stacks of their own: on which "three" ran before, nothing proves.
ON_STACKS = ("owned", "one", "two", "four")
OPEN = {"gdb": "core-file {}", "lldb": "target create --core {}"}


class Dumps(NamedTuple):
    by_gdb: Dump
    by_kernel: Dump | None


@pytest.fixture(scope="module")
def program(build_dir: Path) -> Path:
    return compile_c(PROGRAMS / "owned.c", build_dir, "-pthread")


@pytest.fixture(scope="module")
def child(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with Child(program, tmp_path_factory.mktemp("owned") / "file") as child:
        yield child


@pytest.fixture(scope="module")
def dumps(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Dumps:
    folder = tmp_path_factory.mktemp("dumped")
    (folder / "kernel").mkdir()
    by_kernel = None if why_no_kernel_core() else dumped_at_its_end(program, folder / "kernel", "core*")
    return Dumps(dumped_by_gdb(GdbSession.find(), program, folder), by_kernel)


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def session(request: pytest.FixtureRequest, child: Child) -> Iterator[Session]:
    """A session attached to the child; the tests come in order, and leave it for core files at last."""
    with request.param.start() as session:
        assert session.load_ptatlas() == ""
        session.attach(child.pid)
        yield session


def area_at(document: Any, address: int) -> Any:
    return next(
        area for area in document["areas"] if int(area["start"], 16) <= address < int(area["end"], 16)
    )


def threads_of_stacks(document: Any) -> list[tuple[int | None, str | None, int]]:
    stacks = [area for area in document["areas"] if area["kind"] == "stack"]
    threads = [thread for area in stacks for thread in area["owner"]["threads"]]
    return sorted((one["number"], one["name"], one["tid"]) for one in threads)


def check(document: Any, facts: Any, *, reads_reserved: bool = False) -> None:
    """Hold what is said of the places against what the program says."""
    places = {name: area_at(document, place["address"]) for name, place in facts["places"].items()}
    for name in NAMES[1:]:
        arena = places[name]["owner"]
        assert (arena["what"], arena["of"]) == ("heap", "glibc")
        assert arena["text"].startswith(f"glibc arena {int(places[name]['start'], 16):#x}"[:-2])
        behind = area_at(document, int(places[name]["end"], 16))
        assert behind["owner"]["text"] == f"rest of {arena['text']}"
    zeros = facts["places"]["zeros"]  # which begin behind the file's data, in the same page
    assert area_at(document, zeros["address"] + zeros["size"] - 1)["owner"]["text"] == ".bss of owned"
    # A coroutine runs in the heap, and that doesn't make it a stack.
    assert (places["heap"]["kind"], places["heap"].get("owner")) == ("anon", None)
    assert places["coroutine"] is places["heap"]
    assert places["reserved"]["kind"] == ("anon" if reads_reserved else "reserved")


def test_a_process_in_a_debugger(session, child):
    document = run_json(session, "pt-maps --marks")
    check(document, child.facts)
    tids = child.facts["tids"]
    wanted = [(NAMES.index(name) + 1, name, tids[name]) for name in ON_STACKS]
    assert threads_of_stacks(document) == wanted
    marks = area_at(document, child.place("coroutine").address)["marks"]
    assert [(mark["register"], mark["thread"]["name"]) for mark in marks] == [("sp", "three")]
    place = child.place("coroutine")
    assert int(marks[0]["address"], 16) in range(place.address, place.end)
    told = session.run("pt-maps --marks -k stack")
    assert f'(thread 2 "one", LWP {tids["one"]})' in told
    assert f'of thread 2 "one", LWP {tids["one"]}\n' in told
    session.detach()


def test_its_core_files_in_a_debugger(session, dumps):
    for dump, invents_reading in ((dumps.by_gdb, True), (dumps.by_kernel, False)):
        if dump is None:
            continue
        session.run(OPEN[session.name].format(dump.path))
        document = run_json(session, "pt-maps --marks")
        check(document, dump.facts, reads_reserved=invents_reading)
        # Core files of Linux have no names of threads.
        stacks = threads_of_stacks(document)
        assert [name for _, name, _ in stacks] == [None] * 4
        assert {tid for *_, tid in stacks} == {dump.facts["tids"][name] for name in ON_STACKS}
        alone = Shell(open_core(str(dump.path)).target).json("pt-maps --marks")
        assert document["areas"] == alone["areas"]


def test_a_process_without_a_debugger(child):
    document = Shell(open_process(child.pid).target).json("pt-maps")
    check(document, child.facts)
    # Numbers are a debugger's; and what proves a stack without a guard is in a register.
    tids = child.facts["tids"]
    assert threads_of_stacks(document) == sorted((None, name, tids[name]) for name in ON_STACKS[:3])
