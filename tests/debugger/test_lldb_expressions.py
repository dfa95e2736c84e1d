"""LLDB's expressions, which ptatlas reads by itself: held against what LLDB makes of them.

LLDB maps memory into the process to evaluate anything, so it is asked after ptatlas.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.compile import PROGRAMS, compile_c
from support.session import Session
from support.sessions import LldbSession

ORACLE = """
import json, lldb
from ptatlas.core.errors import InvalidArgument
from ptatlas.lldbext import inferior

def ours(expression, ability):
    try:
        value = getattr(inferior().target.evaluator, ability)(expression)
    except InvalidArgument as error:
        return "InvalidArgument: " + str(error)
    return value.hex() if ability == "content" else value

def theirs(expression):
    process = inferior_process()
    frame = process.GetSelectedThread().GetSelectedFrame()
    value = frame.EvaluateExpression(expression)
    kind = value.GetType().GetCanonicalType()
    if value.GetError().Fail():
        return "error"
    if kind.IsArrayType():
        return value.GetLoadAddress()
    signed = kind.GetTypeFlags() & lldb.eTypeIsSigned and not kind.IsPointerType()
    return value.GetValueAsSigned() if signed else value.GetValueAsUnsigned()

def their_content(expression):
    frame = inferior_process().GetSelectedThread().GetSelectedFrame()
    data = frame.EvaluateExpression(expression).GetData()
    return data.ReadRawData(lldb.SBError(), 0, data.GetByteSize()).hex()

def their_real(expression):
    frame = inferior_process().GetSelectedThread().GetSelectedFrame()
    value = frame.EvaluateExpression(expression)
    data, error = value.GetData(), lldb.SBError()
    if not value.GetType().GetCanonicalType().GetTypeFlags() & lldb.eTypeIsFloat:
        return value.GetValueAsSigned()
    return data.GetFloat(error, 0) if data.GetByteSize() == 4 else data.GetDouble(error, 0)

def inferior_process():
    return lldb.debugger.GetSelectedTarget().GetProcess()

def areas():
    with open(f"/proc/{inferior_process().GetProcessID()}/maps") as file:
        return file.read()
"""

Ask = Callable[[str], Any]


@pytest.fixture(scope="module")
def session(build_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """LLDB, stopped in inner(), with ptatlas and the functions of ORACLE."""
    program = compile_c(PROGRAMS / "expressions.c", build_dir)
    oracle = tmp_path_factory.mktemp("oracle") / "ptatlas_test_oracle.py"
    oracle.write_text(ORACLE)
    with LldbSession.start(program) as running:
        running.load_ptatlas()
        running.run_python(f"import sys; sys.path.append({str(oracle.parent)!r})")
        running.run_python("import json; from ptatlas_test_oracle import *")
        run_to_the_end_of_inner(running)
        yield running


def run_to_the_end_of_inner(session: Session) -> None:
    for command in ("breakpoint set --name inner", "run", "thread step-over", "thread step-over"):
        session.run(command)


@pytest.fixture(scope="module")
def ask(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Evaluate Python in the session; it is told through a file, whatever quotes it has."""
    question = tmp_path_factory.mktemp("question") / "question"

    def asked(python: str) -> Any:
        question.write_text(python)
        return json.loads(session.run_python(f"print(json.dumps(eval(open({str(question)!r}).read())))"))

    return asked


