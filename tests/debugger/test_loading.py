"""Loading: from a checkout and from a wheel, twice, beside others, and without what it needs."""

from __future__ import annotations

import shutil
from pathlib import Path

import elftools
import pygments
import pytest
import tabulate
from support.session import Session
from support.sessions import CHECKOUT
from support.wheel import pip

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
    site = tmp_path / "site-packages"
    pip("install", "--no-deps", "--no-index", "--target", str(site), str(wheel))
    for module in (elftools.__path__[0], pygments.__path__[0], tabulate.__path__[0]):
        (site / Path(module).name).symlink_to(module)
    session = start_debugger()
    assert load_from(session, site / "ptatlas") == ""
    assert "no process" in session.run("pt-maps")
    where = session.run_python("import ptatlas.core.errors; print(ptatlas.core.errors.__file__)")
    assert where == str(site / "ptatlas" / "core" / "errors.py")


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
    assert lines[0].startswith("ptatlas: not loaded, ")
    assert lines[0].endswith(f"missing; run: make -C {bare_checkout} setup")
    assert session.run_python("print(6 * 7)") == "42"


def test_a_second_checkout_is_refused_in_one_line_and_the_first_goes_on(start_loaded, bare_checkout):
    session = start_loaded()
    answer = load_from(session, bare_checkout)
    assert answer.startswith(f"ptatlas: already loaded from {CHECKOUT}")
    assert "no process" in session.run("pt-maps")
