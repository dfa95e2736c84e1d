"""A writer that is killed at any moment leaves the last commit, whole, and no lock."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from ptatlas.core.errors import BlockError
from ptatlas.core.pool import Pool
from ptatlas.core.pool.files import OsFile

KILLS = 1000
SECTOR = 512  # disks write it whole, and so does the kernel
Model = dict[int, bytes]


@pytest.fixture
def pool_path(tmp_path: Path) -> Iterator[Path]:
    """A path on a tmpfs where there is one: killing a process needs no slow disk."""
    path = Path("/dev/shm") / f"ptatlas-kills-{os.getpid()}.pool"
    if not os.access(path.parent, os.W_OK):
        path = tmp_path / "pool"
    yield path
    path.unlink(missing_ok=True)


def content(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def change(pool: Pool, model: Model, rnd: random.Random) -> None:
    """One random operation, on the pool and on the model."""
    kind = rnd.random()
    size = rnd.choice([rnd.randint(1, 80), rnd.randint(1, 6000), rnd.randint(32_000, 70_000)])
    if kind < 0.45 or not model:
        address = pool.malloc(size)
        model[address] = content(size, size)
        pool.view(address)[:] = model[address]
    elif kind < 0.65:
        address = rnd.choice(list(model))
        model[address] = content(rnd.getrandbits(20), len(model[address]))
        pool.view(address)[:] = model[address]
    elif kind < 0.75:
        old = rnd.choice(list(model))
        kept = model.pop(old)[:size]
        address = pool.realloc(old, size)
        pool.view(address)[len(kept) :] = bytes(size - len(kept))
        model[address] = kept.ljust(size, b"\0")
    else:
        address = rnd.choice(list(model))
        pool.free(address)
        del model[address]


def describe(model: Model) -> dict[str, str]:
    return {hex(address): data.hex() for address, data in model.items()}


def write_until_killed(path: Path, model: Model, seed: int, tell: int) -> None:
    """The writer: before a commit it tells what it will hold, after it that it is done."""
    rnd = random.Random(seed)
    pool = Pool.attach(path)
    while True:
        for _ in range(rnd.randint(1, 4)):
            change(pool, model, rnd)
        while len(model) > 12:
            pool.free(model.popitem()[0])
        os.write(tell, json.dumps(describe(model)).encode() + b"\n")
        pool.commit()
        os.write(tell, b"done\n")


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


def states_told(told: bytes, before: Model) -> tuple[dict[str, str], dict[str, str]]:
    """The last state that was committed for sure, and one whose commit was under way."""
    sure = maybe = describe(before)
    for line in told.split(b"\n")[:-1]:
        if line == b"done":
            sure = maybe
        else:
            maybe = json.loads(line)
    return sure, maybe


def held(pool: Pool, state: dict[str, str]) -> bool:
    """Whether the pool holds exactly this state."""
    if pool.stats().blocks != len(state):
        return False
    try:
        return all(pool.view(int(address, 16)).hex() == data for address, data in state.items())
    except BlockError:
        return False


def read_rest(listen: int) -> bytes:
    told = b"".join(iter(lambda: os.read(listen, 1 << 16), b""))
    os.close(listen)
    return told


def kill_one(path: Path, model: Model, rnd: random.Random) -> Model:
    """Starts a writer, kills it after some commits and a while, and returns what the pool holds then."""
    seed = rnd.getrandbits(32)
    pid, listen = in_child(lambda tell: write_until_killed(path, dict(model), seed, tell))
    told = b""
    for _ in range(rnd.randint(0, 4)):
        told += os.read(listen, 1 << 16)
    time.sleep(rnd.random() * 0.003)  # the random moment, not a wait for anything
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, "the writer ended by itself"
    sure, maybe = states_told(told + read_rest(listen), model)
    with Pool.attach(path) as pool:
        pool.check()
        state = maybe if held(pool, maybe) else sure
        assert held(pool, state)
    return {int(address, 16): bytes.fromhex(data) for address, data in state.items()}


def test_no_kill_at_a_random_moment_loses_a_commit(pool_path: Path) -> None:
    rnd = random.Random(2024)
    model: Model = {}
    for _ in range(KILLS):
        model = kill_one(pool_path, model, rnd)
    assert model, "nothing was ever committed"


class CountedFile:
    """Patches `OsFile` so that the process dies at its Nth call, or halfway through it."""

    def __init__(self, last: int, *, halfway: bool) -> None:
        self.left = last
        self.halfway = halfway
        self.real = {name: getattr(OsFile, name) for name in ("write", "truncate", "sync")}

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in self.real:
            monkeypatch.setattr(OsFile, name, self._wrapped(name))

    def _wrapped(self, name: str) -> Callable[..., None]:
        def call(file: OsFile, *arguments: Any) -> None:
            if not self.left:
                self._die(file, name, arguments)
            self.left -= 1
            self.real[name](file, *arguments)

        return call

    def _die(self, file: OsFile, name: str, arguments: tuple[Any, ...]) -> NoReturn:
        if self.halfway and name == "write":
            offset, data = arguments
            self.real[name](file, offset, bytes(data)[: len(data) // 2 // SECTOR * SECTOR])
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("killed")


def fixed_history(path: Path, tell: int) -> None:
    """Commits that make, change, free and move things; each tells what it holds."""
    model: Model = {}
    rnd = random.Random(7)
    pool = Pool.attach(path)
    for sizes in ([100, 3000], [40_000], [], [5, 2000], [32_000] * 20, [], [900]):
        for size in sizes:
            address = pool.malloc(size)
            model[address] = content(size, size)
            pool.view(address)[:] = model[address]
        for address in rnd.sample(sorted(model), len(model) // 2):
            model[address] = content(len(model), len(model[address]))
            pool.view(address)[:] = model[address]
        pool.free(sorted(model)[0])
        del model[sorted(model)[0]]
        os.write(tell, json.dumps(describe(model)).encode() + b"\n")
        pool.commit()
        os.write(tell, b"done\n")
    pool.detach()
    os._exit(0)


@pytest.mark.parametrize("halfway", [False, True], ids=["before the call", "halfway through a write"])
def test_no_kill_at_any_system_call_loses_a_commit(
    pool_path: Path, monkeypatch: pytest.MonkeyPatch, halfway: bool
) -> None:
    for last in range(10_000):
        pool_path.unlink(missing_ok=True)
        counted = CountedFile(last, halfway=halfway)

        def run(tell: int, counted: CountedFile = counted) -> None:
            counted.install(monkeypatch)
            fixed_history(pool_path, tell)

        pid, listen = in_child(run)
        sure, maybe = states_told(read_rest(listen), {})
        status = os.waitpid(pid, 0)[1]
        with Pool.attach(pool_path) as pool:
            pool.check()
            assert held(pool, sure) or held(pool, maybe)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            assert last > 50, "the history makes too few calls to be worth it"
            return
    pytest.fail("the history never ended")
