"""Files that were damaged, or made to mislead: right content or one of our errors, and nothing else ever."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from ptatlas.core.pool import Pool
from support.mutated import PROCESSES, OnlyOurErrors, in_processes
from support.pool_mutations import Forger, damaged

pytestmark = pytest.mark.slow

DAMAGED = 2_000
FORGED = 1_000
PATIENCE = 60

Content = dict[int, bytes]


def good_pool(path: Path) -> Content:
    """A small pool with everything in it: small, large and mapped blocks, holes, free pages, keys."""
    rnd = random.Random(3)
    content: Content = {}
    with Pool.attach(path, base=0x7000_0000_0000) as pool:
        for size in [1, 7, 8, 100, 5000, 40_000, 70_000, 3000, 33_000]:
            address = pool.malloc(size)
            content[address] = rnd.randbytes(min(size, 9000)).ljust(size, b"\0")
            pool.view(address)[:] = content[address]
            pool.set_key(len(content), address)
        pool.commit()
        for address in list(content)[::3]:
            pool.free(address)
            del content[address]
        pool.commit()
        mapped = pool.memalign(1 << 16, 80_000)
        content[mapped] = rnd.randbytes(80_000)
        pool.view(mapped)[:] = content[mapped]
    return content


def read_all(pool: Pool, content: Content) -> bool:
    """Whether the pool holds exactly this."""
    if pool.stats().blocks != len(content):
        return False
    return all(pool.size_of(at) == len(data) and pool.view(at) == data for at, data in content.items())


def use(path: Path, content: Content, rnd: random.Random) -> None:
    """Changes the pool in all ways, whatever it holds."""
    with Pool.attach(path) as pool:
        made = [pool.malloc(size) for size in (10, 20_000, 50_000, 300_000)]
        for address in made:
            pool.view(address)[:5] = b"words"
        for address in [*rnd.sample(sorted(content), 3), made[0]]:
            pool.realloc(address, rnd.choice([5, 600, 90_000]))
        pool.commit()
        pool.free(made[1])


def verdict(path: Path, content: Content, rnd: random.Random, *, must_be_right: bool) -> str | None:
    """What is wrong about how the file was taken, if anything is."""
    told = OnlyOurErrors()
    with told, Pool.attach(path, read_only=True) as pool:
        right = read_all(pool, content)
        if must_be_right and not right:
            return "attached, and not what was committed"
        pool.check()
    with told:
        use(path, content, rnd)
    return told.problem


def survey(
    path: Path, make: Callable[[random.Random], bytes], content: Content, seeds: range, right: bool
) -> list[tuple[int, str]]:
    """The seeds whose files were not taken well, and why."""
    problems = []
    for seed in seeds:
        rnd = random.Random(seed)
        path.write_bytes(make(rnd))
        signal.alarm(PATIENCE)
        problem = verdict(path, content, rnd, must_be_right=right)
        if problem:
            problems.append((seed, problem))
    signal.alarm(0)
    return problems


def assert_all_taken_well(memory_folder: Path, kind: str, total: int, *, must_be_right: bool) -> None:
    content = good_pool(memory_folder / "good")
    good = (memory_folder / "good").read_bytes()
    forge = Forger(good).forged

    def make(rnd: random.Random) -> bytes:
        return damaged(good, rnd) if kind == "damaged" else forge(rnd)

    def work(number: int) -> list:
        seeds = range(number, total, PROCESSES)
        return survey(memory_folder / f"{kind}-{number}", make, content, seeds, must_be_right)

    problems = in_processes(PROCESSES, work)
    assert not problems, "\n\n".join(f"seed {seed}: {problem}" for seed, problem in problems[:5])


def test_a_damaged_file_gives_what_was_committed_or_one_of_our_errors(memory_folder: Path) -> None:
    assert_all_taken_well(memory_folder, "damaged", DAMAGED, must_be_right=True)


def test_a_forged_file_with_right_checksums_does_no_harm(memory_folder: Path) -> None:
    assert_all_taken_well(memory_folder, "forged", FORGED, must_be_right=False)


def test_the_forger_changes_what_it_seals(memory_folder: Path) -> None:
    """The undamaged file, sealed again, is the same: so forged files differ by nothing but their lies."""
    good_pool(memory_folder / "good")
    good = (memory_folder / "good").read_bytes()
    sealed = bytearray(good)
    Forger(good).seal(sealed)
    assert bytes(sealed) == good
