"""pt-maps beside the debugger's own table, over 60,000 areas."""

from __future__ import annotations

from collections.abc import Iterator

from sessions import Child, Figure, child, measure_in_gdb, measure_in_lldb

AREAS = 60_000
# What a stop costs in which nothing changed: GDB is told that the inferior ran.
STOPPED = "python from ptatlas.gdbext.debugger import DEBUGGER; DEBUGGER.clock.tick()"


CALLS = 1000


def figures() -> Iterator[Figure]:
    """The whole table, one address, what changed, and a call in a condition."""
    with child("many_areas.c", AREAS) as process:
        yield _table_in_gdb(process)
        yield from _questions_in_gdb(process)
        yield from _tables_in_lldb(process)


def _table_in_gdb(process: Child) -> Figure:
    commands = {"ours": "pt-maps", "own": "info proc mappings"}
    times = measure_in_gdb(["-p", str(process.pid)], 3, commands)
    return Figure("a table of 60,000 areas", times["ours"], times["own"], "GDB's info proc mappings", 3.0)


def _questions_in_gdb(process: Child) -> Iterator[Figure]:
    commands = {
        "table": "pt-maps",
        "address": f"pt-maps {process.address:#x}",
        "stopped": STOPPED,
        "changed": "pt-maps --changed",
        "kernel": f"python open('/proc/{process.pid}/maps', 'rb', 0).read()",
        "calls": _calls(f"$pt_mapped({process.address:#x})"),
        "no calls": _calls(f"{process.address:#x}"),
    }
    times = measure_in_gdb(["-p", str(process.pid)], 10, commands)
    yield Figure("the area of an address", times["address"], 0.005, "5 ms", 1.0)
    yield Figure("no change after a stop", times["changed"], 0.020, "20 ms", 1.0)
    yield Figure("the same", times["changed"], times["kernel"], "the kernel's printing of the map", 1.1)
    calls = times["calls"] - times["no calls"]
    yield Figure("$pt_mapped, 1,000 times", calls, CALLS * 30e-6, "30 us each", 1.0)


def _calls(expression: str) -> str:
    return f"python [gdb.parse_and_eval({expression!r}) for _ in range({CALLS})]"


def _tables_in_lldb(process: Child) -> Iterator[Figure]:
    commands = {"first": "pt-maps", "own": "memory region --all", "again": "pt-maps"}
    times = measure_in_lldb(["-p", str(process.pid)], 1, commands)
    against = "LLDB's memory region --all"
    yield Figure("the first table of 60,000 areas", times["first"], times["own"], against, 0.1)
    yield Figure("a table of 60,000 areas", times["again"], times["own"], against, 0.1)
