"""Narrowing: pt-find --next among very many hits, by the hit.

A hit may cost 10 us: what that makes for all of them is what the time is held against.
"""

from __future__ import annotations

from collections.abc import Iterator

from memories import MIB, NEEDLE, Part, filled, peer_program
from sessions import Figure, measure_in_gdb

HITS = 1_000_000
MOST = 10e-6
ROUNDS = 3
# A number whose bytes are those of the needle's beginning.
NUMBER = int.from_bytes(NEEDLE[:8], "little")
NEXT = {
    "the same again": "pt-find --next --count",
    "another type": f"pt-find --next -t u16 0..{NUMBER % 65536} --count",
    "unchanged": "pt-find --next --unchanged --count",
}


def figures() -> Iterator[Figure]:
    """A million hits, close together and 16 KiB apart; and as many values, none of which is another's."""
    with peer_program() as peer:
        every = 512 * MIB // HITS
        with filled(peer, f"random:512:{NEEDLE.hex()}:{every}") as (memory,):
            yield from _narrowed(memory, f"-t u64 {NUMBER}", NEXT, "of one value")
            everything = f"-t u64 0..{2**64 - 1} -a 512"
            yield from _narrowed(memory, everything, {"unchanged": NEXT["unchanged"]}, "of many values")
        every = 16 * 1024 * MIB // HITS
        with filled(peer, f"again:1024:16:{NEEDLE.hex()}:{every}") as (memory,):
            yield from _narrowed(memory, f"-t u64 {NUMBER}", {"unchanged": NEXT["unchanged"]}, "in 16 GiB")


def _narrowed(memory: Part, first: str, commands: dict[str, str], what: str) -> Iterator[Figure]:
    search = f"pt-find {first} --in {memory.scope} --count"
    # Each looks among the hits of a search of its own: those of the one before may be fewer.
    each = {f"{search} before {name}": search for name in commands}
    turns = {name: command for pair in zip(each.items(), commands.items()) for name, command in pair}
    times = measure_in_gdb(["-p", str(memory.pid)], ROUNDS, turns)
    for name in commands:
        yield Figure(f"--next, a million {what}: {name}", times[name], HITS * MOST, "10 us a hit", 1)
