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

OWN_FILES = {".gdbinit": b"set history size 7", ".lldbinit": b"settings set stop-line-count-after 7\n"}


def run(home: Path, *command: str) -> str:
    """Return what a program prints whose user has this home."""
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    done = subprocess.run(
        command,
        env=environment,
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
    """Return what GDB and LLDB say to `pt-maps --version` and of the setting in the user's own file."""
    return (
        run(home, find_gdb().path, "-q", "-batch", "-ex", "show history size", "-ex", "pt-maps --version"),
        run(
            home,
            find_lldb().path,
            "-b",
            "-o",
            "settings show stop-line-count-after",
            "-o",
            "pt-maps --version",
        ),
    )


def test_both_debuggers_load_it_by_themselves_until_it_is_uninstalled(tmp_path):
    for name, content in OWN_FILES.items():
        (tmp_path / name).write_bytes(content)
    ptatlas(tmp_path, "install")
    for told in started_plainly(tmp_path):
        assert f"ptatlas {VERSION}, loaded from {CHECKOUT}" in told
        assert "7" in told.split("ptatlas")[0]
    ptatlas(tmp_path, "uninstall")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == OWN_FILES


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
        version, python, loads, memory = after.splitlines()[:4]
        assert version.strip() == f"version: {debugger.version}"
        assert python.strip().startswith("Python: 3.")
        assert loads.strip() == "ptatlas: loads"
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
