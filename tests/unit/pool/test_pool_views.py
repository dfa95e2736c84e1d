"""Views are the block's memory itself, and whatever happens under one that is held, nothing breaks."""

from __future__ import annotations

import gc
import mmap
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ptatlas.core.errors import BlockError, InvalidArgument, PoolCorrupt, PoolError
from ptatlas.core.pool import Pool
from ptatlas.core.pool.attach import PoolBacking
from ptatlas.core.pool.files import open_file
from ptatlas.core.pool.locks import FileLocks

SIZES = [pytest.param(100, id="small"), pytest.param(200_000, id="large")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pool"


def committed(path: Path, size: int, attach: Callable[[Path], Pool] = Pool.attach) -> int:
    with attach(path) as pool:
        address = pool.malloc(size)
        pool.view(address)[:] = b"c" * size
    return address


@pytest.mark.parametrize("size", SIZES)
def test_two_views_of_a_block_show_each_others_writes(size: int) -> None:
    pool = Pool.attach()
    address = pool.malloc(size)
    one, other = pool.view(address), pool.view(address)
    one[5:10] = b"hello"
    assert bytes(other[5:10]) == b"hello"
    assert (one.format, one.itemsize, one.readonly, len(one)) == ("B", 1, False, size)


@pytest.mark.parametrize("size", SIZES)
def test_a_view_of_the_first_bytes_has_just_those(size: int) -> None:
    pool = Pool.attach()
    address = pool.malloc(size)
    assert len(pool.view(address, 10)) == 10
    assert len(pool.view(address, 0)) == 0
    assert len(pool.view(address, size)) == size
    for wrong in (size + 1, -1, 2**64):
        with pytest.raises(InvalidArgument):
            pool.view(address, wrong)


@pytest.mark.parametrize("size", SIZES)
def test_a_view_for_reading_only_cant_be_written_to(path: Path, size: int) -> None:
    address = committed(path, size)
    with Pool.attach(path) as pool, pytest.raises(TypeError):
        pool.view(address, writable=False)[0] = 1
    with Pool.attach(path, read_only=True) as pool, pytest.raises(TypeError):
        pool.view(address)[0] = 1


@pytest.mark.parametrize("size", SIZES)
def test_what_is_written_after_a_commit_through_a_view_from_before_it_is_in_the_next(
    path: Path, size: int
) -> None:
    address = committed(path, size)
    pool = Pool.attach(path)
    view = pool.view(address)
    for letter in b"xyz":
        view[size // 2] = letter
        pool.commit()
    view[size // 2] = ord("u")
    with Pool.attach(path, read_only=True) as reader:
        assert reader.view(address)[size // 2] == ord("z")
    pool.detach()
    with Pool.attach(path) as again:
        assert again.view(address)[size // 2] == ord("u")


@pytest.mark.parametrize("size", SIZES)
def test_a_part_of_a_view_keeps_it_alive(path: Path, size: int) -> None:
    address = committed(path, size)
    pool = Pool.attach(path)
    part = pool.view(address)[10:20]
    gc.collect()
    pool.commit()
    part[3] = 7
    pool.commit()
    pool.detach(commit=False)
    with Pool.attach(path) as again:
        assert again.view(address)[13] == 7


@pytest.mark.parametrize("size", SIZES)
def test_a_view_outlives_the_detach_and_writes_to_it_go_nowhere(path: Path, size: int) -> None:
    address = committed(path, size)
    pool = Pool.attach(path)
    view = pool.view(address)
    pool.detach()
    view[0] = 7
    assert bytes(view[:3]) == b"\x07cc"
    with Pool.attach(path) as again:
        assert bytes(again.view(address)) == b"c" * size
        again.check()
    assert bytes(view[:3]) == b"\x07cc"


def test_a_view_held_over_the_detach_keeps_its_content_whatever_later_writers_do(path: Path) -> None:
    """Its pages are the file's: they stay pinned as long as it lives, and not longer."""
    address = committed(path, 200_000)
    pool = Pool.attach(path)
    view = pool.view(address, writable=False)
    pool.detach()
    with Pool.attach(path) as later:
        later.free(address)
        for _ in range(5):
            later.view(later.malloc(190_000))[:] = b"n" * 190_000
            later.commit()
        assert view == b"c" * 200_000
        grown = later.stats().file_bytes
        view.release()
        for _ in range(3):
            later.view(later.malloc(190_000))[:] = b"n" * 190_000
            later.commit()
        assert later.stats().file_bytes < grown + 4 * 190_000


@pytest.mark.parametrize("size", SIZES)
def test_a_view_of_a_block_that_was_freed_and_its_file_cut_kills_nobody(path: Path, size: int) -> None:
    address = committed(path, size)
    pool = Pool.attach(path)
    view = pool.view(address)
    pool.free(address)
    pool.commit()
    pool.commit()
    assert path.stat().st_size < 100_000
    assert len(bytes(view)) == size
    view[:] = b"w" * size
    pool.commit()
    pool.check()
    assert pool.stats().blocks == 0


def test_a_view_beyond_a_block_that_was_cut_short_shows_nobody_elses_pages(path: Path) -> None:
    address = committed(path, 400_000)
    pool = Pool.attach(path)
    view = pool.view(address)
    assert pool.realloc(address, 100_000) == address
    pool.commit()
    for _ in range(3):
        pool.view(pool.malloc(290_000))[:] = b"n" * 290_000
        pool.commit()
    assert bytes(view[:100_000]) == b"c" * 100_000
    assert b"n" not in bytes(view)
    view[300_000:] = b"w" * 100_000
    pool.commit()
    pool.check()
    pool.detach()
    with Pool.attach(path) as again:
        assert bytes(again.view(address)) == b"c" * 100_000


@pytest.mark.parametrize("size", SIZES)
def test_writing_to_a_freed_blocks_view_never_reaches_the_last_commit(path: Path, size: int) -> None:
    address = committed(path, size)
    pool = Pool.attach(path)
    view = pool.view(address)
    pool.free(address)
    view[:] = b"!" * size
    with Pool.attach(path, read_only=True) as reader:
        assert bytes(reader.view(address)) == b"c" * size
    pool.detach(commit=False)
    with Pool.attach(path) as again:
        assert bytes(again.view(address)) == b"c" * size


def test_growth_leaves_views_where_they_are(path: Path) -> None:
    with Pool.attach(path) as pool:
        addresses = [pool.malloc(size) for size in (50, 5000, 50_000)]
        views = [pool.view(address) for address in addresses]
        for number in range(200):
            pool.view(pool.malloc(20_000))[:4] = number.to_bytes(4, "little")
        pool.commit()
        for number, view in enumerate(views):
            view[:] = bytes([number + 1]) * len(view)
        for number, address in enumerate(addresses):
            assert set(pool.view(address)) == {number + 1}


def test_a_large_block_is_mapped_and_not_read(path: Path) -> None:
    """Looking at one page of it brings that page into memory, not the block."""
    size = 64 << 20
    with Pool.attach(path) as pool:
        address = pool.malloc(size)
        view = pool.view(address)
        for at in range(0, size, mmap.PAGESIZE):
            view[at] = 1
        del view
    with Pool.attach(path, read_only=True) as pool:
        before = own_pages()
        view = pool.view(address, verify=False)
        assert view[size // 2] == 1
        assert own_pages() - before < size // mmap.PAGESIZE // 4


def own_pages() -> int:
    """How many pages of this process are resident (proc_pid_statm(5))."""
    return int(Path("/proc/self/statm").read_text().split()[1])


def test_a_page_that_doesnt_fit_its_checksum_is_not_shown(path: Path) -> None:
    address = committed(path, 200_000)
    content = bytearray(path.read_bytes())
    content[content.index(b"c" * 4096) + 50_000] ^= 1
    path.write_bytes(content)
    with Pool.attach(path, read_only=True) as pool:
        with pytest.raises(PoolCorrupt):
            pool.view(address)
        assert len(pool.view(address, verify=False)) == 200_000
        with pytest.raises(PoolCorrupt):
            pool.view(address)


def test_a_file_that_somebody_cut_is_an_error_at_the_next_view(path: Path) -> None:
    address = committed(path, 200_000)
    with Pool.attach(path, read_only=True) as pool:
        os.truncate(path, 100_000)
        with pytest.raises(PoolCorrupt):
            pool.view(address)


def test_views_need_a_block_and_a_pool(path: Path) -> None:
    pool = Pool.attach(path)
    with pytest.raises(BlockError):
        pool.view(pool.base + 8)
    address = pool.malloc(10)
    pool.detach()
    with pytest.raises(PoolError):
        pool.view(address)


def test_without_the_kernels_help_changes_are_found_by_comparing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where /proc tells nothing about pages, every page of a view is compared."""
    address = committed(path, 900_000)
    real = os.open
    monkeypatch.setattr(
        os, "open", lambda name, *rest: real("/proc/none" if "pagemap" in str(name) else name, *rest)
    )
    with Pool.attach(path) as pool:
        pool.view(address)[777_777] = 7
        pool.commit()
        pool.check()
    with Pool.attach(path) as pool:
        assert pool.view(address)[777_777] == 7
        assert pool.view(address)[777_776] == ord("c")


def attach_without_mapper(path: Path) -> Pool:
    """Attach where file pages can't be laid over memory."""
    opened = open_file(path, read_only=False)
    return Pool.over(PoolBacking(opened, FileLocks(opened), mapper=None))


def test_without_ctypes_like_mapping_large_blocks_are_read(path: Path) -> None:
    """Where file pages can't be laid over memory, everything works on copies."""
    address = committed(path, 900_000, attach_without_mapper)
    with attach_without_mapper(path) as pool:
        pool.view(address)[777_777] = 7
        view = pool.view(address)
        pool.commit()
        view[5] = 5
    with attach_without_mapper(path) as pool:
        assert pool.view(address)[777_777] == 7
        assert pool.view(address)[5] == 5
        pool.check()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("read_only", [False, True], ids=["writer", "reader"])
def test_reading_gives_the_committed_bytes_and_maps_nothing(path: Path, size: int, read_only: bool) -> None:
    address = committed(path, size)
    with Pool.attach(path, read_only=read_only) as pool:
        buffer = bytearray(60)
        pool.read_into(address, memoryview(buffer), size - 60)
        assert bytes(buffer) == b"c" * 60


@pytest.mark.parametrize("size", SIZES)
def test_reading_gives_what_was_written_since_the_commit(path: Path, size: int) -> None:
    address = committed(path, size)
    with Pool.attach(path) as pool:
        pool.view(address)[10:13] = b"new"
        buffer = bytearray(5)
        pool.read_into(address, memoryview(buffer), 9)
        assert bytes(buffer) == b"cnewc"


@pytest.mark.parametrize("size", SIZES)
def test_reading_more_than_the_block_has_is_refused(path: Path, size: int) -> None:
    address = committed(path, size)
    with Pool.attach(path) as pool:
        for offset, count in ((size - 4, 5), (-1, 1), (size + 1, 0)):
            with pytest.raises(InvalidArgument):
                pool.read_into(address, memoryview(bytearray(count)), offset)
        with pytest.raises(BlockError):
            pool.read_into(address + 8, memoryview(bytearray(1)))


def test_reading_a_file_that_was_cut_is_an_error_and_no_signal(path: Path) -> None:
    address = committed(path, 2_000_000)
    with Pool.attach(path, read_only=True) as pool:
        os.truncate(path, 1_000_000)
        with pytest.raises(PoolCorrupt):
            pool.read_into(address, memoryview(bytearray(2_000_000)))


def test_reading_a_damaged_page_is_an_error_and_the_others_can_be_read(path: Path) -> None:
    address = committed(path, 200_000)
    content = bytearray(path.read_bytes())
    content[content.rindex(b"c" * 4096)] ^= 1
    path.write_bytes(content)
    with Pool.attach(path, read_only=True) as pool:
        found = []
        for offset in range(0, 200_000 - 4096, 4096):
            try:
                pool.read_into(address, memoryview(bytearray(4096)), offset)
                found.append(True)
            except PoolCorrupt:
                found.append(False)
    assert found.count(False) == 1
