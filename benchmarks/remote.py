"""pt-find beside GDB's own search, over random memory of a process behind gdbserver, by TCP."""

from __future__ import annotations

from collections.abc import Iterator

from sessions import Figure, child, measure_in_gdb
from support.servers import gdb_server

# Eleven bytes that aren't there but for one, as in search.py.
ABSENT = b"ptatlas-abs"
MEBIBYTES = 512


def figures() -> Iterator[Figure]:
    """One literal over 512 MiB, which the server searches for either."""
    with child("random_memory.c", MEBIBYTES) as memory, gdb_server(memory.pid) as port:
        values = ", ".join(f"(char){byte}" for byte in ABSENT)
        commands = {
            "ours": f"pt-find {ABSENT.decode()} --in {memory.address:#x},+{memory.size} --count",
            "own": f"find {memory.address:#x}, +{memory.size}, {values}",
        }
        times = measure_in_gdb(["-ex", f"target remote :{port}"], 3, commands)
        yield Figure(f"{MEBIBYTES} MiB behind gdbserver", times["ours"], times["own"], "GDB's find", 1.2)
