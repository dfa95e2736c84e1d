"""Registers in LLDB: of many threads one packet each, where the server is proven to send them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.servers import gdb_server
from support.session import Session
from support.sessions import LldbSession

# Counts the threads that are read by LLDB's API.
PREPARE = """
import json, lldb; from ptatlas.lldbext import inferior, register_packets as packets, registers
registers._WORTH, by_api = 1, []
plain, answer = registers.LldbRegisters._of, packets._answer
registers.LldbRegisters._of = lambda self, thread, *more: by_api.append(1) or plain(self, thread, *more)
def read(): by_api.clear(); return dict(inferior().target.registers.registers())
"""


def prepared(session: Session) -> Session:
    session.load_ptatlas()
    session.run_python("lldb.debugger.SetAsync(False)")
    for line in PREPARE.strip().splitlines():
        session.run_python(line)
    return session


def ask(session: Session, expression: str):
    return json.loads(session.run_python(f"print(json.dumps({expression}))"))


@pytest.fixture(scope="module")
def session(build_dir: Path) -> Iterator[Session]:
    """LLDB stopped in a program of four threads."""
    program = compile_c(PROGRAMS / "threads.c", build_dir, "-pthread")
    with LldbSession.start(program) as lldb:
        prepared(lldb)
        lldb.run("breakpoint set --name ready")
        lldb.run("process launch --stdin /dev/null")
        yield lldb


def test_packets_tell_what_the_api_tells(session):
    session.run_python("told = read()")
    assert ask(session, "[len(told), len(by_api)]") == [4, 2]
    session.run_python("registers._WORTH = 99")
    assert ask(session, "read() == told and len(by_api) == 4")
    session.run_python("registers._WORTH = 1")
    assert ask(session, "min(map(len, told.values())) > 20")


@pytest.mark.parametrize(
    "lies",
    [
        pytest.param(
            "'OK' if text[:1] == 'Q' else answer(one, text) if text[0] == 'q' else 'xx' * 2000", id="x"
        ),
        pytest.param("answer(one, text if text[0] in 'qQ' else first)", id="always the first thread's"),
        pytest.param("answer(one, text)[:100]", id="too short"),
        pytest.param("'' if text[0] == 'q' else answer(one, text)", id="no layout"),
        pytest.param("'' if text[0] == 'Q' else answer(one, text)", id="no threads in packets"),
        pytest.param("answer(one, text).replace('offset:1', 'offset:2')", id="another layout"),
    ],
)
def test_a_server_that_sends_something_else_is_not_believed(session, lies):
    session.run_python("registers._WORTH = 99; told = read(); registers._WORTH = 1")
    session.run_python("first = f'g;thread:{next(iter(told)):x};'")
    session.run_python(f"packets._answer = lambda one, text: {lies}")
    assert ask(session, "[read() == told, len(by_api)]") == [True, 4]
    session.run_python("packets._answer = answer")


def test_a_server_of_gdb_sends_no_threads_in_packets(areas_program):
    with (
        Child(areas_program) as child,
        LldbSession.start(areas_program) as lldb,
        gdb_server(child.pid) as port,
    ):
        prepared(lldb).run(f"gdb-remote localhost:{port}")
        lldb.run_python("process = lldb.debugger.GetSelectedTarget().process")
        lldb.run_python("known = [*read().items(), (1, {})]")
        assert ask(lldb, "packets._answer(process, 'g') != ''")
        assert ask(lldb, "packets.register_packets(process, known, 'little')") is None
        lldb.detach()
