"""The pool's figures: allocation among a million blocks, and stores of gigabytes that cost what is touched.

Run by itself, it also prints what share of the file is live data: `benchmarks/pool.py`.
"""

from __future__ import annotations

import mmap
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ptatlas.core.images.capture.capture import take_snapshot
from ptatlas.core.images.model.snapshot import Circumstances
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.maps.area import Area
from ptatlas.core.pool import Pool
from sessions import Figure

BLOCKS = 1_000_000
OPERATIONS = 100_000
EACH = 10e-6
STORE = 4 << 30
SMALL_STORE = 4 << 20
CHUNK = 1 << 20
ATTACH = 10e-3
WRITTEN = 512 << 20
SNAPSHOT = WRITTEN
BASE = 1 << 32
ROUNDS = 5


def figures() -> Iterator[Figure]:
    """A million small blocks, then gigabytes of large ones."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _blocks(Path(folder) / "blocks")
        yield from _stores(Path(folder))
        yield from _images(Path(folder) / "images")
        yield from _writing(Path(folder))


def seconds(call: Callable[..., object], *arguments: object) -> float:
    began = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - began


# --- small blocks


def _blocks(path: Path) -> Iterator[Figure]:
    rnd = random.Random(1)
    sizes = [rnd.randint(16, 500) for _ in range(BLOCKS)]
    with Pool.attach(path) as pool:
        live = [pool.malloc(size) for size in sizes]
        work = f"among {BLOCKS:,} blocks"
        freed, made = _turnover(pool, live, sizes, rnd)
        yield Figure(f"malloc {work}", made / OPERATIONS, EACH, "10 us", 1.0)
        yield Figure(f"free {work}", freed / OPERATIONS, EACH, "10 us", 1.0)
        pool.commit()
        one = min(seconds(_change_and_commit, pool, live[number]) for number in range(ROUNDS))
        yield Figure(f"a change and commit {work}", one, 0.05, "50 ms", 1.0)
    attach = min(seconds(_look, path, live[number]) for number in range(ROUNDS))
    yield Figure(f"attach, first block {work}", attach, ATTACH, "10 ms", 1.0)


def _turnover(pool: Pool, live: list[int], sizes: list[int], rnd: random.Random) -> tuple[float, float]:
    freed = made = 0.0
    for _ in range(OPERATIONS // 1000):
        chosen = rnd.sample(range(BLOCKS), 1000)
        freed += seconds(_free, pool, [live[number] for number in chosen])
        new: list[int] = []
        made += seconds(_malloc, pool, [sizes[number] for number in chosen], new)
        for number, address in zip(chosen, new):
            live[number] = address
    return freed, made


def _free(pool: Pool, addresses: list[int]) -> None:
    for address in addresses:
        pool.free(address)


def _malloc(pool: Pool, sizes: list[int], made: list[int]) -> None:
    made.extend([pool.malloc(size) for size in sizes])


def _change_and_commit(pool: Pool, address: int) -> None:
    pool.view(address)[:8] = os.urandom(8)
    pool.commit()


def _look(path: Path, address: int) -> None:
    with Pool.attach(path, read_only=True) as pool:
        assert pool.view(address, 1, verify=False)[0] is not None


# --- large blocks


def _stores(folder: Path) -> Iterator[Figure]:
    small, large = folder / "small", folder / "large"
    addresses = {path: _fill(path, size) for path, size in ((small, SMALL_STORE), (large, STORE))}
    attach = {
        path: min(seconds(_look, path, addresses[path][-1]) for _ in range(ROUNDS)) for path in addresses
    }
    work = f"of {STORE >> 30} GiB"
    yield Figure(f"attach a store {work}", attach[large], ATTACH, "10 ms", 1.0)
    yield Figure(f"attach a store {work}", attach[large], attach[small], f"{SMALL_STORE >> 20} MiB", 3.0)
    commit = {path: _best_commit(path, addresses[path]) for path in addresses}
    yield Figure(f"a change and commit {work}", commit[large], commit[small], f"{SMALL_STORE >> 20} MiB", 3.0)
    large.unlink()


class _Noise:
    """Memory whose pages all differ."""

    source = "noise"
    thread_safe = True

    def __init__(self) -> None:
        self._noise = os.urandom(CHUNK)

    def read_into(self, address: int, buffer: memoryview) -> int:
        for start in range(0, len(buffer), CHUNK):
            part = buffer[start : start + CHUNK]
            part[:] = self._noise[: len(part)]
        for start in range(0, len(buffer), mmap.PAGESIZE):
            buffer[start : start + 8] = (address + start).to_bytes(8, "little")
        return len(buffer)


def _images(path: Path) -> Iterator[Figure]:
    """Snapshots of gigabytes: taken into a store, found there again, and one of them used."""
    images, noise = Images(), _Noise()
    images.attach(path)
    for number in range(STORE // SNAPSHOT):
        area = Area(BASE + number * SNAPSHOT, BASE + (number + 1) * SNAPSHOT)
        name = f"snapshot {number}"
        took = seconds(_take, images, path, name, area, noise)
    work = f"{STORE >> 30} GiB of snapshots"
    written = min(seconds(_write_plainly, path.with_name("plain")) for _ in range(2))
    yield Figure(f"{SNAPSHOT >> 20} MiB of noise into a store", took, written, "copy, write, fsync", 10.0)
    images.detach(path)
    attach = min(seconds(_attach_and_detach, path) for _ in range(ROUNDS))
    yield Figure(f"attach a store of {work}", attach, ATTACH, "10 ms", 1.0)
    use = min(seconds(_first_byte, path) for _ in range(ROUNDS))
    yield Figure(f"attach, first byte among {work}", use, 0.05, "50 ms", 1.0)
    path.unlink()


def _take(images: Images, path: Path, name: str, area: Area, noise: _Noise) -> None:
    images.take_into(path, name, lambda pages: take_snapshot(name, [area], noise, pages, Circumstances()))


def _attach_and_detach(path: Path) -> None:
    images = Images()
    assert len(images.attach(path).listed()) == STORE // SNAPSHOT
    images.detach(path)


def _first_byte(path: Path) -> None:
    images = Images()
    images.attach(path)
    assert images["snapshot 1"].read(BASE + SNAPSHOT, 8) == (BASE + SNAPSHOT).to_bytes(8, "little")
    images.detach(path)


def _fill(path: Path, size: int) -> list[int]:
    noise = os.urandom(CHUNK)
    addresses = []
    with Pool.attach(path) as pool:
        for number in range(size // CHUNK):
            addresses.append(pool.malloc(CHUNK))
            with pool.view(addresses[-1]) as view:
                view[:] = noise
                view[:8] = number.to_bytes(8, "little")
        pool.set_key(0, addresses[0])
    return addresses


def _best_commit(path: Path, addresses: list[int]) -> float:
    with Pool.attach(path) as pool:
        return min(seconds(_change_and_commit, pool, addresses[number // 2]) for number in range(ROUNDS))


def _writing(folder: Path) -> Iterator[Figure]:
    pool_time = min(seconds(_fill_anew, folder / "new") for _ in range(2))
    file_time = min(seconds(_write_plainly, folder / "plain") for _ in range(2))
    yield Figure(f"{WRITTEN >> 20} MiB into a new store", pool_time, file_time, "copy, write, fsync", 4.0)


def _fill_anew(path: Path) -> None:
    path.unlink(missing_ok=True)
    _fill(path, WRITTEN)


def _write_plainly(path: Path) -> None:
    path.unlink(missing_ok=True)
    noise = os.urandom(CHUNK)
    with open(path, "wb", buffering=0) as file:
        for _ in range(WRITTEN // CHUNK):
            with mmap.mmap(-1, CHUNK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as copy:
                copy[:] = noise
                file.write(copy)
        os.fsync(file.fileno())


# --- by itself


def live_share(low: int, high: int, count: int) -> float:
    """The least share of live data in the file at any commit of a long random run."""
    rnd = random.Random(2)
    least = 1.0
    with tempfile.TemporaryDirectory() as folder, Pool.attach(Path(folder) / "pool") as pool:
        live: list[int] = []
        for step in range(6 * count):
            if len(live) > count or (len(live) > 0.9 * count and rnd.random() < 0.5):
                at = rnd.randrange(len(live))
                live[at], live[-1] = live[-1], live[at]
                pool.free(live.pop())
            else:
                live.append(pool.malloc(rnd.randint(low, high)))
                pool.view(live[-1])[:] = os.urandom(pool.size_of(live[-1]))
            if step >= count and step % (count // 2) == 0:
                pool.commit()
                stats = pool.stats()
                least = min(least, stats.live_bytes / stats.file_bytes)
    return least


def main() -> None:
    for figure in figures():
        print(
            f"{figure.work:<42} {figure.ours * 1e6:>12.1f} us  ({figure.ratio:.3f} of {figure.against})",
            flush=True,
        )
    for low, high, count in (
        (1, 100, 30_000),
        (1, 1000, 20_000),
        (16, 10_000, 10_000),
        (1000, 200_000, 1_000),
    ):
        share = live_share(low, high, count)
        print(
            f"live share of the file, blocks of {f'{low}..{high}':<14} {share:>12.3f}      (at least 0.75)",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
