"""The commands in other versions of the debuggers than Debian's, and what those versions alone have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.asking import run_json
from support.children import Child
from support.session import Session
from support.versions import GDBS, LLDBS, session_of

VERSIONS = {program: [(program, version) for version in versions] for _, program, versions in (GDBS, LLDBS)}
# GDB's own table as ptatlas reads it, beside the kernel's.
OWN_TABLE = (
    "from ptatlas.gdbext import inferior; own, kernel = inferior().target.listers[-1], inferior().areas; "
    "print([(area[:3], area.offset, area.path) for area in own.areas()] == "
    "[(area[:3], area.offset, area.path) for area in kernel] and own.source)"
)
COMPLETE = (
    "found = lldb.SBStringList(); "
    "count = lldb.debugger.GetCommandInterpreter().HandleCompletion({line!r}, {cursor}, 0, -1, found); "
    "print(sorted(found.GetStringAtIndex(n) for n in range(1, found.GetSize()))) if count else None"
)

Start = Callable[[tuple[str, str]], Session]


@pytest.fixture(scope="module")
def child(areas_program: Path) -> Iterator[Child]:
    with Child(areas_program) as running:
        yield running


@pytest.fixture(scope="module")
def session(request: pytest.FixtureRequest, child: Child) -> Iterator[Session]:
    """A session of one version, attached to the areas child, for all tests that leave the child as it is."""
    with session_of(*request.param).start() as running:
        assert running.load_ptatlas() == ""
        running.attach(child.pid)
        yield running
        running.detach()


every = pytest.mark.parametrize("session", VERSIONS["gdb"] + VERSIONS["lldb"], ids=" ".join, indirect=True)
every_gdb = pytest.mark.parametrize("session", VERSIONS["gdb"], ids=" ".join, indirect=True)
every_lldb = pytest.mark.parametrize("session", VERSIONS["lldb"], ids=" ".join, indirect=True)


@every
def test_the_three_commands_answer(session, child):
    border = child.place("border").address
    assert run_json(session, f"pt-maps {border:#x}")["source"] == "procfs"
    assert run_json(session, "pt-find -x '7f 45 4c 46' -n areas")["count"] >= 1
    assert {entry["cause"] for entry in run_json(session, "pt-image check")["ranges"]} <= {"breakpoint"}
    session.run("pt-image snapshot before")
    assert run_json(session, "pt-image diff before live")["ranges"] == []


@every
def test_an_error_is_one_line_in_our_words(session):
    said = session.run("pt-maps --colums size")
    assert said.removeprefix("error: ") == "pt-maps: there is no option --colums (did you mean --columns?)"


@every
def test_a_file_keeps_its_place_in_an_exported_core(session, areas_program, tmp_path):
    session.run("pt-image snapshot before -n areas")
    core = tmp_path / "core"
    assert "segments" in session.run(f"pt-image export before --core {core}")
    with type(session).start(areas_program, core=core) as reader:
        reader.load_ptatlas()
        places = run_json(session, "pt-maps -n areas")["areas"]
        assert [area["start"] for area in run_json(reader, "pt-maps -n areas")["areas"]] == [
            area["start"] for area in places
        ]


@every
def test_a_setting_is_refused_and_taken(session):
    line = {"gdb": "set ptatlas limit", "lldb": "ptatlas set limit"}[session.name]
    assert "limit doesn't take 'many'" in session.run(f"{line} many")
    assert session.run(f"{line} 2") == ""
    assert run_json(session, "pt-find -x 00 -n areas")["count"] == 2
    assert session.run(f"{line} auto") == ""


@every_gdb
def test_gdbs_own_table_is_read_as_the_kernels(session):
    assert session.run_python(OWN_TABLE) == "gdb"


@every_lldb
@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("pt-image snap", ["snapshot"], id="a call"),
        pytest.param("pt-image show be", ["before"], id="the name of an image"),
        pytest.param("pt-maps --colu", ["--columns"], id="an option"),
        pytest.param("pt-find x -k mod", ["module"], id="an option's value"),
        pytest.param("pt-maps --columns start,si", ["start,size"], id="a value in a list"),
        pytest.param("pt-find x --image be", ["before"], id="an option's value that is a name"),
        pytest.param("pt-maps [hea", ["[heap]"], id="an area's name"),
        pytest.param("ptatlas set format js", ["json", "jsonl"], id="a setting's value"),
        pytest.param("ptatlas show li", ["limit"], id="a setting's name"),
    ],
)
def test_tab_offers_what_the_command_takes(session, line, words):
    session.run("pt-image new before")
    assert session.run_python(COMPLETE.format(line=line, cursor=len(line))) == str(words)
