"""A writer that is killed at any moment leaves the last commit, whole, and no lock."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ptatlas.core.pool import Pool
from ptatlas.core.pool.files import OsFile
from support import pool_killer
from support.pool_killer import Model, committed, fill, held, in_child, read_rest, states_told

pytestmark = pytest.mark.slow

KILLS = 1000
PROCESSES = 2
SECTOR = 512  # disks write it whole, and so does the kernel


def test_no_kill_at_a_random_moment_loses_a_commit(memory_folder: Path) -> None:
    program = [sys.executable, pool_killer.__file__]
    killers = [
        subprocess.Popen(
            [*program, str(memory_folder / str(number)), str(number), str(KILLS // PROCESSES)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    ends = [killer.communicate() for killer in killers]
    assert [killer.returncode for killer in killers] == [0] * PROCESSES, ends
    outcomes = [json.loads(told) for told, _ in ends]
    total = {name: sum(outcome[name] for outcome in outcomes) for name in outcomes[0]}
    assert sum(total.values()) == KILLS
    # Both before and after the moment of the commit, many were killed while it was under way.
    assert total["undone"] > KILLS // 20, total
    assert total["done"] > 0, total


class DyingFile:
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

    def _die(self, file: OsFile, name: str, arguments: tuple[Any, ...]) -> None:
        if self.halfway and name == "write":
            offset, data = arguments
            self.real[name](file, offset, bytes(data)[: len(data) // 2 // SECTOR * SECTOR])
        os.kill(os.getpid(), signal.SIGKILL)


def fixed_history(path: Path, tell: int) -> None:
    """Commits that make, change, free and move things."""
    model: Model = {}
    rnd = random.Random(7)
    pool = Pool.attach(path)
    for sizes in ([100, 3000], [40_000], [], [5, 2000], [32_000] * 12, [], [900]):
        for size in sizes:
            fill(pool, model, pool.malloc(size), size, size)
        for address in rnd.sample(sorted(model), len(model) // 2):
            fill(pool, model, address, model[address][0], len(model))
        pool.free(sorted(model)[0])
        del model[sorted(model)[0]]
        committed(pool, model, tell)
    pool.detach()
    os._exit(0)


@pytest.mark.parametrize("halfway", [False, True], ids=["before the call", "halfway through a write"])
def test_no_kill_at_any_system_call_loses_a_commit(
    memory_folder: Path, monkeypatch: pytest.MonkeyPatch, halfway: bool
) -> None:
    path = memory_folder / "pool"
    for last in range(10_000):
        path.unlink(missing_ok=True)
        dying = DyingFile(last, halfway=halfway)

        def run(tell: int, dying: DyingFile = dying) -> None:
            dying.install(monkeypatch)
            fixed_history(path, tell)

        pid, listen = in_child(run)
        sure, maybe = states_told(read_rest(listen), {})
        status = os.waitpid(pid, 0)[1]
        with Pool.attach(path) as pool:
            pool.check()
            assert held(pool, sure) or held(pool, maybe)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            assert last > 50, "the history makes too few calls to be worth it"
            return
    pytest.fail("the history never ended")
