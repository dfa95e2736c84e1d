"""Where a container refuses system calls, or /proc hides the process: the same answers, or what they lack."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from support import refused
from support.asking import BREAK, run_json
from support.children import Child
from support.debuggers import Debugger
from support.namespaces import unshared
from support.session import Session
from support.sessions import CHECKOUT, GdbSession, LldbSession
from support.targets import write_mapped_file

CALLS = ("process_vm_readv", "PAGEMAP_SCAN", "PROCMAP_QUERY")
# No pattern that the kernel's own counters in the process (rseq(2)) may hold, or not.
COMMANDS = ("maps", "find -x 7f454c46", "find ptatlas-heap-needle", "image check")
HIDE = "import subprocess; print(subprocess.call(['mount', '--bind', {!r}, '/proc/%d' % {}]))"
LAUNCH = {"gdb": "run < /dev/null", "lldb": "process launch --stdin /dev/null"}
PID = {"gdb": "gdb.selected_inferior().pid", "lldb": "lldb.process.GetProcessID()"}
HIDDEN = r"pt-[a-z]+: process \d+ is there, and /proc doesn't show it \(run as its owner, .*\)"

in_both = pytest.mark.parametrize("kind", [GdbSession, LldbSession], ids=["gdb", "lldb"])


@pytest.fixture(scope="module")
def child(areas_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    file = write_mapped_file(tmp_path_factory.mktemp("mapped"))
    with Child(areas_program, file) as child:
        yield child


def started_by(command: Sequence[str], kind: type[Session], folder: Path) -> type[Session]:
    """Return the class of sessions in which this command starts the debugger."""
    script, debugger = folder / kind.name, kind.find()
    script.write_text(f'#!/bin/sh\nexec {shlex.join([*command, debugger.path])} "$@"\n')
    script.chmod(0o755)

    class Started(kind):  # type: ignore[misc,valid-type]
        @classmethod
        def find(cls) -> Debugger:
            return debugger._replace(path=str(script))

    return Started


def without_call(calls: str) -> tuple[str, ...]:
    return sys.executable, str(refused.__file__), calls


def told(document: Any) -> Any:
    """Return what doesn't differ between two runs of a command."""
    return {name: value for name, value in document.items() if name not in ("seconds", "generation")}


def commands_on(child: Child) -> tuple[str, ...]:
    """Return the commands; the last counts zeros in memory that was never touched."""
    return (*COMMANDS, f"find -x 00 --count --in {child.place('reserved').address},+1M")


# --- calls refused -------------------------------------------------------------------------------------


@in_both
def test_a_debugger_that_may_not_call_answers_the_same(kind, child, tmp_path):
    answers = []
    for sessions in (kind, started_by(without_call(",".join(CALLS)), kind, tmp_path)):
        with sessions.start() as session:
            assert session.load_ptatlas() == ""
            session.attach(child.pid)
            answers.append([told(run_json(session, f"pt-{line}")) for line in commands_on(child)])
            session.detach()
    assert answers[0] == answers[1]
    assert {document["source"] for document in answers[1][:-2]} == {"procfs"}


HEADLESS = """
import sys
from ptatlas.core.cli.main import main
for words in map(str.split, sys.argv[2:]):
    main([words[0], sys.argv[1], *words[1:], "--json"])
"""


def headless(child: Child, *before: str) -> list[Any]:
    command = [*before, sys.executable, "-c", HEADLESS, str(child.pid), *commands_on(child)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert done.stderr == ""
    decoder, text, documents = json.JSONDecoder(), done.stdout, []
    while text:
        document, end = decoder.raw_decode(text)
        documents.append(told(document))
        text = text[end:].lstrip()
    return documents


def test_without_a_debugger_too(child):
    plain = headless(child)
    assert len(plain) == len(COMMANDS) + 1
    for calls in (*CALLS, ",".join(CALLS)):
        assert headless(child, *without_call(calls)) == plain, calls


# --- /proc hidden --------------------------------------------------------------------------------------


@pytest.fixture(params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def apart(
    request: pytest.FixtureRequest, areas_program: Path, mapped_file: Path, tmp_path: Path
) -> Iterator[Session]:
    """A session that stands at the begin of the program, and may hide it."""
    (tmp_path / "empty").mkdir()
    kind = started_by(unshared("mount"), request.param, tmp_path)
    with kind.start(areas_program, mapped_file) as session:
        session.run(BREAK[session.name].format("main"))
        session.run(LAUNCH[session.name])
        yield session


def hide(session: Session, folder: Path) -> None:
    assert session.run_python(HIDE.format(str(folder / "empty"), PID[session.name])) == "0"


def test_a_process_that_proc_hides_from_now_on_is_told_in_one_line(apart, tmp_path):
    assert apart.load_ptatlas() == ""
    assert run_json(apart, "pt-maps")["source"] == "procfs"
    hide(apart, tmp_path)
    for line in ("pt-maps", "pt-find ptatlas-heap-needle", "pt-image check", "pt-image snapshot it"):
        assert re.fullmatch(HIDDEN, apart.run(line).removeprefix("error: ")), line


def test_a_process_that_proc_hides_is_what_the_debugger_tells_of_it(apart, tmp_path):
    """All of the map, or what is loaded: then each answer says that this isn't all."""
    hide(apart, tmp_path)
    assert apart.load_ptatlas() == ""
    document, found = run_json(apart, "pt-maps"), run_json(apart, "pt-find -x 7f454c46")
    assert document["source"] == found["source"] == apart.name
    starts = [int(area["start"], 16) for area in document["areas"]]
    kernel_s = Path(f"/proc/{document['pid']}/maps").read_text().splitlines()
    is_whole = starts == [int(line.partition("-")[0], 16) for line in kernel_s]
    assert ("problems" in document) is ("problems" in found) is not is_whole
    assert hex(int(kernel_s[0].partition("-")[0], 16)) in [hit["address"] for hit in found["hits"]]
    assert run_json(apart, "pt-image check")["ranges"] == []
    assert "sections" in apart.run("pt-image snapshot it")