REGISTER = "$rbp" if platform.machine() == "x86_64" else "$x29"
INTEGERS = [
    *(
        "42",
        "0x2a",
        "052",
        "0b101",
        "'A'",
        "'\\n'",
        "'\\x41'",
        "4294967295",
        "4294967296",
        "0xffffffff",
        "10u",
        "7L",
    ),
    *("narrow", "byte", "small", "port", "number", "positive", "wide", "widest", "yes", "colour", "hidden"),
    *("argument", "local", "table", "table[3]", "*table", "*(table + 2)", "&table[3]", "&table", "3[table]"),
    *(
        "in_table",
        "*in_table",
        "in_table[-1]",
        "in_table[1]",
        "**hop",
        "*hop - 1",
        "*hop",
        "nothing",
        "address",
    ),
    *(
        "first.at[1].x",
        "first.at[2].y",
        "list->at[0].x",
        "list->next->whole",
        "list->next->half",
        "(*list).at[1].y",
    ),
    *(
        "second.low",
        "second.high",
        "&first",
        "&first.at[1]",
        "&list->next->name",
        "list->next",
        "&first.at[1].y",
    ),
    *("inner", "&inner", "function", "*list->name", "list->name[2]", "first.at", "second.half"),
    *(
        "(long)in_table + 16",
        "(char)number",
        "(unsigned char)number",
        "(short)65535",
        "(port_t)-1",
        "(bool)5",
    ),
    *("(int *)address", "((int *)address)[4]", "*(int *)address", "((struct node *)&first)->at[2].x"),
    *(
        "(struct node *)address + 1",
        "(unsigned long)list",
        "(uint8_t)300",
        "(const char *)list + 1",
        "(void *)4",
    ),
    *("(unsigned)-1", "(long unsigned int)-1", "(signed char)200", "(enum colour)7", "(size_t)-1"),
    *("-1", "~0", "!0", "!5", "-widest", "~byte", "+narrow", "- - 3", "-(-3)", "!in_table"),
    *(
        "number + 5",
        "number - positive",
        "byte * byte",
        "number / 7",
        "number % 7",
        "-7 / 2",
        "-7 % 2",
        "7 / -2",
    ),
    *("byte << 4", "number >> 2", "positive >> 4", "1 << 31", "1L << 40", "wide >> 3"),
    *(
        "5 & 3",
        "5 | 3",
        "5 ^ 3",
        "number & 0xff",
        "2 + 3 * 4",
        "(2 + 3) * 4",
        "20 - 5 - 3",
        "100 / 10 / 5",
        "2 * 3 % 4",
    ),
    *("1 < 2", "2 <= 1", "number < positive", "-1 < 1u", "wide == wide", "byte != 250", "1 && 0", "0 || 2"),
    *(
        "in_table - table",
        "in_table > table",
        "&table[5] - in_table",
        "list == &first",
        "in_table + 1",
        "1 + in_table",
    ),
    *(
        "sizeof(int)",
        "sizeof table",
        "sizeof(struct node)",
        "sizeof(list->at)",
        "sizeof first",
        "sizeof(char *)",
    ),
    *(
        "$sp",
        "$pc",
        REGISTER,
        "$sp + 8",
        "*(long *)$sp",
    ),
]


@pytest.mark.parametrize("expression", INTEGERS)
def test_an_expression_is_what_lldb_says_it_is(ask, expression):
    assert ask(f"ours({expression!r}, 'integer')") == ask(f"theirs({expression!r})")


REALS = [
    *("3.5", "1.", ".5", "1e3", "2.5e-3", "0x1.8p3", "1.35f", "real", "single", "number", "-single", "+real"),
    *("1.5 * real", "1.5 * single", "1.35f * 3", "single * single", "single + number", "real - 1", "7 / 2.0"),
    *("1 / 3.0f", "real / 3", "1 / 0.0", "-1 / 0.0", "(float)0.1", "(double)single", "(float)positive"),
    *("(double)widest", "(float)1e300", "*&real", "(2 + 3) * 0.5"),
]


@pytest.mark.parametrize("expression", REALS)
def test_a_real_number_is_what_lldb_says_it_is(ask, expression):
    assert ask(f"ours({expression!r}, 'real')") == ask(f"their_real({expression!r})")


@pytest.mark.parametrize(
    "expression", ["1.5 < real", "real >= 3", "!real", "real && 0", "(int)-2.75", "(char)real"]
)
def test_an_integer_made_of_real_numbers_is_what_lldb_says_it_is(ask, expression):
    assert ask(f"ours({expression!r}, 'integer')") == ask(f"theirs({expression!r})")


