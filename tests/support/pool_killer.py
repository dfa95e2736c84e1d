"""Kills writers of a pool, one after the other, and says how the pool came through. Run as a program.

A process of its own, because forking a small one is quick: `pool_killer.py FILE SEED KILLS`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ptatlas.core.errors import BlockError
from ptatlas.core.pool import Pool

# By address: how large a block is, and the seed that its content comes from.
Model = dict[int, tuple[int, int]]
State = dict[str, list[int]]


def content(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def fill(pool: Pool, model: Model, address: int, size: int, seed: int) -> None:
    pool.view(address)[:] = content(size, seed)
    model[address] = (size, seed)


def change(pool: Pool, model: Model, rnd: random.Random) -> None:
    """One random operation, on the pool and on the model."""
    kind, seed = rnd.random(), rnd.getrandbits(30)
    size = rnd.choice([rnd.randint(1, 80), rnd.randint(1, 6000), rnd.randint(32_000, 50_000)])
    if kind < 0.45 or not model:
        fill(pool, model, pool.malloc(size), size, seed)
        return
    address = rnd.choice(list(model))
    if kind < 0.65:
        fill(pool, model, address, model[address][0], seed)
    elif kind < 0.75:
        kept = content(*model.pop(address))[:size]
        moved = pool.realloc(address, size)
        assert pool.view(moved, len(kept)) == kept
        fill(pool, model, moved, size, seed)
    else:
        pool.free(address)
        del model[address]


def describe(model: Model) -> State:
    return {hex(address): list(block) for address, block in model.items()}


def committed(pool: Pool, model: Model, tell: int) -> None:
    """A commit that tells before it what it will hold, and after it that it is done."""
    os.write(tell, json.dumps(describe(model)).encode() + b"\n")
    pool.commit()
    os.write(tell, b"done\n")


def write_until_killed(path: Path, model: Model, seed: int, tell: int) -> None:
    """The writer."""
    rnd = random.Random(seed)
    pool = Pool.attach(path)
    while True:
        for _ in range(rnd.randint(1, 4)):
            change(pool, model, rnd)
        while len(model) > 10:
            pool.free(model.popitem()[0])
        committed(pool, model, tell)


def in_child(work: Callable[[int], Any]) -> tuple[int, int]:
    """Runs `work(pipe)` in a forked process: its pid, and the pipe's other end."""
    listen, tell = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(listen)
            work(tell)
        finally:
            os._exit(1)
    os.close(tell)
    return pid, listen


def read_rest(listen: int) -> bytes:
    told = b"".join(iter(lambda: os.read(listen, 1 << 16), b""))
    os.close(listen)
    return told


def states_told(told: bytes, before: State) -> tuple[State, State]:
    """The last state that was committed for sure, and one whose commit was under way."""
    sure = maybe = before
    for line in told.split(b"\n")[:-1]:
        if line == b"done":
            sure = maybe
        else:
            maybe = json.loads(line)
    return sure, maybe


def held(pool: Pool, state: State) -> bool:
    """Whether the pool holds exactly this state."""
    if pool.stats().blocks != len(state):
        return False
    try:
        return all(pool.view(int(address, 16)) == content(*block) for address, block in state.items())
    except BlockError:
        return False


def kill_one(path: Path, state: State, rnd: random.Random) -> tuple[State, str]:
    """Starts a writer and kills it at some moment; what the pool holds then, and which state that is."""
    seed = rnd.getrandbits(32)
    model = {int(address, 16): (block[0], block[1]) for address, block in state.items()}
    pid, listen = in_child(lambda tell: write_until_killed(path, model, seed, tell))
    told = b""
    for _ in range(rnd.randint(0, 4)):
        told += os.read(listen, 1 << 16)
    time.sleep(rnd.random() * 0.002)  # the random moment, not a wait for anything
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), "the writer ended by itself"
    sure, maybe = states_told(told + read_rest(listen), state)
    with Pool.attach(path) as pool:
        pool.check()
        if held(pool, sure):
            return sure, "quiet" if sure == maybe else "undone"
        assert held(pool, maybe), "a commit was lost"
        return maybe, "done"


def main(path: str, seed: str, kills: str) -> None:
    rnd = random.Random(int(seed))
    outcomes = {"quiet": 0, "undone": 0, "done": 0}
    state: State = {}
    for _ in range(int(kills)):
        state, outcome = kill_one(Path(path), state, rnd)
        outcomes[outcome] += 1
    sys.stdout.write(json.dumps(outcomes))


if __name__ == "__main__":
    main(*sys.argv[1:])
