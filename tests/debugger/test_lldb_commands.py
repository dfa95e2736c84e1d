"""What is LLDB's own about the commands: words, results, output, help, TAB."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from support.children import Child
from support.debuggers import find_lldb
from support.sessions import CHECKOUT, LldbSession

PLUGIN = CHECKOUT / "lldbext" / "plugin.py"


@pytest.fixture(scope="module")
def session():
    """LLDB with ptatlas loaded, and no process."""
    with LldbSession.start() as running:
        running.load_ptatlas()
        yield running


@pytest.fixture(scope="module")
def child(areas_program):
    with Child(areas_program) as running:
        yield running


@pytest.fixture(scope="module")
def on_areas(child):
    """LLDB with ptatlas loaded, attached to the child."""
    with LldbSession.start() as running:
        running.load_ptatlas()
        running.attach(child.pid)
        yield running


def captured(session, command):
    """Run a command from Python, into a result; return its output, its error and whether it succeeded."""
    return captured_from(session, repr(command))


def captured_from(session, python):
    """The same with a command that a Python expression makes."""
    code = (
        "import json; result = lldb.SBCommandReturnObject(); "
        f"_ = lldb.debugger.GetCommandInterpreter().HandleCommand({python}, result); "
        "print(json.dumps([result.GetOutput(), result.GetError(), result.Succeeded()]))"
    )
    return json.loads(session.run_python(code))


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        pytest.param('"a b"', "a b", id="double quotes"),
        pytest.param("'a b'", "a b", id="single quotes"),
        pytest.param("a\\ b", "a b", id="a backslash before a blank"),
        pytest.param("'x\"y'", 'x"y', id="a quote in quotes"),
        pytest.param('"x\\"y"', 'x"y', id="an escaped quote in quotes"),
        pytest.param('"\\n"', "\\n", id="an escape for the command in double quotes"),
        pytest.param("'\\n'", "\\n", id="an escape for the command in single quotes"),
        pytest.param("\\n", "\\n", id="an escape for the command without quotes"),
        pytest.param('"a\\\\b"', "a\\b", id="an escaped backslash"),
        pytest.param("-- --json", "--json", id="what looks like an option behind two dashes"),
        pytest.param("%1", "%1", id="what would be an argument of an alias"),
        pytest.param("$nosuch", "$nosuch", id="a dollar"),
        pytest.param("äö", "äö", id="beyond ASCII"),
    ],
)
def test_a_word_arrives_as_it_was_meant(on_areas, typed, word):
    assert repr(word) in captured(on_areas, f"pt-maps {typed}")[1]


def test_an_empty_word_arrives(on_areas):
    assert "an empty expression" in captured(on_areas, "pt-maps ''")[1]


def test_a_word_of_any_length_arrives(on_areas):
    assert "x" * 100_000 in captured_from(on_areas, "'pt-maps ' + 'x' * 100000")[1]


def test_repeated_options_arrive_in_order(on_areas):
    document = json.loads(captured(on_areas, "pt-maps -n libc --json -n ld-linux -p x")[0])
    assert {area["path"].rpartition("/")[2][:4] for area in document["areas"]} == {"libc", "ld-l"}


def test_an_error_is_the_results_error_so_that_scripts_stop(session):
    assert captured(session, "pt-maps") == [
        "",
        "error: pt-maps: no process (start one, attach, or open a core file)\n",
        False,
    ]


def test_an_error_stops_a_file_of_commands(session, tmp_path):
    file = tmp_path / "commands"
    file.write_text("pt-maps --nosuch\nscript print('went' + ' on')\n")
    assert "went on" not in session.run(f"command source -s true --stop-on-error true {file}")


def test_a_script_gets_the_output_and_the_terminal_does_not(on_areas, child):
    output, error, succeeded = captured(on_areas, "pt-maps --json")
    assert (json.loads(output)["pid"], error, succeeded) == (child.pid, "", True)


def test_a_command_within_python_prints_once(on_areas):
    answer = on_areas.run_python("lldb.debugger.HandleCommand('pt-maps $sp')")
    assert answer.count("[stack]") == 1


@pytest.mark.parametrize(
    "add",
    [
        pytest.param("breakpoint command add -o 'pt-maps --name stack'", id="breakpoint"),
        pytest.param("target stop-hook add -o 'pt-maps --name stack'", id="stop hook"),
    ],
)
def test_what_runs_at_a_stop_shows_its_output(start_lldb, areas_program, add):
    session = start_lldb(areas_program)
    session.load_ptatlas()
    session.run("breakpoint set --name ptatlas_ready")
    session.run(add)
    session.send_line("process launch --stdin /dev/null")
    session.expect("[stack]")


def test_no_terminal_means_no_colours_and_no_limit(areas_child):
    options = ["--no-lldbinit", "-b", "-p", str(areas_child.pid), "-o", "settings set use-color true"]
    commands = ["-o", f"command script import {PLUGIN}", "-o", "pt-maps"]
    done = subprocess.run(
        [find_lldb().path, *options, *commands],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "[stack]" in done.stdout
    assert "\x1b[" not in done.stdout.partition("pt-maps")[2]
    assert "…" not in done.stdout


def test_a_table_fits_the_terminal(start_lldb, areas_child):
    session = start_lldb(size=(50, 100))
    session.load_ptatlas()
    session.attach(areas_child.pid)
    rows = session.run("pt-maps").splitlines()[:-1]
    assert max(map(len, rows)) <= 100
    assert any("…" in row for row in rows)


@pytest.mark.parametrize(
    ("setting", "environment", "shown"),
    [
        pytest.param("true", {}, True, id="on"),
        pytest.param("false", {}, False, id="off"),
        pytest.param("true", {"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param("true", {"NO_COLOR": ""}, True, id="NO_COLOR empty"),
    ],
)
def test_colours_follow_use_color_and_the_environment(start_lldb, areas_child, setting, environment, shown):
    session = start_lldb(colours=True, env=environment)
    session.load_ptatlas()
    session.attach(areas_child.pid)
    session.run(f"settings set use-color {setting}")
    assert ("\x1b[" in session.run("pt-maps $sp").replace("\x1b[1G\x1b[J", "")) is shown


def test_colours_can_be_asked_for_and_refused(on_areas):
    assert "\x1b[" in on_areas.run("pt-maps $sp --color always")
    assert "\x1b[" not in on_areas.run("pt-maps $sp --color never")


def test_help_lists_the_command_and_tells_its_options_once(session):
    assert re.search(r"\n\s+pt-maps\s+-- List the areas", session.run("help"))
    text = session.run("help pt-maps")
    assert text.startswith("List the areas")
    assert text.count("--min-size") == 1


def test_the_words_of_the_help_are_those_of_the_command(session):
    words = session.run("pt-maps --help").partition("Options:")[2].split()
    assert " ".join(words[:40]) in " ".join(session.run("help pt-maps").split())


def test_tab_lists_the_options_and_what_they_are_for(session):
    assert {"--columns", "--name", "--json", "--gaps"} <= set(session.complete("pt-maps --").candidates)
    assert set(session.complete("pt-maps --co", tabs=2).candidates) == {"--columns", "--color"}


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        pytest.param("pt-maps -k hea", "pt-maps -k heap ", id="a value after a short option"),
        pytest.param("pt-maps --json --kind hea", "pt-maps --json --kind heap ", id="behind a flag"),
        pytest.param("pt-maps 0x1000 --kind hea", "pt-maps 0x1000 --kind heap ", id="behind a place"),
        pytest.param("pt-maps --columns sta", "pt-maps --columns start ", id="the first of a list"),
        pytest.param("pt-maps -n [sta", "pt-maps -n [stack] ", id="an area without a file"),
        pytest.param("pt-maps libc", "pt-maps libc.so.6 ", id="a place"),
        pytest.param("pt-maps -o /dev/nul", "pt-maps -o /dev/null ", id="a file"),
        pytest.param("pt-maps -o /proc/self/ns", "pt-maps -o /proc/self/ns/", id="a folder"),
        pytest.param("pt-m", "pt-maps ", id="the command"),
        pytest.param("help pt-m", "help pt-maps ", id="the command's help"),
    ],
)
def test_tab_completes(on_areas, typed, completed):
    assert on_areas.complete(typed).line == completed


def test_tab_without_a_process_offers_nothing_and_complains_about_nothing(session):
    assert session.complete("pt-maps libc") == ("pt-maps libc", [])
