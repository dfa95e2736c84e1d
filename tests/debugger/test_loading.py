"""Loading: from a checkout and from a wheel, twice, beside others, and without what it needs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from support.debuggers import find_gdb, find_lldb
from support.session import Session
from support.sessions import CHECKOUT
from support.wheel import unpack

COMMANDS = ("pt-maps", "pt-image", "pt-find")
LOAD = {
    "gdb": lambda folder: f"source {folder}/gdbext/plugin.py",
    "lldb": lambda folder: f"command script import {folder}/lldbext/plugin.py",
}


def load_from(session: Session, folder: Path) -> str:
    return session.run(LOAD[session.name](folder))


def test_a_checkout_loads_without_a_word_and_the_debugger_lists_the_commands(start_debugger):
    session = start_debugger()
    assert session.load_ptatlas() == ""
    listing = session.run({"gdb": "help data", "lldb": "help"}[session.name])
    assert all(name in listing for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_debuggers_help_and_the_commands_own_help_say_how_to_use_it(start_loaded, name):
    session = start_loaded()
    for answer in (session.run(f"help {name}"), session.run(f"{name} --help")):
        assert "Usage:" in answer or name in answer
        assert "--format" in answer


def test_loading_twice_in_a_row_changes_nothing(start_loaded):
    session = start_loaded()
    assert session.load_ptatlas() == ""
    assert "no process" in session.run("pt-maps")


def test_modules_of_the_same_names_as_its_folders_are_left_alone(start_debugger, tmp_path):
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("owner = 'another plugin'\n")
    session = start_debugger()
    session.run_python(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import core")
    session.load_ptatlas()
    assert session.run_python("import core; print(core.owner)") == "another plugin"
    assert session.run_python(f"print(sys.path[0] == {str(tmp_path)!r})") == "True"
    assert "no process" in session.run("pt-maps")


def test_an_installed_wheel_loads_with_the_dependencies_beside_it(start_debugger, wheel, tmp_path):
    root = unpack(wheel, tmp_path / "site-packages")
    session = start_debugger()
    assert load_from(session, root) == ""
    assert "no process" in session.run("pt-maps")
    where = session.run_python("import ptatlas.core.errors; print(ptatlas.core.errors.__file__)")
    assert where == str(root / "core" / "errors.py")


# A user's script, and another plugin: each loads ptatlas for itself, and keeps names of its own.
SCRIPTS = {
    "gdb": """
'Its own words.'
import gdb
os = sys = types = "its own"
gdb.execute("source {plugin}")
gdb.execute("pt-maps --version")
print(__doc__, os, sys, types, [name for name in globals() if "atlas" in name])
""",
    "lldb": """
'Its own words.'
import lldb
os = sys = types = "its own"
def load(debugger):
    debugger.HandleCommand("command script import {plugin}")
    debugger.HandleCommand("pt-maps --version")
    print(__doc__, os, sys, types, [name for name in globals() if "atlas" in name], flush=True)
{when}
""",
}
WHEN = {
    "at once": "load(lldb.debugger)",
    "when told to": "def __lldb_init_module(debugger, _): load(debugger)",
}


def run_script(name: str, script: Path, *then: str) -> str:
    """Return what the debugger prints that runs the script, and then these commands."""
    start = {
        "gdb": [find_gdb().path, "-q", "-nx", "-batch", "-x", str(script)],
        "lldb": [find_lldb().path, "--no-lldbinit", "-b", "-o", f"command script import {script}"],
    }[name]
    option = {"gdb": "-ex", "lldb": "-o"}[name]
    commands = [word for command in then for word in (option, command)]
    done = subprocess.run(
        [*start, *commands],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("name", "when"), [("gdb", "at once"), ("lldb", "at once"), ("lldb", "when told to")]
)
def test_a_script_that_loads_it_has_the_commands_and_its_own_names(tmp_path, name, when):
    script = tmp_path / "outer.py"
    plugin = CHECKOUT / f"{name}ext" / "plugin.py"
    script.write_text(SCRIPTS[name].format(plugin=plugin, when=WHEN[when]))
    told = run_script(name, script, "pt-find --version")
    assert told.count(f"loaded from {CHECKOUT}") == 2
    assert "Its own words. its own its own its own []\n" in told


@pytest.fixture
def bare_checkout(tmp_path: Path) -> Path:
    """The checkout without its virtual environment."""
    for name in ("core", "gdbext", "lldbext"):
        shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def test_missing_dependencies_are_one_line_that_says_what_to_run(start_debugger, bare_checkout):
    session = start_debugger()
    lines = load_from(session, bare_checkout).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"ptatlas: not loaded from {bare_checkout}: ")
    assert lines[0].endswith(f"missing; run: make -C {bare_checkout} ready")
    assert session.load_ptatlas() == ""
    assert f"loaded from {CHECKOUT}" in session.run("pt-maps --version")


# LLDB hands on no Ctrl-C but a second one.
CTRL_C = "import signal, _thread\nwhile True: signal.pthread_kill(_thread.get_ident(), signal.SIGINT)"
# What is wrong with a checkout, as the text of the adapter's `commands.py`, and what is said of it.
FAULTS = {
    "def": "SyntaxError: ",
    "import ptatlas.core.errors, ptatlas.core.nothing": "ModuleNotFoundError: ",
    CTRL_C: "interrupted",
}


def test_loads_that_fail_are_a_line_each_and_do_not_spoil_the_next(start_debugger, tmp_path):
    session = start_debugger()
    session.run_python("import sys; before = list(sys.path)")
    for number, (text, said) in enumerate(FAULTS.items()):
        broken = tmp_path / str(number)
        for name in ("core", "gdbext", "lldbext"):
            ignored = shutil.ignore_patterns("__pycache__", "commands.py")
            shutil.copytree(CHECKOUT / name, broken / name, ignore=ignored)
        (broken / ".venv").symlink_to(CHECKOUT / ".venv")
        (broken / f"{session.name}ext" / "commands.py").write_text(text)
        (line,) = load_from(session, broken).splitlines()
        assert line.startswith(f"ptatlas: not loaded from {broken}: {said}")
    left = "print(sys.path == before, [name for name in sys.modules if name.startswith('ptatlas')])"
    assert session.run_python(left) == "True []"
    assert session.load_ptatlas() == ""
    assert f"loaded from {CHECKOUT}" in session.run("pt-maps --version")


def test_a_python_that_is_too_old_is_said_and_does_not_spoil_the_next(start_debugger):
    session = start_debugger()
    session.run_python("import sys; version = sys.version_info; sys.version_info = (3, 6)")
    assert session.load_ptatlas() == (
        f"ptatlas: not loaded, {session.name.upper()}'s Python is 3.6, older than 3.9"
    )
    session.run_python("sys.version_info = version")
    assert session.load_ptatlas() == ""


def test_a_second_checkout_is_refused_in_one_line_and_the_first_goes_on(start_loaded, bare_checkout):
    session = start_loaded()
    answer = load_from(session, bare_checkout)
    assert answer == (
        f"ptatlas: already loaded from {CHECKOUT}; to load {bare_checkout}, restart the debugger"
    )
    assert "no process" in session.run("pt-maps")