def test_a_long_double_is_not_computed_with(ask):
    assert "longest is long double" in ask("ours('1.5 * longest', 'real')")


def test_zero_divided_by_zero_is_no_number(ask):
    assert ask("str(ours('0 / 0.0', 'real'))") == "nan"


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "1.35f",
            "1.5 * real",
            "single",
            "number",
            "byte",
            "wide",
            "real",
            "table",
            "first",
            "first.at[1]",
            "list->name",
            "local",
            "*list",
            "table[2]",
        ),
        *("(short)-2", "40000u", "'A'", "in_table + 1", "$sp", "(char)1", "second.half", "yes"),
    ],
)
def test_the_content_is_the_bytes_of_what_lldb_shows(ask, expression):
    expected = ask(f"their_content({expression!r})")
    size = len(expected) // 2
    # C's character constants are ints in C and chars in C++, which LLDB's expressions are read as.
    assert ask(f"ours({expression!r}, 'content')")[: 2 * size] == expected


def test_variables_are_those_of_the_selected_frame(ask, session):
    session.run("frame select 1")
    try:
        text = ask("ours('local', 'content')")
    finally:
        session.run("frame select 0")
    assert bytes.fromhex(text) == b"local text".ljust(16, b"\0")


def test_a_result_of_lldbs_own_keeps_its_name(ask, session):
    session.run("expression int $seven = 7; $seven")
    shown = session.run("expression 6 * 7")
    name = shown.split(" ")[1]
    assert name.startswith("$")
    assert ask(f"ours({name!r}, 'integer')") == 42


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        pytest.param("inner(3)", "inner(...) would run code in the process", id="a call"),
        pytest.param("function(3)", "function(...) would run code in the process", id="a call by pointer"),
        pytest.param("(inner)(3)", "a call would run code in the process", id="a call in parentheses"),
        pytest.param("nosuch", "no variable or symbol is named nosuch", id="no such variable"),
        pytest.param("$nosuch", "no register is named $nosuch", id="no such register"),
        pytest.param("$99999", "no register is named $99999", id="no such result"),
        pytest.param("first.nosuch", "node has no member nosuch", id="no such member"),
        pytest.param("first", "first is no integer but node", id="a structure"),
        pytest.param("real", "real is no integer but double", id="a real number"),
        pytest.param("3.5", "3.5 is no integer but double", id="a real literal"),
        pytest.param("1.5f * 2", "3.0 is no integer but float", id="a real product"),
        pytest.param("real % 2", "% takes integers", id="a remainder of a real number"),
        pytest.param("~real", "~ takes integers", id="the bits of a real number"),
        pytest.param("1 << 2.0", "<< takes integers", id="shifting by a real number"),
        pytest.param("in_table + 1.0", "+ takes no pointer and real number", id="a real number of steps"),
        pytest.param("table[1.0]", "1.0 is no integer but double", id="a real index"),
        pytest.param("(char)300.0", "300.0 doesn't fit an integer of 1 bytes", id="a real number too large"),
        pytest.param("(int)(1 / 0.0)", "inf doesn't fit an integer", id="infinity as an integer"),
        pytest.param("&1.5", "1.5 has no address", id="the address of a real number"),
        pytest.param("3.5.1", "'3.5.1' is no expression: unexpected 3.5.1", id="two decimal points"),
        pytest.param("1,35", "'1,35' is no expression: unexpected ,", id="a decimal comma"),
        pytest.param("1 +", "'1 +' ends too early", id="half an expression"),
        pytest.param("(1", "'(1' ends too early", id="an open parenthesis"),
        pytest.param("1)", "'1)' is no expression: unexpected )", id="a parenthesis too many"),
        pytest.param("1 2", "'1 2' is no expression: unexpected 2", id="two expressions"),
        pytest.param("[heap]", "'[heap]' is no expression: unexpected [", id="an area's name"),
        pytest.param("libc.so.6", "no variable or symbol is named libc", id="a file's name"),
        pytest.param("1 @ 2", "'1 @ 2' is no expression: unexpected @", id="what C doesn't have"),
        pytest.param("*number", "'*number' follows what is no pointer", id="following a number"),
        pytest.param("*address", "'*address' follows what is no pointer", id="following a void pointer"),
        pytest.param("&5", "5 has no address", id="the address of a number"),
        pytest.param("&$sp", "$sp has no address", id="the address of a register"),
        pytest.param("1 / 0", "division by zero", id="division by zero"),
        pytest.param("1 << 99", "32 bits cannot be shifted by 99", id="shifting too far"),
        pytest.param("table + in_table", "two pointers cannot be added", id="adding pointers"),
        pytest.param("5 - in_table", "a pointer cannot be subtracted from a number", id="subtracting one"),
        pytest.param("*(int *)16", "the memory at 0x10 cannot be read", id="unmapped memory"),
        pytest.param("(struct node)1", "there is no casting to node", id="a cast to a structure"),
        pytest.param("0x1ffffffffffffffff", "36893488147419103231 has more than 64 bits", id="too many bits"),
        pytest.param("(" * 5000 + "1" + ")" * 5000, "nested more than 100 deep", id="too deep"),
        pytest.param("-" * 5000 + "1", "nested more than 100 deep", id="too many signs"),
        pytest.param("environ", "environ has no known type", id="a symbol without debug information"),
    ],
)
def test_what_cannot_be_evaluated_says_why(ask, expression, why):
    answer = ask(f"ours({expression!r}, 'integer')")
    assert answer.startswith("InvalidArgument: ")
    assert why in answer


