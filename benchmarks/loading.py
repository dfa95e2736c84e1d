"""What loading the plugin costs, over a debugger that has run a line of Python already."""

from __future__ import annotations

from collections.abc import Iterator

from sessions import HERE, Figure, measure_in_gdb, measure_in_lldb

ALLOWED = 0.050
ROUNDS = 5


def figures() -> Iterator[Figure]:
    """The best of a few fresh debuggers, each of which loads it for the first time."""
    root = HERE.parent
    loads = {
        "GDB": (measure_in_gdb, f"source {root}/gdbext/plugin.py"),
        "LLDB": (measure_in_lldb, f"command script import {root}/lldbext/plugin.py"),
    }
    for name, (measure, command) in loads.items():
        best = min(measure([], 1, {"load": command}, load=False)["load"] for _ in range(ROUNDS))
        yield Figure(f"loading into {name}", best, ALLOWED, "50 ms", 1.0)
