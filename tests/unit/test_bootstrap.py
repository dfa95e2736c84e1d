"""Loading ptatlas into a Python, a process a test; tests/debugger/test_loading.py does it in debuggers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
REGISTER = "def register(told): told.append('registered')\n"
# What every program below begins with.
BEGIN = """
import os, runpy, sys
ONE, OTHER = sys.argv[1:]
load = runpy.run_path(os.path.join(ONE, "core", "bootstrap.py"))["load"]
def ours(): return sorted(name for name in sys.modules if name.split(".")[0] == "ptatlas")
def write(root, path, text):
    with open(os.path.join(root, path), "w") as stream: stream.write(text)
told, modules, path = [], ours(), list(sys.path)
"""
LOADED = """
assert load(OTHER, "gdbext", told) is None
assert told == ["registered"], told
assert sys.modules["ptatlas.core"].__file__ == os.path.join(OTHER, "core", "__init__.py")
"""


@pytest.fixture
def roots(tmp_path):
    """Two checkouts that hold no more than what is needed to load them."""
    for name in ("one", "other"):
        root = tmp_path / name
        for part in ("core", "gdbext"):
            (root / part).mkdir(parents=True)
            (root / part / "__init__.py").touch()
        (root / "core" / "bootstrap.py").write_text((CHECKOUT / "core" / "bootstrap.py").read_text())
        (root / "gdbext" / "commands.py").write_text("import ptatlas.core\n" + REGISTER)
        (root / "pyproject.toml").touch()
        site = root / ".venv" / "lib" / "python3.9" / "site-packages"
        site.mkdir(parents=True)
        for module in ("elftools", "pygments", "tabulate"):
            (site / f"{module}.py").touch()
    return tmp_path / "one", tmp_path / "other"


def run(roots: tuple[Path, Path], program: str) -> str:
    """Run the program in a Python that has nothing but the standard library; return what it prints."""
    command = [sys.executable, "-IBS", "-c", BEGIN + program, *map(str, roots)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# How a checkout is broken: a file of it, its new text (None: there is none), and what is said of it.
FAULTS = {
    "a dependency is missing": (
        ".venv/lib/python3.9/site-packages/tabulate.py",
        None,
        "tabulate missing; run: ",
    ),
    "a module is no Python": ("core/__init__.py", "def", "SyntaxError: "),
    "a module is missing": ("gdbext/commands.py", None, "ModuleNotFoundError: "),
    "a module fails": ("gdbext/commands.py", "import ptatlas.core\n1 / 0", "commands.py, line 2)"),
    "Ctrl-C": ("gdbext/commands.py", "import ptatlas.core\nraise KeyboardInterrupt", "interrupted"),
    "a command is refused": ("gdbext/commands.py", "def register(_): 1 / 0", "ZeroDivisionError: "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_load_that_fails_says_why_and_leaves_nothing_behind(roots, fault):
    file, text, said = FAULTS[fault]
    (roots[0] / file).unlink()
    if text is not None:
        (roots[0] / file).write_text(text)
    program = "print(load(ONE, 'gdbext', told))\nassert (ours(), sys.path) == (modules, path)"
    printed = run(roots, program + LOADED)
    assert printed.count("\n") == 1
    assert printed.startswith(f"ptatlas: not loaded from {roots[0]}: ")
    assert said in printed


def test_what_was_mended_loads_without_a_restart(roots):
    program = """
write(OTHER, 'core/__init__.py', 'def')
assert load(OTHER, 'gdbext', told) is not None
write(OTHER, 'core/__init__.py', '')
"""
    run(roots, program + LOADED)


def test_an_interrupt_while_commands_are_registered_comes_too_late(roots):
    # A debugger takes none of them back.
    program = """
write(OTHER, 'gdbext/commands.py', '''
import ptatlas.core
def register(told):
    told.append("registered")
    if len(told) == 1: raise KeyboardInterrupt
    told.pop()
''')
"""
    run(roots, program + LOADED)


def test_the_same_checkout_loads_again(roots):
    run(roots, LOADED + "told.clear()" + LOADED)


def test_another_checkout_is_refused_by_both_names_and_the_first_stays(roots):
    printed = run(roots, LOADED + "was = ours()\nprint(load(ONE, 'gdbext', told))\nassert ours() == was")
    one, other = roots
    assert printed == f"ptatlas: already loaded from {other}; to load {one}, restart the debugger\n"


# What is called ptatlas already when a plugin is loaded.
NAMED = {
    "a namespace, of a folder where a script has looked": "os.mkdir('ptatlas')",
    "a user's script that loads it": "write('.', 'ptatlas.py', '')",
}


@pytest.mark.parametrize("makes", NAMED.values(), ids=NAMED)
def test_what_is_called_ptatlas_already_is_no_other_checkout(roots, tmp_path, makes):
    run(roots, f"os.chdir({str(tmp_path)!r}); sys.path.insert(0, '.'); {makes}; import ptatlas" + LOADED)


@pytest.mark.parametrize("makes", NAMED.values(), ids=NAMED)
def test_what_is_called_ptatlas_already_is_as_it_was_when_a_load_fails(roots, tmp_path, makes):
    program = f"""
os.chdir({str(tmp_path)!r}); sys.path.insert(0, '.'); {makes}; import ptatlas
was = list(getattr(ptatlas, "__path__", ()))
write(ONE, 'gdbext/commands.py', 'import ptatlas.core; 1 / 0')
assert load(ONE, 'gdbext', told) is not None
assert (ours(), list(getattr(ptatlas, "__path__", ()))) == (["ptatlas"], was)
assert not hasattr(ptatlas, "core")
"""
    run(roots, program + LOADED)


def test_what_a_checkout_lacks_is_said_with_the_line_to_run(roots):
    for module in ("elftools", "tabulate"):
        (roots[0] / ".venv" / "lib" / "python3.9" / "site-packages" / f"{module}.py").unlink()
    printed = run(roots, "print(load(ONE, 'gdbext', told))")
    assert printed.endswith(f": elftools, tabulate missing; run: make -C {roots[0]} ready\n")


def test_a_checkout_may_be_called_as_an_installed_one_is(roots, tmp_path):
    named = roots[1].rename(tmp_path / "ptatlas")
    run((roots[0], named), LOADED)


def test_what_an_installed_one_lacks_belongs_beside_it(roots, tmp_path):
    site = tmp_path / "my site"
    site.mkdir()
    (site / "pygments.py").touch()
    root = roots[0].rename(site / "ptatlas")
    (root / "pyproject.toml").unlink()
    printed = run((root, root), "print(load(ONE, 'gdbext', told))")
    install = f"pip install --target '{site}'"
    assert printed.endswith(f": elftools, tabulate missing; run: {install} pyelftools tabulate\n")


def test_a_dependency_that_a_script_has_imported_from_anywhere_will_do(roots):
    run(roots, "import types; sys.modules['tabulate'] = types.ModuleType('tabulate')" + LOADED)


@pytest.mark.parametrize("plugin", ["gdbext/plugin.py", "lldbext/plugin.py"])
def test_a_python_that_is_too_old_can_read_the_plugin(plugin):
    ast.parse((CHECKOUT / plugin).read_text(), feature_version=(3, 4))
