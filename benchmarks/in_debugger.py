"""Runs inside GDB or LLDB: times commands of this debugger, side by side, in this very session.

    measure(RESULT_FILE, ROUNDS, {NAME: COMMAND, ...})

Each round runs every command once, so that all of them see the same machine. The result file gets the
best time of each in seconds, as JSON.
"""

from __future__ import annotations

import json
import time
from typing import Callable


def measure(result_file: str, rounds: int, commands: dict[str, str]) -> None:
    run = _runner()
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, command in commands.items():
            began = time.perf_counter()
            run(command)
            best[name] = min(best[name], time.perf_counter() - began)
    with open(result_file, "w", encoding="utf-8") as file:
        json.dump(best, file)


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
