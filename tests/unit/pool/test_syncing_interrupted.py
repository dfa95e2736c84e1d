"""A commit that waits for a slow disk can be interrupted; nothing is committed then, and nothing is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from threading import Event

import pytest
from ptatlas.core.errors import Interrupted, PoolError
from ptatlas.core.pool import Pool
from ptatlas.core.pool.attach import PoolBacking
from ptatlas.core.pool.files import OsFile, open_file
from ptatlas.core.pool.locks import FileLocks
from ptatlas.core.watch import Watch

SIZE = 8 << 20


class SlowFile(OsFile):
    """Syncs when it may. As the kernel does, it keeps the file open meanwhile, whoever closes it."""

    def __init__(self, descriptor: int, name: str) -> None:
        super().__init__(descriptor, name)
        self.may_sync, self.is_syncing = Event(), Event()
        self.fails = False

    def sync(self) -> None:
        kept = os.dup(self.descriptor)
        self.is_syncing.set()
        assert self.may_sync.wait(60)
        os.fdatasync(kept)
        os.close(kept)
        if self.fails:
            raise PoolError("the disk is gone", errno=errno.EIO)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pool"


def slow_pool(path: Path) -> tuple[Pool, SlowFile]:
    opened = open_file(path, read_only=False)
    file = SlowFile(os.dup(opened.descriptor), opened.name)
    opened.close()
    return Pool.over(PoolBacking(file, FileLocks(file))), file


def committed(path: Path, address: int) -> bytes:
    with Pool.attach(path, read_only=True) as pool:
        pool.check()
        return bytes(pool.view(address)[:3])


@pytest.fixture
def address(path: Path) -> int:
    with Pool.attach(path) as pool:
        address = pool.malloc(SIZE)
        pool.view(address)[:] = b"old" * (SIZE // 3) + b"!!"
    return address


def interrupted_once_it_syncs(pool: Pool, file: SlowFile) -> None:
    with pytest.raises(Interrupted, match="nothing was committed"):
        pool.commit(Watch(file.is_syncing.is_set))


def test_an_interrupted_commit_changes_nothing_and_can_be_done_again(path: Path, address: int) -> None:
    pool, file = slow_pool(path)
    pool.view(address)[:] = b"new" * (SIZE // 3) + b"!!"
    interrupted_once_it_syncs(pool, file)
    assert committed(path, address) == b"old"
    file.may_sync.set()
    pool.commit(Watch(lambda: False))
    assert committed(path, address) == b"new"


def test_what_is_written_while_an_interrupted_sync_goes_on_is_synced_by_the_next_commit(
    path: Path, address: int
) -> None:
    pool, file = slow_pool(path)
    pool.view(address)[:] = b"mid" * (SIZE // 3) + b"!!"
    interrupted_once_it_syncs(pool, file)
    pool.view(address)[:] = b"new" * (SIZE // 3) + b"!!"
    file.may_sync.set()
    pool.detach()
    assert committed(path, address) == b"new"


def test_a_pool_that_is_given_up_during_a_sync_doesnt_keep_the_next_writer_out(
    path: Path, address: int
) -> None:
    pool, file = slow_pool(path)
    pool.view(address)[:] = b"new" * (SIZE // 3) + b"!!"
    interrupted_once_it_syncs(pool, file)
    pool.detach(commit=False)
    with Pool.attach(path) as again:
        again.view(address)[:3] = b"2nd"
    file.may_sync.set()
    assert committed(path, address) == b"2nd"


@pytest.mark.parametrize("interrupts", [False, True])
def test_after_a_sync_that_failed_in_the_meantime_nothing_is_committed(
    path: Path, address: int, interrupts: bool
) -> None:
    pool, file = slow_pool(path)
    pool.view(address)[:] = b"new" * (SIZE // 3) + b"!!"
    interrupted_once_it_syncs(pool, file)
    file.fails = True
    file.may_sync.set()
    watch = Watch() if interrupts else None
    for _ in range(2):
        with pytest.raises(PoolError) as caught:
            pool.commit(watch)
        assert caught.value.errno == errno.EIO
    pool.detach(commit=False)
    assert committed(path, address) == b"old"


def test_an_interrupt_while_much_is_written_changes_nothing(path: Path) -> None:
    with Pool.attach(path) as pool:
        blocks = [pool.malloc(100_000) for _ in range(20)]
        pool.commit()
        for block in blocks:
            pool.view(block)[:3] = b"new"
        with pytest.raises(Interrupted):
            pool.commit(Watch(lambda: True))
        assert committed(path, blocks[0]) == bytes(3)
        pool.commit()
    assert committed(path, blocks[-1]) == b"new"
