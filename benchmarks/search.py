"""pt-find beside the debuggers' own searches and a C program, on a GiB and on much more.

Each group is one session, in which everything runs in turn.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from memories import MIB, NEEDLE, Part, filled, peer_find, peer_program, random_core
from sessions import Figure, Times, measure_in_gdb, measure_in_lldb

ROUNDS = 3
# LLDB's own search takes minutes for a GiB: it gets this part, and its time is scaled.
LLDB_PART = 16
# Python takes this for a module that can't be found.
WITHOUT_NUMPY = ["-ex", "python import sys; sys.modules['numpy'] = None"]
# What no byte of its own is part of, in memory full of zeros and small integers.
POINTER = 0x7F12_3456_7890


def figures() -> Iterator[Figure]:
    """The table."""
    with peer_program() as peer:
        with filled(peer, "random:1024") as (memory,):
            yield from _over_random(peer, memory)
            yield _beside_lldb(memory)
        with filled(peer, "small:1024") as (memory,):
            yield from _over_small_integers(memory)
        with filled(peer, "sparse:65536:64", "random:64") as (sparse, dense):
            yield _over_sparse(sparse, dense)
        every = 512 * MIB // 1_000_000 - 1  # odd, so that hits lie at all places of a word
        with filled(peer, f"random:512:{NEEDLE.hex()}:{every}", "random:512") as (full, empty):
            yield _over_hits(full, empty)
        every = 16 * 1024 * MIB // 10_000_000
        with filled(peer, f"again:1024:16:{NEEDLE.hex()}:{every}") as (memory,):
            yield _peak(memory)
    with random_core(4096) as (core, memory):
        yield _in_core(core, memory)


def _ours(part: Part, arguments: str = NEEDLE.decode()) -> str:
    return f"pt-find {arguments} --in {part.scope} --count"


def _gdbs_own(part: Part, literal: bytes = NEEDLE) -> str:
    return f"find {part.scope}, " + ", ".join(f"(char){byte}" for byte in literal)


def _over_random(peer: Path, memory: Part) -> Iterator[Figure]:
    eight = " ".join(NEEDLE.decode()[:-1] + digit for digit in "12345678")
    others = {
        "pointers to an area": ("-P @libc", 3),
        "u32 0x12340000..0x12345678": ("-t u32 0x12340000..0x12345678", 6),
        "u32 1000..2000": ("-t u32 1000..2000", 6),
        "8 literals": (eight, 4),
    }
    commands = {
        "ours": _ours(memory),
        "own": _gdbs_own(memory),
        "peer": "!" + " ".join(peer_find(peer, memory)),
    }
    commands.update({name: _ours(memory, words) for name, (words, _) in others.items()})
    times = measure_in_gdb(["-p", str(memory.pid)], ROUNDS, commands)
    yield Figure("a literal in 1 GiB", times["ours"], times["own"], "GDB's find", 0.45)
    yield Figure("a literal in 1 GiB", times["ours"], times["peer"], "C, two threads", 1.2)
    for name, (_, at_most) in others.items():
        yield Figure(f"{name} in 1 GiB", times[name], times["ours"], "one literal", at_most)


def _beside_lldb(memory: Part) -> Figure:
    part = memory.size // LLDB_PART
    own = f'memory find -s "{NEEDLE.decode()}" {memory.start:#x} {memory.start + part:#x}'
    commands = {"ours": _ours(memory), "own": own}
    times = measure_in_lldb(["-p", str(memory.pid)], ROUNDS, commands, once=("own",))
    against = f"LLDB's memory find, {LLDB_PART} times that of a {LLDB_PART}th"
    return Figure("a literal in 1 GiB", times["ours"], times["own"] * LLDB_PART, against, 0.012)


def _over_small_integers(memory: Part) -> Iterator[Figure]:
    commands = {
        "literal": _ours(memory),
        "pointer": _ours(memory, f"-P {POINTER:#x}"),
        "own": _gdbs_own(memory, POINTER.to_bytes(8, "little")),
        "range": _ours(memory, "-t u32 1000..2000"),
    }
    options = ["-p", str(memory.pid)]
    times = measure_in_gdb(options, ROUNDS, commands)
    yield Figure("a pointer in 1 GiB of small integers", times["pointer"], times["own"], "GDB's find", 0.8)
    yield Figure("u32 1000..2000 among them", times["range"], times["literal"], "one literal", 6)
    del commands["pointer"], commands["own"]
    times = measure_in_gdb([*options, *WITHOUT_NUMPY], ROUNDS, commands)
    yield Figure("the same without numpy", times["range"], times["literal"], "one literal", 6)


def _over_sparse(sparse: Part, dense: Part) -> Figure:
    commands = {"sparse": _ours(sparse), "dense": _ours(dense)}
    times = measure_in_gdb(["-p", str(sparse.pid)], 3 * ROUNDS, commands)
    return Figure("64 GiB reserved, 64 MiB touched", times["sparse"], times["dense"], "64 MiB dense", 1.5)


def _over_hits(full: Part, empty: Part) -> Figure:
    commands = {"full": _ours(full), "empty": _ours(empty)}
    times = measure_in_gdb(["-p", str(full.pid)], ROUNDS, commands)
    return Figure("1,000,000 hits in 512 MiB counted", times["full"], times["empty"], "none", 6)


def _in_core(core: Path, memory: Part) -> Figure:
    commands = {"ours": _ours(memory), "own": _gdbs_own(memory)}
    times = measure_in_gdb(["-core", str(core)], ROUNDS, commands)
    return Figure("a literal in a core file of 4 GiB", times["ours"], times["own"], "GDB's find", 0.4)


def _peak(memory: Part) -> Figure:
    with tempfile.NamedTemporaryFile() as file:
        command = f"pt-find {NEEDLE.decode()} --in {memory.scope} --limit 0 --format jsonl -o {file.name}"
        times: Times = measure_in_gdb(["-p", str(memory.pid)], 1, {"ours": command})
    peak = times["peak"] / MIB
    return Figure("10,000,000 hits in 16 GiB to a file", peak, 300, "memory of the debugger at most", 1, "MB")
