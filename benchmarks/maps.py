"""pt-maps beside the debugger's own table, over 60,000 areas."""

from __future__ import annotations

from collections.abc import Iterator

from sessions import Child, Figure, child, measure_in_gdb, measure_in_lldb

AREAS = 60_000
# What a stop costs in which nothing changed: GDB is told that the inferior ran.
STOPPED = "python from ptatlas.gdbext.debugger import DEBUGGER; DEBUGGER.clock.tick()"


def figures() -> Iterator[Figure]:
    """The whole table, one address, and what changed, in one session of each debugger."""
    with child("many_areas.c", AREAS) as process:
        yield from _in_gdb(process)
        yield _in_lldb(process)


def _in_gdb(process: Child) -> Iterator[Figure]:
    commands = {
        "table": "pt-maps",
        "own": "info proc mappings",
        "address": f"pt-maps {process.address:#x}",
        "stopped": STOPPED,
        "changed": "pt-maps --changed",
    }
    times = measure_in_gdb(["-p", str(process.pid)], 3, commands)
    yield Figure("a table of 60,000 areas", times["table"], times["own"], "GDB's info proc mappings", 3.0)
    yield Figure("the area of an address", times["address"], 0.005, "5 ms", 1.0)
    yield Figure("no change after a stop", times["changed"], 0.020, "20 ms", 1.0)


def _in_lldb(process: Child) -> Figure:
    times = measure_in_lldb(["-p", str(process.pid)], 1, {"ours": "pt-maps", "own": "memory region --all"})
    return Figure("a table of 60,000 areas", times["ours"], times["own"], "LLDB's memory region --all", 0.1)
