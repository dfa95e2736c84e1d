"""`make ready`, `setup` and `demo` where things are missing; that setup works, every other test shows."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
# All that the scripts need of a machine before they have installed anything.
BASICS = ("sh", "cat", "cksum", "dirname", "grep", "head", "id", "rm", "sed", "tr", "uname")
DEBIAN = {
    "cc": "gcc",
    "chromedriver": "chromium-driver",
    "chromium": "chromium",
    "gdb": "gdb",
    "gdb-multiarch": "gdb-multiarch",
    "gdbserver": "gdbserver",
    "lldb-19": "lldb-19 python3-lldb-19",
    "qemu-ppc": "qemu-user",
    "valgrind": "valgrind",
}
TOOLS = ("python3", *DEBIAN)
FOR_TESTS = DEBIAN.keys() - {"cc", "gdb"}
# A Python that makes environments whose Python only notes what it is asked for.
NOTING = """#!/bin/sh
[ "$1 $2" = "-m venv" ] || exec {python} "$@"
PATH=/usr/bin:/bin
mkdir -p .venv/bin
printf '#!/bin/sh\\necho "$*" >>"{asked}"\\n' >.venv/bin/python
chmod +x .venv/bin/python
"""


@pytest.fixture
def bare_checkout(tmp_path):
    """A checkout without .venv, at a place with a space in its name."""
    checkout = tmp_path / "a checkout"
    (checkout / "scripts").mkdir(parents=True)
    for name in ("pyproject.toml", "scripts/setup.sh"):
        shutil.copy(CHECKOUT / name, checkout / name)
    return checkout


@pytest.fixture
def path_without(tmp_path):
    """Make a PATH that has no apt-get, and of the tools all but these."""

    def make(*missing: str) -> str:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in {*BASICS, *TOOLS} - {*missing}:
            real = shutil.which(name)
            # A script rather than a link: some look at the name they were called by.
            (folder / name).write_text(f'#!/bin/sh\nexec {real} "$@"\n')
            (folder / name).chmod(0o755)
        return str(folder)

    return make


@pytest.mark.parametrize("missing", DEBIAN)
def test_without_apt_it_says_what_to_install_and_makes_nothing(bare_checkout, path_without, missing):
    done = run(bare_checkout / "scripts" / "setup.sh", PATH=path_without(missing))
    assert done.returncode == 1
    for package in DEBIAN[missing].split():
        assert f" {package}" in done.stderr
    assert not (bare_checkout / ".venv").exists()


@pytest.mark.parametrize(("missing", "package"), [(["cc"], "gcc"), (["gdb", "lldb-19"], "gdb")])
def test_to_be_ready_it_asks_for_what_its_main_job_needs_and_no_more(
    bare_checkout, path_without, missing, package
):
    done = run(bare_checkout / "scripts" / "setup.sh", "ready", PATH=path_without(*FOR_TESTS, *missing))
    assert done.returncode == 1
    assert f"(Debian's names): {package}, then" in done.stderr.replace(" libc6-dev", "")


@pytest.mark.parametrize("debugger", ["gdb", "lldb-19"])
def test_a_machine_with_a_debugger_and_a_compiler_gets_three_libraries_without_root(
    bare_checkout, path_without, tmp_path, debugger
):
    path = path_without(*FOR_TESTS - {debugger}, *{"gdb"} - {debugger})
    asked = tmp_path / "asked"
    for name in ("apt-get", "sudo"):
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\necho {name} "$*" >>"{asked}"\n')
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "bin" / "python3").write_text(NOTING.format(python=sys.executable, asked=asked))
    ready = [bare_checkout / "scripts" / "setup.sh", "ready"]
    assert run(*ready, PATH=path).stdout.endswith("setup: ready\n")
    (line,) = re.findall(".*(?:pip|apt|sudo).*", asked.read_text())
    assert re.fullmatch(r"-m pip install .*-check pyelftools>=\S+ pygments>=\S+ tabulate>=\S+", line)
    assert run(*ready, PATH=path).stdout == ""


@pytest.mark.parametrize("level", [(), ("ready",)])
def test_when_all_is_there_it_does_nothing_and_says_nothing(level):
    assert subprocess.run([CHECKOUT / "scripts" / "setup.sh"], check=False).returncode == 0
    done = run(CHECKOUT / "scripts" / "setup.sh", *level)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_demo_does_with_the_debugger_that_there_is(monkeypatch, capsys):
    monkeypatch.syspath_prepend(CHECKOUT / "scripts")
    demo = importlib.import_module("demo")
    gdb = demo.Debugger("gdb", "/bin/gdb", "GDB")

    def missing():
        raise demo.DebuggerMissing("no lldb")

    monkeypatch.setattr(demo, "find_gdb", lambda: gdb)
    monkeypatch.setattr(demo, "find_lldb", missing)
    assert demo.debuggers_there() == [gdb]
    assert capsys.readouterr().err == "demo: left out: no lldb\n"
    monkeypatch.setattr(demo, "find_gdb", missing)
    with pytest.raises(demo.DebuggerMissing):
        demo.debuggers_there()


def test_the_demo_fails_when_a_command_fails(tmp_path):
    # A checkout in which there is nothing to load.
    for folder in ("scripts", "examples", "tests/support"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder)
    done = run(sys.executable, "-S", tmp_path / "scripts" / "demo.py")  # the standard library must do
    assert done.returncode == 1
    assert "demo: gdb ended with status 1" in done.stderr
    assert "demo: lldb ended with status 1" in done.stderr


def run(*command: object, **env: str) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, **env}
    return subprocess.run(
        list(map(str, command)),
        env=whole,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
