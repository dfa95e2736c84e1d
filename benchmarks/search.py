"""pt-find beside the debugger's own search, over random live memory."""

from __future__ import annotations

from collections.abc import Iterator

from sessions import Child, Figure, child, measure_in_gdb, measure_in_lldb

# Eleven bytes that aren't there but for one, as in the design's table of peers: all but the last.
ABSENT = b"ptatlas-abs"
MEBIBYTES = 512


def figures() -> Iterator[Figure]:
    """One literal over 512 MiB, in one session of each debugger."""
    with child("random_memory.c", MEBIBYTES) as memory:
        yield _in_gdb(memory)
        yield _in_lldb(memory)


def _ours(memory: Child) -> str:
    return f"pt-find {ABSENT.decode()} --in {memory.address:#x},+{memory.size} --count"


def _in_gdb(memory: Child) -> Figure:
    values = ", ".join(f"(char){byte}" for byte in ABSENT)
    own = f"find {memory.address:#x}, +{memory.size}, {values}"
    times = measure_in_gdb(["-p", str(memory.pid)], 3, {"ours": _ours(memory), "own": own})
    return Figure(f"a literal in {MEBIBYTES} MiB", times["ours"], times["own"], "GDB's find", 0.45)


def _in_lldb(memory: Child) -> Figure:
    own = f'memory find -s "{ABSENT.decode()}" {memory.address:#x} {memory.address + memory.size:#x}'
    times = measure_in_lldb(["-p", str(memory.pid)], 1, {"ours": _ours(memory), "own": own})
    return Figure(f"a literal in {MEBIBYTES} MiB", times["ours"], times["own"], "LLDB's memory find", 0.012)
