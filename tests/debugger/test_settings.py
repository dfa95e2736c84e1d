"""Settings in the debuggers' own words: kept by files of lines, with help, TAB and errors; what they do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from support.asking import run_json
from support.children import Child
from support.session import Session
from support.sessions import CHECKOUT, GdbSession, LldbSession

NAMES = ["format", "limit", "progress", "source", "store", "threads", "trust-files"]
# How a line sets and shows a setting, and how a file of such lines is read, as start-up files are.
SET = {"gdb": "set ptatlas {} {}", "lldb": "ptatlas set {} {}"}
SHOW = {"gdb": "show ptatlas {}", "lldb": "ptatlas show {}"}
READ = {"gdb": "source", "lldb": "command source -s true"}
LOAD = {
    "gdb": f"source {CHECKOUT}/gdbext/plugin.py",
    "lldb": f"command script import {CHECKOUT}/lldbext/plugin.py",
}


@pytest.fixture(scope="module")
def child(areas_program: Path) -> Iterator[Child]:
    with Child(areas_program) as running:
        yield running


class Begun(NamedTuple):
    """A session, and what it said to a setting before ptatlas was loaded."""

    session: Session
    before: str


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def begun(
    request: pytest.FixtureRequest, child: Child, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Begun]:
    """A session of which a file of lines loads ptatlas and sets `limit` and `store`."""
    folder, name = tmp_path_factory.mktemp("start-up"), request.param.name
    lines = [LOAD[name], SET[name].format("limit", 3), SET[name].format("store", folder / "a.store")]
    (folder / "start").write_text("\n".join(lines) + "\n")
    with request.param.start() as session:
        before = put(session, "limit", 3)
        session.run(f"{READ[name]} {folder}/start")
        session.attach(child.pid)
        yield Begun(session, before)


@pytest.fixture
def session(begun: Begun) -> Iterator[Session]:
    """That session, whose settings are the same again afterwards."""
    yield begun.session
    for name, value in (("limit", 3), ("format", "table"), ("source", "auto")):
        put(begun.session, name, value)


def put(session: Session, name: str, value: object) -> str:
    return session.run(SET[session.name].format(name, value))


def shown(session: Session, name: str = "") -> str:
    return session.run(SHOW[session.name].format(name).strip())


def test_a_start_up_file_keeps_them_and_a_second_load_too(session):
    assert shown(session, "limit") == "ptatlas limit: 3"
    assert session.load_ptatlas() == ""
    assert shown(session, "limit") == "ptatlas limit: 3"
    assert "ptatlas format: table (for people)" in shown(session).splitlines()
    assert run_json(session, "pt-find -x 00 -n areas")["count"] == 3


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("limit", "many", "ptatlas: limit doesn't take 'many' (auto or a number from 0 on)"),
        ("threads", "1.5", "ptatlas: threads doesn't take '1.5' (a number from 0 on)"),
        ("store", "/tmp", "ptatlas: '/tmp' is a folder (a store is a file)"),
        ("format", "xml", {"gdb": 'Undefined item: "xml".', "lldb": "one of table, json, jsonl, csv"}),
        ("progress", "maybe", {"gdb": '"on" or "off" expected.', "lldb": "one of on, off"}),
    ],
)
def test_a_bad_value_is_an_error_and_the_old_one_stays(session, name, value, told):
    before = shown(session, name)
    assert (told if isinstance(told, str) else told[session.name]) in put(session, name, value)
    assert shown(session, name) == before


def test_the_debuggers_help_lists_them_and_says_what_they_take(session):
    word = {"gdb": "set ptatlas", "lldb": "ptatlas set"}[session.name]
    listing = session.run(f"help {word}")
    assert all(name in listing for name in NAMES)
    answer = session.run(f"help {word} limit")
    assert "after how many hits pt-find stops" in answer
    assert "  auto     100 in a table, else never (default)" in answer


def test_tab_offers_the_names_and_gdb_the_values(session):
    assert session.complete(SET[session.name].format("lim", "").rstrip()).line.rstrip().endswith(" limit")
    assert session.complete(SET[session.name].format("", "").rstrip() + " ").candidates == NAMES
    if session.name == "gdb":
        assert session.complete("set ptatlas format ").candidates == ["csv", "json", "jsonl", "table"]
        assert session.complete("set ptatlas progress o").candidates == ["off", "on"]


def test_format_and_limit_hold_until_a_command_is_given_others(session):
    put(session, "format", "json")
    assert json.loads(session.run("pt-find -x 00 -n areas"))["count"] == 3
    assert session.run("pt-find -x 00 -n areas --format table -l 5").count("areas") == 5


def test_source_is_how_the_process_is_read_from_then_on(session):
    assert run_json(session, "pt-find ptatlas-heap-needle")["source"] == "procfs"
    put(session, "source", "debugger")
    for command in ("pt-maps -k stack", "pt-find 'not there' -n [stack]"):
        assert run_json(session, command)["source"] == session.name
    module = {"gdb": "gdbext", "lldb": "lldbext"}[session.name]
    told = session.run_python(f"from ptatlas.{module} import inferior; print(inferior().memory.source)")
    assert told == session.name
    put(session, "source", "auto")
    assert run_json(session, "pt-maps -k stack")["source"] == "procfs"
    assert run_json(session, "pt-find --next")["count"] >= 1


def test_store_is_where_snapshots_are_kept(session):
    answer = run_json(session, "pt-image snapshot kept -k stack")
    assert answer["name"] == "kept"
    assert "detached; its 1 image stays in it" in session.run("pt-image detach")
    assert [row["name"] for row in run_json(session, "pt-image list")["images"]] == ["kept"]
    session.run("pt-image drop kept")


def test_gdb_sets_one_for_one_command_and_has_them_as_parameters(session):
    if session.name == "gdb":
        assert session.run("with ptatlas format json -- pt-maps -k heap").startswith("{")
        assert shown(session, "format") == "ptatlas format: table (for people)"
        known = "print(gdb.parameter('ptatlas format'), gdb.parameter('ptatlas progress'))"
        assert session.run_python(known) == "table True"


def test_before_the_plugin_is_loaded_a_setting_is_the_debuggers_error(begun):
    told = {"gdb": "No symbol table is loaded.", "lldb": "'ptatlas' is not a valid command."}
    assert told[begun.session.name] in begun.before
