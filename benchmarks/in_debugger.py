"""Runs inside GDB or LLDB: times commands of this debugger, side by side, in this very session.

    measure(RESULT_FILE, ROUNDS, {NAME: COMMAND, ...}, ONCE)

Each round runs every command once, so that all of them see the same machine; those named in ONCE in the
first round only. A command that begins with `!` is a program, which says itself how many seconds it took: it
is the first word of its output. The result file gets, as JSON, the best time of each in seconds; and as
`peak` the most bytes of memory that the debugger ever had.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable


def measure(result_file: str, rounds: int, commands: dict[str, str], once: tuple[str, ...] = ()) -> None:
    run = _runner()
    best = dict.fromkeys(commands, float("inf"))
    for number in range(rounds):
        for name, command in commands.items():
            if number == 0 or name not in once:
                best[name] = min(best[name], _seconds(run, command))
    best["peak"] = _peak()
    with open(result_file, "w", encoding="utf-8") as file:
        json.dump(best, file)


def _peak() -> float:
    # Not getrusage(2): that remembers what the process was before exec(2), too.
    with open("/proc/self/status", encoding="utf-8") as file:
        told = re.search(r"^VmHWM:\s+(\d+) kB$", file.read(), re.MULTILINE)
    return float(told[1]) * 1024 if told else float("inf")


def _seconds(run: Callable[[str], None], command: str) -> float:
    if command.startswith("!"):
        words = command[1:].split()
        return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[0])
    began = time.perf_counter()
    run(command)
    return time.perf_counter() - began


def _runner() -> Callable[[str], None]:
    try:
        import gdb
    except ImportError:
        return _run_in_lldb
    return lambda command: gdb.execute(command, to_string=True) and None


def _run_in_lldb(command: str) -> None:
    import lldb

    result = lldb.SBCommandReturnObject()
    lldb.debugger.GetCommandInterpreter().HandleCommand(command, result)
    if not result.Succeeded():
        raise RuntimeError(f"{command}: {result.GetError()}")
