"""Snapshots in interactive GDB and LLDB sessions: what a piece of program changed, and what others read."""

from __future__ import annotations

import pytest
from support.asking import BREAK, CONTINUE, run_json
from support.compile import PROGRAMS, compile_c
from support.session import Session
from support.sessions import GdbSession, LldbSession

FINISH = {"gdb": "finish", "lldb": "thread step-out"}
NEXT = {"gdb": "next", "lldb": "thread step-over"}
# The debugger's own reading of memory, in its Python.
READ = {
    "gdb": "gdb.selected_inferior().read_memory({}, {}).tobytes().hex()",
    "lldb": "lldb.debugger.GetSelectedTarget().process.ReadMemory({}, {}, lldb.SBError()).hex()",
}


@pytest.fixture
def program(build_dir):
    return compile_c(PROGRAMS / "changes.c", build_dir)


@pytest.fixture
def stopped(program, start_loaded) -> Session:
    """A session stopped in ready(), before the program changes anything."""
    session = start_loaded(program)
    session.run(BREAK[session.name].format("ready"))
    if session.name == "lldb":
        session.run_python("lldb.debugger.SetAsync(False)")
    session.send_line("run < /dev/null" if session.name == "gdb" else "process launch --stdin /dev/null")
    session.wait_for_prompt()
    return session


def address_of(session: Session, expression: str) -> int:
    """The address that an expression gives, as pt-maps evaluates it."""
    return int(run_json(session, f"pt-maps '{expression}'")["at"]["address"], 16)


def test_a_diff_tells_exactly_the_global_and_the_heap_block_and_the_stack(stopped):
    counter, changed = address_of(stopped, "&counter"), address_of(stopped, "block + 100")
    stopped.run("pt-image snapshot before")
    stopped.run(CONTINUE[stopped.name])
    ranges = run_json(stopped, "pt-image diff before live")["ranges"]
    own = [item for item in ranges if item["area"] != "[stack]"]
    told = [(item["start"], item["symbol"], item["expected"], item["actual"]) for item in own]
    assert told == [(hex(counter), "counter", "29", "2a"), (hex(changed), None, "2e", "21")]
    assert [item["area"] for item in own][1] == "[heap]"
    assert {item["change"] for item in ranges} == {"changed"}


def test_a_next_over_a_function_shows_what_that_changed(stopped):
    """From main(), over once(), at which finishing ready() stops."""
    assert "once();" in stopped.run(FINISH[stopped.name])
    stopped.run("pt-image snapshot before")
    stopped.run(NEXT[stopped.name])
    own = [
        item for item in run_json(stopped, "pt-image diff before live")["ranges"] if item["area"] != "[stack]"
    ]
    told = [(item["symbol"], item["expected"], item["actual"]) for item in own]
    assert told == [("counter", "29", "2a"), (None, "2e", "21")]
    assert int(own[1]["start"], 16) == address_of(stopped, "block + 100")
    lines = stopped.run("pt-image diff before live -k heap -C 4").splitlines()
    (row,) = [line for line in lines if "21 2e" in line]
    before, after = row.split(" * ")
    assert before.split()[-1] == "........"
    assert after.split()[-1].count("!") == 1


def test_nothing_differs_right_after_a_snapshot(stopped):
    stopped.run("pt-image snapshot before")
    assert run_json(stopped, "pt-image diff before live")["ranges"] == []
    assert run_json(stopped, "pt-image diff live before")["ranges"] == []


def test_a_snapshot_is_searched_as_the_process_was(stopped):
    wanted = f"pt-find -x '{'2e ' * 16}' --in block --limit 5 -a 16"
    before = run_json(stopped, wanted)["hits"]
    stopped.run("pt-image snapshot before")
    stopped.run(CONTINUE[stopped.name])
    hits = run_json(stopped, f"{wanted} --image before")["hits"]
    assert [hit["address"] for hit in hits] == [hit["address"] for hit in before]
    assert len(hits) == 5


@pytest.mark.parametrize("reader", [GdbSession, LldbSession], ids=["read by GDB", "read by LLDB"])
def test_both_debuggers_read_an_exported_core_as_the_snapshot(stopped, program, tmp_path, reader):
    counter, block = address_of(stopped, "&counter"), address_of(stopped, "block")
    stopped.run("pt-image snapshot before")
    stopped.run(CONTINUE[stopped.name])
    assert "segments" in stopped.run(f"pt-image export before --core {tmp_path}/core")
    with reader.start(program, core=tmp_path / "core") as session:
        session.load_ptatlas()
        for address, size in ((counter, 4), (block, 200)):
            wanted = run_json(stopped, f"pt-image read before {address} {size}")["bytes"]
            read = READ[session.name].format(address, size)
            assert session.run(f"{session.python} print({read})").strip() == wanted
        frames = [line for line in session.run("bt").splitlines() if "main" in line or "ready" in line]
        assert ["ready" in frames[0], "main" in frames[1]] == [True, True], frames
