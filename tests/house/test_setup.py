"""`make setup` and `make demo` where things are missing; that setup works, every other test shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
# All that the scripts need of a machine before they have installed anything.
BASICS = ("sh", "cat", "cksum", "dirname", "grep", "head", "id", "sed", "tr", "uname")
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
    """Make a PATH that has no apt-get, and of the tools all but one."""

    def make(missing: str) -> str:
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in {*BASICS, *TOOLS} - {missing}:
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


def test_when_all_is_there_it_does_nothing_and_says_nothing():
    assert subprocess.run([CHECKOUT / "scripts" / "setup.sh"], check=False).returncode == 0
    done = run(CHECKOUT / "scripts" / "setup.sh")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_demo_fails_when_a_command_fails(tmp_path):
    # A checkout in which there is nothing to load.
    for folder in ("scripts", "examples", "tests/support"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder)
    done = run(sys.executable, tmp_path / "scripts" / "demo.py")
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
