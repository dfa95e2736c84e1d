"""The harness itself: what every test in a real debugger stands on."""

from __future__ import annotations

import os
import re
import select

import pexpect
import pytest
from support.session import SessionError, without_echo
from support.sessions import GdbSession, LldbSession

EVALUATE = {"gdb": "print 1+1", "lldb": "expression 1+1"}
UNTIL_INTERRUPTED = {
    "gdb": "any(False for n in iter(int, 1))",  # GDB raises KeyboardInterrupt in it
    "lldb": "any(lldb.debugger.GetCommandInterpreter().WasInterrupted() for n in iter(int, 1))",
}
BREAK_WHEN_READY = {"gdb": "break ptatlas_ready", "lldb": "breakpoint set --name ptatlas_ready"}


@pytest.fixture(scope="module")
def gdb_for_all():
    """GDB, for all tests that leave it at its prompt."""
    with GdbSession.start() as session:
        yield session


@pytest.fixture(scope="module")
def lldb_for_all():
    """LLDB, for all tests that leave it at its prompt."""
    with LldbSession.start() as session:
        yield session


@pytest.fixture(params=["gdb", "lldb"])
def session(request):
    """GDB, then LLDB, which the test leaves at its prompt."""
    return request.getfixturevalue(f"{request.param}_for_all")


def test_an_expression_is_evaluated(session):
    assert re.fullmatch(r"(\(int\) )?\$\d = 2", session.run(EVALUATE[session.name]))


def test_output_is_what_the_command_wrote_without_echo_and_prompt(session):
    assert session.run_python("print('one\\ntwo')") == "one\ntwo"


def test_a_command_without_output_gives_none(session):
    assert session.run_python("pass") == ""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(gdb) ", id="gdb's own"),
        pytest.param("(lldb) ", id="lldb's own"),
        pytest.param("<gdb 0123456789ab> ", id="one of this harness"),
        pytest.param(">", id="continuation"),
    ],
)
def test_output_like_a_prompt_is_output(session, text):
    assert session.run_python(f"print('before\\n{text}\\nafter')") == f"before\n{text}\nafter"
    assert session.run_python("print('next')") == "next"


def test_escape_sequences_in_the_output_are_kept(session):
    assert session.run_python(r"print('\x1b[31mred\x1b[0m')") == "\x1b[31mred\x1b[0m"


def test_text_beyond_ascii_comes_through(session):
    assert session.run_python("print('äöü ∞')") == "äöü ∞"


@pytest.mark.parametrize("colours", [False, True], ids=["plain", "colours"])
def test_a_command_longer_than_the_terminal_is_wide(start_debugger, colours):
    session = start_debugger(size=(24, 60), colours=colours)
    assert session.run_python(f"print('{'x' * 300}')") == "x" * 300


def test_megabytes_of_output_arrive_whole(session):
    output = session.run_python("print('\\n'.join(str(n) * 10 for n in range(100000)))")
    assert output == "\n".join(str(n) * 10 for n in range(100000))


def test_an_error_is_output_and_the_session_goes_on(session):
    assert "nonsense" in session.run("nonsense")
    assert session.run_python("print(1)") == "1"


def test_many_commands_in_a_row_stay_in_step(session):
    assert [session.run_python(f"print({n})") for n in range(200)] == [str(n) for n in range(200)]


def test_colours_are_on_only_when_asked_for(start_debugger, areas_program):
    plain, coloured = (start_debugger(areas_program, colours=wanted) for wanted in (False, True))
    assert "\x1b[" not in plain.run(BREAK_WHEN_READY[plain.name] + "x")
    assert "\x1b[" in coloured.run(BREAK_WHEN_READY[coloured.name]) + coloured.run("nonsense")


def test_a_program_runs_to_a_breakpoint(start_debugger, areas_program):
    session = start_debugger(areas_program)
    session.run(BREAK_WHEN_READY[session.name])
    assert "ptatlas_ready" in session.run("run")
    assert str(0x1122334455667788) in session.run("print marker")


