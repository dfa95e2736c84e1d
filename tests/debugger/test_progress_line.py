"""The progress line in real terminals: a search that takes long shows it, and nothing of it stays."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pexpect
import pytest
from support.asking import run_json
from support.children import Child
from support.debuggers import find_gdb
from support.servers import gdb_server, lldb_server
from support.session import Session
from support.sessions import CHECKOUT

# As a terminal shows it: a share, and the rest of the line.
SHOWN = re.compile(r"\r[^\r\n]*?\d+%  [^\r\n]* of [^\r\n]*/s, \d+ hits?")
# What needs all memory to come through packets, which takes long: text of either case.
SEARCH = "pt-find Nowhere-At-All -i -k anon -k heap"
# So much of that takes more than half a second.
LONG = "64M"


@contextmanager
def through_packets(session: Session, child: Child) -> Iterator[None]:
    """Connect the session to a server that holds the child."""
    if session.name == "gdb":
        with gdb_server(child.pid) as port:
            session.run(f"target remote :{port}")
            yield
            session.detach()
    else:
        session.run_python("lldb.debugger.SetAsync(False)")
        with lldb_server(child.pid) as connect:
            session.run(connect)
            yield
            session.detach()


@pytest.fixture
def watched(start_debugger: Callable[..., Session], areas_child: Child) -> Iterator[Session]:
    """A session at a terminal that can go back in its line, over a slow link."""
    session = start_debugger(env={"TERM": "xterm-256color"}, size=(40, 70))
    session.load_ptatlas()
    with through_packets(session, areas_child):
        yield session


def screen_lines(output: str) -> list[str]:
    """What stays on the screen of the lines of an output."""
    shown = []
    for line in re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", output).split("\n"):
        cells = ""
        for part in line.split("\r"):
            cells = part + cells[len(part) :]
        shown.append(cells.rstrip())
    return shown


def test_it_is_shown_meanwhile_and_nothing_of_it_stays(watched):
    watched.send_line(SEARCH)
    before = watched.expect("/s, 0 hits")
    assert re.search(r"\d+%  ", before)
    output = watched.interrupt()
    lines = [line for line in screen_lines(output) if line]
    assert not [line for line in lines if "%" in line], lines
    assert lines[-1].startswith("interrupted; go on with --from 0x")


def test_it_is_narrower_than_the_terminal(watched):
    watched.send_line(SEARCH)
    watched.expect("%  ")
    line = watched.expect("\r")
    watched.interrupt()
    assert len(line) < 70


def long_search(child: Child) -> str:
    return f"pt-find Nowhere-At-All -i --in {child.place('reserved').address:#x},+{LONG}"


def test_a_document_has_nothing_of_it(watched, areas_child):
    document = json.loads(watched.run(long_search(areas_child) + " --json"))
    assert document["seconds"] > 0.5
    assert document["count"] == 0


def test_a_file_has_nothing_of_it_and_the_terminal_has_it(watched, areas_child, tmp_path):
    file = tmp_path / "hits"
    watched.send_line(f"{long_search(areas_child)} --json -o {file}")
    watched.expect("/s, 0 hits")
    assert not any(screen_lines(watched.wait_for_prompt())[-1:])
    assert json.loads(file.read_text())["count"] == 0


def test_a_log_has_nothing_of_it(start_gdb, areas_child, tmp_path):
    session, log = start_gdb(env={"TERM": "xterm-256color"}), tmp_path / "log"
    session.load_ptatlas()
    with through_packets(session, areas_child):
        session.run(f"set logging file {log}")
        session.run("set logging enabled on")
        session.send_line(SEARCH)
        session.expect("/s, 0 hits")
        session.interrupt()
        session.run("set logging enabled off")
    assert "interrupted; go on with" in log.read_text()
    assert "/s, " not in log.read_text()


def test_a_script_s_search_shows_none(watched, areas_child, tmp_path):
    script = tmp_path / "script"
    script.write_text(long_search(areas_child) + "\n")
    word = "source" if watched.name == "gdb" else "command source"
    watched.send_line(f"{word} {script}")
    assert "/s, " not in watched.expect("0 hits in 64M")
    watched.wait_for_prompt()


def test_a_terminal_that_cannot_go_back_shows_none(start_debugger, areas_child):
    session = start_debugger(env={"TERM": "dumb"})
    session.load_ptatlas()
    with through_packets(session, areas_child):
        output = session.run(long_search(areas_child))
    assert "0 hits in 64M" in output
    assert "/s, " not in output


@pytest.mark.parametrize("words", [["-i", "mi"], ["--interpreter=mi3"]], ids=" ".join)
def test_a_program_that_talks_mi_by_a_terminal_gets_none(words):
    asked = (
        "python from ptatlas.gdbext.terminal import GdbTerminal; print('status', GdbTerminal(True).status)"
    )
    plugin = f"source {CHECKOUT / 'gdbext' / 'plugin.py'}"
    environment = {**os.environ, "TERM": "xterm-256color"}
    options = ["-q", "-nx", *words, "-ex", plugin, "-ex", asked]
    with pexpect.spawn(find_gdb().path, options, env=environment, encoding="utf-8") as gdb:
        gdb.expect_exact("status None")


def test_a_snapshot_shows_how_far_it_is_and_says_that_nothing_of_it_is_kept(watched):
    watched.send_line("pt-image snapshot all -k anon")
    assert re.search(r"\d+%  .* of ", watched.expect("/s"))
    assert "pt-image: the snapshot was interrupted; nothing of it was kept" in watched.interrupt()
    assert run_json(watched, "pt-image list")["images"] == []


@pytest.mark.parametrize("call", ["check it -k anon", "diff it live -k anon"])
def test_a_comparison_shows_what_it_found_and_says_where_to_go_on(watched, areas_child, tmp_path, call):
    place = areas_child.place("reserved").address
    with open(tmp_path / "zeros", "wb") as file:
        file.truncate(1 << 30)
    watched.run("pt-image new it")
    watched.run(f"pt-image add-file it {tmp_path}/zeros 0 1G {place}")
    watched.send_line(f"pt-image {call}")
    assert re.search(r"\d+%  .* of ", watched.expect(" difference"))
    lines = [line for line in screen_lines(watched.interrupt()) if line]
    start = re.fullmatch(r"interrupted; go on with --from (0x[0-9a-f]+)", lines[-1])
    assert start, lines
    assert place <= int(start[1], 16) < place + (1 << 30)
