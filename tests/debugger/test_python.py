"""The model from Python inside the debuggers: their own values are addresses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.asking import BREAK
from support.compile import PROGRAMS, compile_c
from support.session import Session
from support.sessions import GdbSession, LldbSession

# How a script gets hold of a variable, and of what is in a register.
BEGIN = {
    "gdb": (
        "from ptatlas.gdbext import inferior",
        "from ptatlas.core import Pattern, as_address",
        "value = gdb.parse_and_eval",
        "register = gdb.selected_frame().read_register",
    ),
    "lldb": (
        "from ptatlas.lldbext import inferior",
        "from ptatlas.core import Pattern, as_address",
        "_target = lldb.debugger.GetSelectedTarget()",
        "_frame = _target.GetProcess().GetSelectedThread().GetSelectedFrame()",
        "value = lambda name: _frame.GetValueForVariablePath(name)",
        "register = _frame.FindRegister",
    ),
}


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def session(request: pytest.FixtureRequest, build_dir: Path) -> Iterator[Session]:
    """A session stopped in a function of which one variable was optimized away, with the words above."""
    with request.param.start(compile_c(PROGRAMS / "scripted.c", build_dir)) as running:
        assert running.load_ptatlas() == ""
        running.run(BREAK[running.name].format("ready"))
        running.run("run")
        running.run("up")
        for line in BEGIN[running.name]:
            assert running.run_python(line) == ""
        yield running


def told(session: Session, expression: str) -> object:
    return ast.literal_eval(session.run_python(f"print(repr({expression}))"))


@pytest.mark.parametrize("name", ["message", "text", "number", "pair.text"])
def test_an_array_a_pointer_a_typedef_and_an_integer_are_addresses(session, name):
    assert told(session, f"inferior().memory.get_string(value('{name}'))") == b"a message"


def test_enumerators_negative_numbers_and_registers_are_addresses(session):
    assert told(session, "as_address(value('place'))") == 0x7000
    assert told(session, "as_address(value('negative'))") == 2**64 - 16
    assert told(session, "inferior().area_at(register('sp')).kind") == "stack"
    assert told(session, "register('sp') in inferior().area_at(register('sp'))") is True


def test_a_size_is_a_number_and_a_hit_is_found_by_them(session):
    assert told(session, "inferior().memory.read(value('text'), value('length'))") == b"a message"
    expression = (
        "[hit.address for hit in inferior().find(Pattern.pointer(value('text')), start=value('text'))]"
    )
    start = told(session, "as_address(value('text'))")
    assert all(at >= start for at in told(session, expression))
    assert told(session, "inferior().memory.find_pointer(value('text')) is not None") is True


def test_what_is_no_address_is_an_error_that_says_so(session):
    is_none = "inferior().memory.get_byte(value('{}'))"
    for name, why in (("pair", "struct pair" if session.name == "gdb" else "pair"), ("real", "double")):
        answer = session.run_python(is_none.format(name))
        assert "InvalidArgument" in answer
        assert f"is no integer but {why}" in answer
    answer = session.run_python(is_none.format("gone"))
    assert "InvalidArgument" in answer
    assert "optimized out" in answer


def test_a_value_that_cannot_be_read_or_is_none_is_an_error(session):
    bad = {
        "gdb": "gdb.Value(16).cast(gdb.lookup_type('int').pointer()).dereference()",
        "lldb": "value('nope')",
    }
    answer = session.run_python(f"inferior().memory.get_byte({bad[session.name]})")
    assert "InvalidArgument" in answer
    assert {"gdb": "Cannot access memory at address 0x10", "lldb": "has no address"}[session.name] in answer


def test_gdb_s_references_are_what_they_refer_to(session):
    if session.name == "gdb":
        assert told(session, "inferior().memory.get_string(value('text').reference_value())") == b"a message"
