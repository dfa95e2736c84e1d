"""`ptatlas install`, then debuggers that are started plainly; and what `ptatlas doctor` says of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ptatlas.core.version import VERSION
from support.debuggers import find_gdb, find_lldb
from support.sessions import CHECKOUT
from support.wheel import unpack

# What a user has: in a folder of dotfiles, and the links to them at the places that the debuggers look at.
DOTFILES = {
    ".config/gdb/gdbinit": ("dotfiles/gdbinit", b"set history size 7"),
    ".lldbinit": ("dotfiles/lldbinit", b"settings set stop-line-count-after 7\n"),
}


def run(home: Path, *command: str, folder: Path | None = None) -> str:
    """Return what a program prints whose user has this home."""
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    done = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return done.stdout


def ptatlas(home: Path, *words: str) -> str:
    return run(home, sys.executable, "-m", "ptatlas", *words)


def started_plainly(home: Path) -> tuple[str, str]:
    """Return what GDB and LLDB say of the setting in the user's own file, of ptatlas, and of a map."""
    start_gdb = ("set startup-with-shell off", "set disable-randomization off", "starti")
    start_lldb = ("settings set target.disable-aslr false", "process launch --stop-at-entry")
    asked = ("pt-maps --version", "pt-maps -n stack")
    return (
        run(
            home,
            *(find_gdb().path, "-q", "-batch"),
            *options("-ex", "show history size", *start_gdb, *asked),
            "/bin/true",
        ),
        run(
            home,
            *(find_lldb().path, "-b"),
            *options("-o", "settings show stop-line-count-after", *start_lldb, *asked),
            "/bin/true",
        ),
    )


def options(option: str, *commands: str) -> list[str]:
    return [word for command in commands for word in (option, command)]


def test_a_wheel_is_loaded_by_both_debuggers_until_it_is_uninstalled(wheel, tmp_path):
    home = tmp_path / "home"
    for place, (file, content) in DOTFILES.items():
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_bytes(content)
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).symlink_to(home / file)
    before = state(home)
    root = unpack(wheel, tmp_path / "site")
    # Without the site-packages of this Python, where the checkout is installed.
    command = (sys.executable, "-S", "-m", "ptatlas")
    run(home, *command, "install", folder=root.parent)
    for told in started_plainly(home):
        assert f"ptatlas {VERSION}, loaded from {root}, " in told
        assert "7" in told.split("ptatlas")[0]
        assert "[stack]" in told
    run(home, *command, "uninstall", folder=root.parent)
    assert state(home) == before


def state(home: Path) -> dict[str, object]:
    """Return the links and files of a home, but for what the debuggers keep for themselves."""
    return {
        str(path.relative_to(home)): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in home.rglob("*")
        if (path.is_symlink() or path.is_file()) and ".cache" not in path.parts
    }


def test_the_lines_that_the_readme_gives_to_paste_load_it(tmp_path):
    (lines,) = re.findall("```sh\n(echo .*?)```", (CHECKOUT / "README.md").read_text(), re.DOTALL)
    subprocess.run(["sh", "-c", lines], check=True, cwd=CHECKOUT, env={**os.environ, "HOME": str(tmp_path)})
    for told in started_plainly(tmp_path):
        assert f"ptatlas {VERSION}, loaded from {CHECKOUT}" in told


def test_a_debugger_that_starts_plainly_says_nothing_of_it(tmp_path):
    ptatlas(tmp_path, "install", "gdb", "lldb")
    assert run(tmp_path, find_gdb().path, "-q", "-batch") == ""
    assert run(tmp_path, find_lldb().path, "-b") == ""


def test_the_doctor_says_of_each_debugger_how_it_gets_on(tmp_path):
    told = ptatlas(tmp_path, "doctor")
    for debugger in (find_gdb(), find_lldb()):
        _, _, after = told.partition(debugger.path + "\n")
        version, python, loads, patterns, memory = after.splitlines()[:5]
        assert version.strip() == f"version: {debugger.version}"
        assert python.strip().startswith("Python: 3.")
        assert loads.strip() == "ptatlas: loads"
        assert patterns.strip().startswith(("patterns: found by Hyperscan: ", "patterns: found without "))
        assert memory.strip().startswith("memory: read by procfs, ")


@pytest.mark.parametrize("kind", ["gdb", "lldb"])
def test_the_doctor_tells_of_a_debugger_without_python(tmp_path, monkeypatch, kind):
    poor = tmp_path / kind
    poor.write_text("#!/bin/sh\necho poor 1.0\n")
    poor.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "ptatlas", "doctor"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert (
        f"{poor}\n  version: poor 1.0\n  Python: none that works, so ptatlas can't be loaded\n" in done.stdout
    )
