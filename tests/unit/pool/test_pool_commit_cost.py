"""What commits, attaches and growth write and read: in proportion to what is touched, not to the file."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from ptatlas.core.pool import Pool
from ptatlas.core.pool.attach import PoolBacking
from support.pool_recorder import RecordingFile, Write


class CountingFile(RecordingFile):
    """Counts what goes through it, in bytes."""

    def __init__(self, content: bytes = b"") -> None:
        super().__init__(content)
        self.bytes_read = self.bytes_written = 0

    def read(self, offset: int, size: int) -> bytes:
        self.bytes_read += size
        return super().read(offset, size)

    def write(self, offset: int, data: bytes) -> None:
        self.bytes_written += len(data)
        super().write(offset, data)

    def sync(self) -> None:
        """No crash is looked at here, so nothing has to be remembered."""
        self._steps.clear()

    def reset(self) -> None:
        self.bytes_read = self.bytes_written = 0


def large_pool(blocks: int, size: int) -> tuple[CountingFile, list[int]]:
    file = CountingFile()
    pool = Pool.over(PoolBacking(file))
    addresses = [pool.malloc(size) for _ in range(blocks)]
    for number, address in enumerate(addresses):
        pool.view(address)[:] = number.to_bytes(4, "little") * (size // 4)
    pool.detach()
    return file, addresses


@pytest.mark.parametrize(
    ("blocks", "size"), [(40_000, 200), (100, 100_000)], ids=["many small blocks", "large blocks"]
)
def test_attach_change_and_commit_touch_little_of_a_large_pool(blocks: int, size: int) -> None:
    file, addresses = large_pool(blocks, size)
    total = file.size()
    assert total > 8_000_000
    file.reset()
    pool = Pool.over(PoolBacking(file))
    assert file.bytes_read < 64_000
    pool.view(addresses[blocks // 2])[:4] = b"abcd"
    pool.free(addresses[-1])
    pool.malloc(size)
    pool.commit()
    assert file.bytes_written < 200_000
    assert file.bytes_read < 2_500_000
    file.reset()
    pool.view(addresses[blocks // 2])[:4] = b"efgh"
    pool.commit()
    assert file.bytes_written < 60_000


def test_a_commit_of_nothing_writes_nothing(tmp_path: Path) -> None:
    file, addresses = large_pool(100, 1000)
    file.reset()
    pool = Pool.over(PoolBacking(file))
    assert bytes(pool.view(addresses[3])) == (3).to_bytes(4, "little") * 250
    before = pool.generation
    pool.commit()
    pool.detach()
    assert file.bytes_written == 0
    assert pool.generation == before


def test_growing_copies_nothing() -> None:
    file = CountingFile()
    pool = Pool.over(PoolBacking(file))
    for _ in range(8):
        file.reset()
        for _ in range(10):
            pool.view(pool.malloc(100_000))[:] = b"g" * 100_000
        pool.commit()
        assert 1_000_000 <= file.bytes_written < 1_100_000


def test_pages_of_zeros_take_no_space() -> None:
    file = CountingFile()
    pool = Pool.over(PoolBacking(file))
    address = pool.calloc(1, 50 << 20)
    pool.view(address)[30 << 20] = 1
    pool.commit()
    assert file.size() < 100_000
    pool.check()
    pool.view(address)[30 << 20] = 0
    pool.commit()
    pool.commit()
    pool.check()


def test_compacting_gives_back_what_commits_have_left() -> None:
    file, addresses = large_pool(300, 50_000)
    pool = Pool.over(PoolBacking(file))
    for address in addresses[:-30]:
        pool.free(address)
        pool.commit()
    content = {address: bytes(pool.view(address)) for address in addresses[-30:]}
    pool.compact()
    assert file.size() < 30 * 13 * 4096 * 1.1  # blocks in whole pages, and a few for the tables
    assert {address: bytes(pool.view(address)) for address in addresses[-30:]} == content
    pool.check()


def test_compacting_moves_nothing_under_a_view() -> None:
    file, addresses = large_pool(300, 50_000)
    pool = Pool.over(PoolBacking(file))
    view = pool.view(addresses[-1])
    for address in addresses[:-1]:
        pool.free(address)
    pool.compact()
    assert view == (299).to_bytes(4, "little") * 12_500
    del view
    pool.compact()
    assert file.size() < 150_000
    assert pool.view(addresses[-1]) == (299).to_bytes(4, "little") * 12_500
    pool.check()


def test_dropping_blocks_gives_their_space_back() -> None:
    file, addresses = large_pool(200, 50_000)
    full = file.size()
    pool = Pool.over(PoolBacking(file))
    for address in addresses[::2]:
        pool.free(address)
    pool.commit()
    for number in range(100):
        pool.view(pool.malloc(50_000))[:] = bytes([number + 1]) * 50_000
    pool.commit()
    assert file.size() < full * 1.1
    for address in addresses[1::2]:
        pool.free(address)
    pool.commit()
    pool.check()


DISTRIBUTIONS = {
    "up to 100 bytes": (lambda rnd: rnd.randint(1, 100), 20_000),
    "up to a kilobyte": (lambda rnd: rnd.randint(1, 1000), 8_000),
    "up to 10 kilobytes": (lambda rnd: rnd.randint(1, 10_000), 1_500),
    "of all magnitudes": (lambda rnd: int(2 ** rnd.uniform(0, 17)), 1_500),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("commits", [1, 8], ids=["one commit", "many commits"])
def test_over_a_long_random_run_live_data_stays_at_three_quarters_of_the_file(
    tmp_path: Path, name: str, commits: int
) -> None:
    size_of, count = DISTRIBUTIONS[name]
    rnd = random.Random(name)
    noise = rnd.randbytes(1 << 18)
    with Pool.attach(tmp_path / "pool") as pool:
        live: list[int] = []
        for step in range(5 * count):
            if len(live) > count or (len(live) > count * 0.9 and rnd.random() < 0.5):
                at = rnd.randrange(len(live))
                live[at], live[-1] = live[-1], live[at]
                pool.free(live.pop())
            else:
                size = size_of(rnd)
                live.append(pool.malloc(size))
                pool.view(live[-1])[:] = noise[step % 1000 : step % 1000 + size]
            if step >= 2 * count and step % (3 * count // commits) == 0:
                pool.commit()
                stats = pool.stats()
                assert stats.live_bytes >= 0.75 * stats.file_bytes
        pool.commit()
        stats = pool.stats()
        assert stats.live_bytes >= 0.75 * stats.file_bytes
        pool.check()


@pytest.mark.slow
def test_what_is_in_memory_stays_bounded(tmp_path: Path) -> None:
    """Areas that nobody looks at are let go, written ones to the file first; all of it comes back."""
    file = CountingFile()
    pool = Pool.over(PoolBacking(file), resident_limit=2 << 20)
    addresses = []
    most = 0
    for number in range(1200):
        addresses.append(pool.malloc(10_000 if number % 2 else 40_000))
        pool.view(addresses[-1])[:] = bytes([number % 255 + 1]) * pool.size_of(addresses[-1])
        most = max(most, pool.stats().open_bytes)
    assert most < 7 << 20  # of 30 MB: both kinds of area, and half as much again before they go
    assert pool.generation == 0
    for number, address in enumerate(addresses):
        assert set(pool.view(address, writable=False)) == {number % 255 + 1}
    pool.commit()
    pool.check()
    steps = [step for epoch in file.epochs for step in epoch.steps if isinstance(step, Write)]
    assert not steps
