"""Which debuggers this machine has."""

from __future__ import annotations

import functools
import shutil
import subprocess
from typing import NamedTuple

GDB_NAMES = ("gdb",)
LLDB_NAMES = ("lldb-19", "lldb", *(f"lldb-{number}" for number in (22, 21, 20, 18, 17, 16, 15, 14)))


class DebuggerMissing(Exception):
    """No usable debugger of that kind; the message says what to run."""


class Debugger(NamedTuple):
    """A debugger that was seen to run Python."""

    name: str
    path: str
    version: str


@functools.cache  # probing costs more than starting
def find_gdb() -> Debugger:
    """GDB, or `DebuggerMissing`."""
    return probe("gdb", GDB_NAMES, ["-q", "-nx", "-batch", "-ex", "python print(6 * 7)"])


@functools.cache
def find_lldb() -> Debugger:
    """The first LLDB whose Python works, or `DebuggerMissing`."""
    return probe("lldb", LLDB_NAMES, ["--no-lldbinit", "-b", "-o", "script print(6 * 7)"])


def probe(name: str, candidates: tuple[str, ...], command: list[str]) -> Debugger:
    """The first of the candidates whose Python works, or `DebuggerMissing`."""
    for path in filter(None, map(shutil.which, candidates)):
        if "42" in _output(path, *command).split():
            return Debugger(name, path, _output(path, "--version").partition("\n")[0])
    raise DebuggerMissing(
        f"no {name} with a working Python (tried {', '.join(candidates)}): run `make setup`"
    )


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.stdout