def test_a_symbol_without_debug_information_has_an_address_and_takes_a_type(ask):
    address = ask("ours('&environ', 'integer')")
    assert ask("ours('*(long *)&environ', 'integer')") == ask("ours('(long)environ', 'integer')")
    assert ask(f"ours('*(long *){address}', 'integer')") == ask("ours('(long)environ', 'integer')")


def test_evaluating_maps_nothing_into_the_process_and_changes_nothing(build_dir, tmp_path):
    program = compile_c(PROGRAMS / "expressions.c", build_dir)
    script = tmp_path / "ptatlas_untouched.py"
    script.write_text(
        ORACLE
        + "before = areas()\n"
        + f"answers = [ours(one, 'integer') for one in {INTEGERS!r}]\n"
        + "assert not any(str(one).startswith('InvalidArgument') for one in answers), answers\n"
        + "assert areas() == before\n"
        + "theirs('1 + 1')\n"
        + "print('untouched' if areas() != before else 'this test proves nothing')\n"
    )
    with LldbSession.start(program) as running:
        running.load_ptatlas()
        run_to_the_end_of_inner(running)
        assert running.run(f"command script import {script}") == "untouched"


numbers = st.one_of(st.integers(0, 300), st.integers(0, 2**64 - 1)).map(str)
names = st.sampled_from(["narrow", "byte", "small", "port", "number", "positive", "wide", "widest"])
operations = st.sampled_from([*"+-*&|^", "==", "!=", "<", "<=", ">", ">="])


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, operations, inner),
        st.builds("{}({})".format, st.sampled_from(["-", "~", "!", "(char)", "(unsigned)", "(long)"]), inner),
        st.builds("({} >> {})".format, inner, st.integers(0, 31)),
        st.builds("({} / {})".format, inner, st.integers(1, 1000)),
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.recursive(st.one_of(numbers, names), combined, max_leaves=6), min_size=10, max_size=10))
def test_arithmetic_is_lldbs(ask, expressions):
    found = ask(f"[(one, ours(one, 'integer'), theirs(one)) for one in {expressions!r}]")
    assert [one[:2] for one in found] == [[one[0], one[2]] for one in found]
