"""What is LLDB's own about loading: it imports by file name, in front of all others."""

from __future__ import annotations

import subprocess

import pytest
from support.debuggers import find_lldb
from support.sessions import CHECKOUT

FOLDER = CHECKOUT / "lldbext"
LOAD = f"command script import {FOLDER / 'plugin.py'}"

NEIGHBOUR = """
import core, commands  # its own
class Hello:
    def __init__(self, debugger, internal_dict): pass
    def __call__(self, debugger, line, context, result): result.write(core.NAME + commands.NAME + "\\n")
def __lldb_init_module(debugger, internal_dict):
    debugger.HandleCommand("command script add -o -c plugin.Hello neighbour")
"""


@pytest.fixture
def neighbour(tmp_path):
    """Another plugin, whose modules have the names of ours."""
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("NAME = 'core of'\n")
    (tmp_path / "commands.py").write_text("NAME = ' the neighbour'\n")
    (tmp_path / "plugin.py").write_text(NEIGHBOUR)
    return f"command script import {tmp_path / 'plugin.py'}"


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_a_plugin_of_the_same_name_works_beside_it(start_lldb, neighbour, first):
    session = start_lldb()
    for command in (LOAD, neighbour) if first == "ours" else (neighbour, LOAD):
        assert session.run(command) == ""
    assert session.run("neighbour") == "core of the neighbour"
    assert "pt-maps: no process" in session.run("pt-maps")
    assert "name" in session.run("pt-maps --help")


def test_its_folder_does_not_stay_where_imports_are_looked_for(start_lldb):
    session = start_lldb()
    session.run_python("import sys; before = list(sys.path)")
    session.load_ptatlas()
    assert session.run_python("print([path for path in sys.path if 'lldbext' in path])") == "[]"
    assert session.run_python("print(sys.path[:len(before)] == before)") == "True"


def test_loading_again_reads_the_plugin_again_and_keeps_what_there_was(start_lldb, areas_child):
    session = start_lldb()
    session.load_ptatlas()
    session.attach(areas_child.pid)
    session.run_python("from ptatlas.lldbext import inferior; first = inferior()")
    assert session.load_ptatlas() == ""
    assert session.run_python("print(inferior() is first)") == "True"
    assert "[stack]" in session.run("pt-maps $sp")


def test_each_debugger_of_a_program_has_the_commands_that_load_it(start_lldb):
    session = start_lldb()
    session.load_ptatlas()
    session.run_python("other = lldb.SBDebugger.Create(); result = lldb.SBCommandReturnObject()")
    run = "_ = other.GetCommandInterpreter().HandleCommand({!r}, result); print(result.GetError())"
    assert "not a valid command" in session.run_python(run.format("pt-maps"))
    session.run_python(run.format(LOAD))
    assert "pt-maps: no process" in session.run_python(run.format("pt-maps"))


def test_it_loads_from_lldbs_own_start_up_file(tmp_path):
    (tmp_path / ".lldbinit").write_text(LOAD + "\n")
    done = subprocess.run(
        [find_lldb().path, "-b", "-o", "pt-maps --help"],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
    )
    assert "Usage: pt-maps" in done.stdout
