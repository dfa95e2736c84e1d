"""The way in which commands are made known to LLDBs before 19, as far as this one can show it."""

from __future__ import annotations

import json

import pytest

AS_IF = """
def __lldb_init_module(debugger, internal_dict):
    from ptatlas.lldbext import commands
    commands._command_class = lambda: commands.RawCommand
    debugger.HandleCommand("command unalias pt-maps")
    commands.register(debugger, internal_dict)
"""


@pytest.fixture
def session(start_lldb, areas_child, tmp_path):
    """LLDB, attached to the areas child, with the commands made known in that way."""
    running = start_lldb()
    running.load_ptatlas()
    script = tmp_path / "as_if.py"
    script.write_text(AS_IF)
    running.run(f"command script import {script}")
    running.attach(areas_child.pid)
    return running


def test_words_options_and_errors_are_the_same(session, areas_child):
    document = json.loads(session.run("pt-maps -n libc --json -p 'x!w' -- $pc"))
    assert document["pid"] == areas_child.pid
    assert len(document["areas"]) == 1
    answer = session.run("pt-maps --colums size")
    assert answer == "error: pt-maps: there is no option --colums (did you mean --columns?)"
    assert "no area is named 'a b'" in session.run('pt-maps "a b"')


def test_the_help_is_the_same(session):
    text = session.run("help pt-maps")
    assert text.startswith("List the areas")
    assert text.count("--min-size") == 1
    assert "abbreviation" not in text
