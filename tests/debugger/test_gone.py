"""A process or a server that is killed: one line, and nothing from a cache."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.children import Child
from support.servers import gdb_server
from support.session import Session
from support.sessions import GdbSession
from support.targets import write_mapped_file

COMMANDS = (
    "pt-maps",
    "pt-maps --json",
    "pt-maps --rss",
    "pt-maps --changed",
    "pt-maps --summary",
    "pt-maps $sp",
    "pt-maps --html {folder}/page.html",
    "pt-find needle",
    "pt-find a --count --json",
    "pt-find --next --unchanged",
    "pt-image check",
    "pt-image load l",
    "pt-image snapshot t",
    "pt-image diff s live",
)
# What LLDB itself says, whenever it learns of it.
NOTICE = re.compile(r"Process \d+ exited with status = .*\n")
GONE = re.compile(
    r"(error: )?pt-[a-z]+: .*(gone|no process|lost it|Remote (connection closed|communication error))[^\n]*"
)


@pytest.fixture
def child(areas_program: Path, tmp_path: Path) -> Iterator[Child]:
    with Child(areas_program, write_mapped_file(tmp_path)) as child:
        yield child


def answers(session: Session, folder: Path) -> dict[str, str]:
    return {command: session.run(command.format(folder=folder)) for command in COMMANDS}


def told_of_exit(session: Session) -> None:
    """Wait until LLDB has said by itself that the process exited, and is at a prompt after that."""
    session.expect(" exited with status")
    session.send_line('script print("it is" + " known")')
    session.expect("it is known")
    session.wait_for_prompt()


def assert_gone(told: dict[str, str]) -> None:
    assert {
        command: text for command, text in told.items() if not GONE.fullmatch(NOTICE.sub("", text).strip())
    } == {}


@pytest.mark.parametrize("knows_it", [True, False], ids=["looked at before", "never looked at"])
def test_a_process_that_was_killed_is_an_error(start_loaded, child, tmp_path, knows_it):
    with start_loaded() as session:
        if session.name == "lldb":  # whose notices may come between any two characters that are typed
            session.run_python("lldb.debugger.SetAsync(False)")
        session.attach(child.pid)
        if knows_it:
            session.run("pt-image snapshot s")
            session.run("pt-find -t u8 1 -l 3")
        child.crash()
        if session.name == "lldb":
            told_of_exit(session)
        told = answers(session, tmp_path)
        if knows_it:
            assert "r" in session.run("pt-image list")
    if not knows_it:
        told.pop("pt-image diff s live")  # there is no s
    assert_gone(told)
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize("dies", ["server", "process"])
def test_what_gdbserver_held_is_an_error_when_either_ends(child, tmp_path, dies):
    with gdb_server(child.pid) as port, GdbSession.start() as session:
        session.load_ptatlas()
        session.run(f"target remote :{port}")
        session.run("pt-image snapshot s -k stack")
        session.run("pt-find -t u8 1 -l 3")
        if dies == "server":
            os.kill(_tracer(child.pid), signal.SIGKILL)
        else:
            child.crash()
        assert_gone(answers(session, tmp_path))


def _tracer(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"TracerPid:\s+(\d+)", status)[1])
