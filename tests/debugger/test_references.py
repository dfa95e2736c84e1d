"""Who points where, in both debuggers: registers, frames and thread-local storage too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ptatlas.core.opening import open_core
from support.asking import run_json
from support.children import Child
from support.dumps import dumped_by_gdb
from support.points import Points, points_program
from support.session import Session
from support.sessions import GdbSession, LldbSession
from support.shell import Shell


@pytest.fixture(scope="module")
def program(build_dir: Path) -> Path:
    return points_program(build_dir)


@pytest.fixture(scope="module")
def child(program: Path) -> Iterator[Child]:
    with Child(program) as child:
        yield child


@pytest.fixture(scope="module")
def points(child: Child) -> Points:
    return Points.of(child.facts)


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def session(request: pytest.FixtureRequest, child: Child) -> Iterator[Session]:
    with request.param.start() as session:
        assert session.load_ptatlas() == ""
        session.attach(child.pid)
        session.run("pt-image snapshot then")
        yield session


def refs(session: Session, where: str) -> list[Any]:
    return run_json(session, f"pt-find --refs {where}")["refs"]


def test_each_word_that_the_program_knows_of_is_found_with_what_holds_it(session, points):
    for word in points.words:
        (own,) = [ref for ref in refs(session, hex(points.to(word))) if ref["at"] == hex(word.at)]
        assert own["holder"]["kind"] == ("block" if word.kind == "free" else word.kind), word


def in_registers(found):
    """Return those in registers: old frames may have left copies of the word below the stack pointer."""
    return [ref for ref in found if ref["holder"]["kind"] == "register"]


def test_what_only_a_register_holds_is_found_there(session, points):
    (ref,) = in_registers(refs(session, hex(points.held["in register"])))
    assert (ref["at"], ref["holder"]["kind"], ref["holder"]["register"]) == (None, "register", "r15")
    assert ref["holder"]["text"] == "thread 3, r15"


def test_a_word_on_a_stack_is_told_with_its_frame(session, points):
    (saved,) = refs(session, hex(points.held["in saved register"]))
    assert "thread 3 stack, frame 0 in_registers+" in saved["holder"]["text"]
    (own,) = [
        ref for ref in refs(session, hex(points.held["on stack"])) if ref["holder"]["frame"] is not None
    ]
    assert own["holder"]["function"].startswith("main+")
    assert own["holder"]["thread"]["number"] == 1


def test_thread_local_storage_is_told_with_its_thread(session, points):
    (ref,) = refs(session, hex(points.held["in tls"]))
    assert (ref["holder"]["kind"], ref["holder"]["thread"]["number"]) == ("tls", 1)
    assert "thread 1 thread-local storage, -0x" in ref["holder"]["text"]


def test_a_variable_s_value_and_its_address_are_places(session, points):
    (ref,) = refs(session, "list_head")
    assert (ref["holder"]["kind"], ref["holder"]["symbol"]) == ("global", "list_head")
    assert refs(session, "list_head->left")[0]["at"] == hex(points.held["first"])
    document = run_json(session, "pt-find --refs &interior[1]")
    assert document["target"]["what"] == "interior, up to the next symbol"
    assert int(document["target"]["end"], 16) - int(document["target"]["start"], 16) == 24


def test_a_snapshot_has_registers_and_thread_local_storage_of_its_own(session, points):
    for name in ("in register", "in tls", "in saved register", "in large"):
        at = hex(points.held[name])
        now, then = refs(session, at), refs(session, f"{at} --image then")
        assert [(ref["at"], ref["value"], ref["holder"]["kind"]) for ref in then] == [
            (ref["at"], ref["value"], ref["holder"]["kind"]) for ref in now
        ]


def test_what_nothing_leads_to_is_leaked_and_nothing_else(session, points):
    document = run_json(session, "pt-find --leaks")
    assert [(group["leaders"], group["blocks"]) for group in document["leaks"]] == [(1, 2), (7, 13)]
    assert document["total"]["blocks"] == len(points.lost)
    assert document["only_from_other_memory"]["blocks"] == 0
    assert run_json(session, "pt-find --leaks --image then")["leaks"] == document["leaks"]


def test_a_core_file_has_registers_and_leaks_of_its_own(program, tmp_path):
    dump = dumped_by_gdb(GdbSession.find(), program, tmp_path)
    points, shell = Points.of(dump.facts), Shell(open_core(str(dump.path)).target)
    (ref,) = in_registers(shell.json(f"pt-find --refs {points.held['in register']:#x}")["refs"])
    assert ref["holder"]["register"] == "r15"
    (ref,) = shell.json(f"pt-find --refs {points.held['in tls']:#x}")["refs"]
    assert ref["holder"]["kind"] == "tls"
    assert shell.json("pt-find --leaks")["total"]["blocks"] == len(points.lost)