def test_a_running_process_is_interrupted(start_debugger, areas_program):
    session = start_debugger(areas_program)
    session.send_line("run")
    session.expect('"places"')  # it runs, and will wait for its input
    session.interrupt()
    assert str(0x1122334455667788) in session.run("print marker")


def test_an_interrupt_reaches_a_long_command(start_debugger):
    session = start_debugger()
    session.send_line(f"{session.python} print('started', flush=True); {UNTIL_INTERRUPTED[session.name]}")
    session.expect("started\r\n")
    session.interrupt()
    assert session.run_python("print(1)") == "1"


def test_a_process_is_attached_and_left_running_at_the_end(start_debugger, areas_child):
    session = start_debugger()
    session.attach(areas_child.pid)
    assert str(0x1122334455667788) in session.run("print marker")
    session.run("detach")
    assert areas_child.tell("write pattern 0 1") == {"done": "write"}


@pytest.mark.parametrize(
    ("debugger", "typed", "completed"),
    [
        pytest.param("gdb", "set confi", "set confirm ", id="gdb"),
        pytest.param("lldb", "settings set use-c", "settings set use-color ", id="lldb"),
    ],
)
def test_tab_completes_a_unique_word(request, debugger, typed, completed):
    session = request.getfixturevalue(f"{debugger}_for_all")
    assert session.complete(typed).line == completed


@pytest.mark.parametrize(
    ("debugger", "typed", "some"),
    [
        pytest.param("gdb", "info s", {"scope", "sharedlibrary", "signals", "symbol"}, id="gdb"),
        pytest.param("lldb", "process ", {"attach", "continue", "save-core", "status"}, id="lldb"),
    ],
)
def test_tab_lists_what_a_word_may_become(request, debugger, typed, some):
    session = request.getfixturevalue(f"{debugger}_for_all")
    completion = session.complete(typed)
    assert completion.line == typed
    assert some <= set(completion.candidates)
    assert session.complete(typed, tabs=2) == completion


def test_tab_after_what_nothing_begins_with_changes_nothing(session):
    assert session.complete("nosuchcommand") == ("nosuchcommand", [])
    assert session.run_python("print('the line was thrown away')") == "the line was thrown away"


def test_what_never_comes_is_a_timeout_and_not_a_wrong_answer(start_debugger):
    session = start_debugger()
    session.send_raw(f"{session.python} print(")
    with pytest.raises(pexpect.TIMEOUT):
        session.wait_for_prompt(timeout=0.1)


def test_a_session_out_of_step_says_so(start_debugger):
    session = start_debugger()
    session.send_raw("leftover")
    with pytest.raises(SessionError, match="leftover"):
        session.run_python("print(1)")


@pytest.mark.parametrize("echo", ["print(1)\n", "print(1)\nprint(1)\n", "pri \x08nt(1)\n"])
def test_an_echo_is_no_output_even_if_it_comes_twice(echo):
    assert without_echo(echo + "1\n2", "print(1)") == "1\n2"


NOTICE = "Process 7 exited with status = 9 (0x00000009) \n\x1b[1G\x1b[J"


@pytest.mark.parametrize(
    ("output", "is_notice"),
    [
        (f"\x1b[1G\x1b[J{NOTICE}", True),
        (f"pt-m\x1b[1G\x1b[J{NOTICE}", True),
        (f"pt-maps\n{NOTICE}", False),
        ("pt-maps\nerror: gone", False),
        ("pt-maps\n", False),
    ],
    ids=["before a line is typed", "within it", "behind it", "an answer", "no answer"],
)
def test_what_lldb_says_by_itself_is_no_answer(output, is_notice):
    assert LldbSession._is_notice(output) is is_notice


def test_the_end_of_a_session_ends_its_program(start_debugger, areas_program):
    session = start_debugger(areas_program)
    session.send_line("run")
    session.expect('{"pid": ')
    program = os.pidfd_open(int(session.expect(",")))
    session.close()
    assert select.select([program], [], [], 60)[0], "the program still runs"
