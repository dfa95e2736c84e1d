"""No room on the disk, or a limit on the file's size: a clear error, nothing lost, and the pool goes on."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from ptatlas.core.errors import PoolError
from ptatlas.core.pool import Pool
from support.disks import file_size_limit, small_tmpfs

DISK = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 1 MiB."""
    with small_tmpfs(tmp_path / "disk", DISK) as folder:
        yield folder


def committed_pool(path: Path) -> tuple[Pool, int]:
    pool = Pool.attach(path)
    address = pool.malloc(50_000)
    pool.view(address)[:] = b"precious" * 6250
    pool.set_key(0, address)
    pool.commit()
    return pool, address


def fill(pool: Pool, size: int) -> list[int]:
    """Blocks of `size` bytes in all, none of it zeros."""
    addresses = [pool.malloc(60_000) for _ in range(size // 60_000)]
    for address in addresses:
        pool.view(address)[:] = os.urandom(60_000)
    return addresses


def assert_reader_sees_the_last_commit(path: Path) -> None:
    with Pool.attach(path, read_only=True) as reader:
        assert reader.stats().blocks == 1
        assert bytes(reader.view(reader.get_key(0))) == b"precious" * 6250
        reader.check()


def assert_goes_on_after(pool: Pool, path: Path, addresses: list[int], code: int) -> None:
    """A commit fails with `code`, again and again, until enough is freed for it."""
    for _ in range(3):
        with pytest.raises(PoolError) as failure:
            pool.commit()
        assert failure.value.errno == pool.errno == code
        assert failure.value.hint
        assert_reader_sees_the_last_commit(path)
    kept, *rest = addresses
    content = bytes(pool.view(kept))
    for address in rest:
        pool.free(address)
    pool.commit()
    assert pool.errno == 0
    pool.check()
    assert bytes(pool.view(kept)) == content
    pool.detach()
    with Pool.attach(path) as again:
        assert bytes(again.view(kept)) == content
        assert again.stats().blocks == 2


def test_a_commit_to_a_full_disk_fails_and_goes_through_once_there_is_room(small_disk: Path) -> None:
    pool, _ = committed_pool(small_disk / "pool")
    addresses = fill(pool, 2 * DISK)
    assert_goes_on_after(pool, small_disk / "pool", addresses, errno.ENOSPC)


def test_room_made_by_somebody_else_is_enough_for_the_next_try(small_disk: Path) -> None:
    (small_disk / "other").write_bytes(bytes(DISK // 2))
    pool, address = committed_pool(small_disk / "pool")
    fill(pool, DISK // 2)
    with pytest.raises(PoolError):
        pool.commit()
    (small_disk / "other").unlink()
    pool.commit()
    pool.check()
    assert pool.stats().blocks == 1 + DISK // 2 // 60_000
    assert bytes(pool.view(address)) == b"precious" * 6250
    pool.detach()


def test_a_full_disk_under_areas_that_make_room_in_memory_is_an_error_of_the_allocation(
    small_disk: Path,
) -> None:
    """Areas go to the file before a commit if they are too many; that may be what fills the disk."""
    from ptatlas.core.pool.attach import PoolBacking
    from ptatlas.core.pool.files import open_file

    path = small_disk / "pool"
    committed_pool(path)[0].detach()
    pool = Pool.over(PoolBacking(open_file(path, read_only=False)), resident_limit=DISK // 4)
    with pytest.raises(PoolError) as failure:
        fill(pool, 4 * DISK)
    assert failure.value.errno == errno.ENOSPC
    assert_reader_sees_the_last_commit(path)
    pool.detach(commit=False)
    assert_reader_sees_the_last_commit(path)


def test_a_pool_that_is_given_up_leaves_no_junk_on_a_full_disk(small_disk: Path) -> None:
    pool, _ = committed_pool(small_disk / "pool")
    before = (small_disk / "pool").stat().st_size
    fill(pool, 2 * DISK)
    with pytest.raises(PoolError):
        pool.commit()
    pool.detach(commit=False)
    assert (small_disk / "pool").stat().st_size == before


def test_a_new_pool_on_a_full_disk_is_an_error_and_can_be_made_later(small_disk: Path) -> None:
    with pytest.raises(OSError, match="space"):
        (small_disk / "other").write_bytes(bytes(2 * DISK))
    with pytest.raises(PoolError) as failure:
        Pool.attach(small_disk / "pool")
    assert failure.value.errno == errno.ENOSPC
    (small_disk / "other").unlink()
    with Pool.attach(small_disk / "pool") as pool:
        assert pool.stats().blocks == 0


def test_a_block_larger_than_the_disk_is_refused_at_once(small_disk: Path) -> None:
    with Pool.attach(small_disk / "pool") as pool:
        with pytest.raises(PoolError) as failure:
            pool.malloc(100 << 20)
        assert failure.value.errno == pool.errno == errno.ENOSPC
        assert pool.stats().blocks == 0


def test_a_file_size_limit_is_an_error_and_the_pool_goes_on(tmp_path: Path) -> None:
    pool, _ = committed_pool(tmp_path / "pool")
    addresses = fill(pool, DISK)
    with file_size_limit(DISK // 2):
        assert_goes_on_after(pool, tmp_path / "pool", addresses, errno.EFBIG)


def test_a_file_size_limit_does_not_kill_a_process_that_does_not_ignore_its_signal(tmp_path: Path) -> None:
    """Debuggers need not have SIGXFSZ ignored as Python's own main program has."""
    pool, _ = committed_pool(tmp_path / "pool")
    fill(pool, DISK)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        with file_size_limit(DISK // 2), pytest.raises(PoolError) as failure:
            pool.commit()
    finally:
        signal.signal(signal.SIGXFSZ, before)
    assert failure.value.errno == errno.EFBIG
    pool.commit()
    pool.check()
    pool.detach()
