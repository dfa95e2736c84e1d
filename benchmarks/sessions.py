"""Starts a debugger on a process, lets it measure, and gives the figures back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "tests"))

from support.compile import compile_c  # noqa: E402
from support.debuggers import find_gdb, find_lldb  # noqa: E402

Times = dict[str, float]


class Figure(NamedTuple):
    """A ratio of two times, or sizes, measured side by side, and the most that it should be."""

    work: str
    ours: float
    theirs: float
    against: str
    at_most: float
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


class Child(NamedTuple):
    """A process to look at, an address in it, and the size that it told."""

    pid: int
    address: int
    size: int


@contextmanager
def child(source: str, argument: int) -> Iterator[Child]:
    """Compile and start one of the programs here, and keep it as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        program = compile_c(HERE / source, Path(folder), "-O2")
        command = [str(program), str(argument)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            address, size = map(int, process.stdout.readline().split())
            try:
                yield Child(process.pid, address, size)
            finally:
                process.kill()  # GDB that detaches in non-stop mode may leave it stopped for ever


def measure_in_gdb(
    arguments: list[str], rounds: int, commands: dict[str, str], load: bool = True, once: tuple[str, ...] = ()
) -> Times:
    """Time the commands in one GDB session, with ptatlas loaded or not; seconds, the best of all rounds.

    Those named in `once` run in the first round only. `peak` is the most memory that the debugger ever used.
    """
    with tempfile.NamedTemporaryFile() as result:
        lines = _python(result.name, rounds, commands, once)
        options = ["-q", "-nx", "-batch", "-iex", "set debuginfod enabled off", *arguments]
        plugin = ["-ex", f"source {HERE.parent}/gdbext/plugin.py"] if load else []
        _run([find_gdb().path, *options, *plugin, "-ex", f"python {lines}"])
        return json.loads(Path(result.name).read_text())


def measure_in_lldb(
    arguments: list[str], rounds: int, commands: dict[str, str], load: bool = True, once: tuple[str, ...] = ()
) -> Times:
    """Time the commands in one LLDB session; see `measure_in_gdb`."""
    with tempfile.NamedTemporaryFile() as result:
        lines = _python(result.name, rounds, commands, once)
        plugin = ["-o", f"command script import {HERE.parent}/lldbext/plugin.py"] if load else []
        _run([find_lldb().path, "--no-lldbinit", "-b", *arguments, *plugin, "-o", f"script {lines}"])
        return json.loads(Path(result.name).read_text())


def _python(result_file: str, rounds: int, commands: dict[str, str], once: tuple[str, ...]) -> str:
    load = f"import sys; sys.path.append({str(HERE)!r}); import in_debugger; "
    return load + f"in_debugger.measure({result_file!r}, {rounds}, {commands!r}, {once!r})"


def _run(command: list[str]) -> None:
    # As users have it: what was compiled once stays compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
