"""Writing to blocks past the memory: the bytes are the next commit's, and what is around them stays."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from ptatlas.core.errors import BlockError, InvalidArgument, PoolCorrupt, PoolError
from ptatlas.core.pool import Pool

PAGE = 4096
SIZES = [
    pytest.param(100, id="small"),
    pytest.param(40_000, id="large"),
    pytest.param(10 * PAGE, id="whole pages"),
    pytest.param(3 << 20, id="more than is read at a time"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pool"


def made(path: Path, content: bytes) -> int:
    with Pool.attach(path) as pool:
        address = pool.malloc(len(content))
        pool.view(address)[:] = content
    return address


def content_of(path: Path, address: int) -> bytes:
    with Pool.attach(path, read_only=True) as pool:
        pool.check()
        return bytes(pool.view(address))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(0.0, 1.0, id="all of it"),
        pytest.param(0.3, 0.4, id="in the middle"),
        pytest.param(0.3, 1.0, id="to the end"),
        pytest.param(0.5, 0.5, id="nothing"),
    ],
)
def test_what_is_written_is_there_and_what_is_around_it_stays(
    path: Path, size: int, first: float, last: float
) -> None:
    start, end = int(size * first), int(size * last)
    address = made(path, b"o" * size)
    with Pool.attach(path) as pool:
        pool.write_from(address, memoryview(b"n" * (end - start)), start)
        expected = b"o" * start + b"n" * (end - start) + b"o" * (size - end)
        assert bytes(pool.view(address)) == expected
    assert content_of(path, address) == expected


@pytest.mark.parametrize("size", SIZES)
def test_a_new_block_is_written_with_its_guard(path: Path, size: int) -> None:
    with Pool.attach(path) as pool:
        address = pool.malloc(size)
        pool.write_from(address, memoryview(b"n" * size))
        pool.check()
    assert content_of(path, address) == b"n" * size


def test_nothing_is_committed_by_a_write(path: Path) -> None:
    address = made(path, b"o" * 100_000)
    with Pool.attach(path) as pool:
        pool.write_from(address, memoryview(b"n" * 100_000))
        assert content_of(path, address) == b"o" * 100_000
        pool.detach(commit=False)
    assert content_of(path, address) == b"o" * 100_000


def test_zeros_take_no_space(path: Path) -> None:
    address = made(path, b"o" * (1 << 20))
    with Pool.attach(path) as pool:
        pool.write_from(address, memoryview(bytes(1 << 20)))
        pool.compact()
    assert path.stat().st_size < 1 << 19
    assert content_of(path, address) == bytes(1 << 20)


def test_sums_that_the_caller_has_are_believed(path: Path) -> None:
    data = b"a" * PAGE + b"b" * PAGE
    address = made(path, b"o" * 10 * PAGE)
    with Pool.attach(path) as pool:
        pool.write_from(address, memoryview(data), PAGE, [zlib.crc32(data[:PAGE]), zlib.crc32(data[PAGE:])])
    assert content_of(path, address) == b"o" * PAGE + data + b"o" * 7 * PAGE


@pytest.mark.parametrize("writable", [False, True])
def test_a_view_that_is_held_shows_what_is_written(path: Path, writable: bool) -> None:
    address = made(path, b"o" * 100_000)
    with Pool.attach(path) as pool:
        view = pool.view(address, writable=writable)
        pool.write_from(address, memoryview(b"new"), 50_000)
        assert bytes(view[49_999:50_004]) == b"onewo"
    assert content_of(path, address)[49_999:50_004] == b"onewo"


@pytest.mark.parametrize("offset", [-1, 99_998, 2**64])
def test_more_than_the_block_has_is_refused(path: Path, offset: int) -> None:
    address = made(path, b"o" * 100_000)
    with Pool.attach(path) as pool:
        with pytest.raises(InvalidArgument):
            pool.write_from(address, memoryview(b"new"), offset)
        with pytest.raises(BlockError):
            pool.write_from(address + 8, memoryview(b"new"))
    assert content_of(path, address) == b"o" * 100_000


@pytest.mark.parametrize("sums", [pytest.param([1], id="too few"), pytest.param([1, 2, 3], id="too many")])
def test_sums_for_other_than_the_pages_are_refused(path: Path, sums: list[int]) -> None:
    address = made(path, b"o" * 100_000)
    with Pool.attach(path) as pool, pytest.raises(InvalidArgument):
        pool.write_from(address, memoryview(b"n" * 2 * PAGE), 0, sums)
    with Pool.attach(path) as pool, pytest.raises(InvalidArgument):
        pool.write_from(address, memoryview(b"n" * 2 * PAGE), 8, [1, 2])


def test_a_reader_cant_write(path: Path) -> None:
    address = made(path, b"o" * 100_000)
    with Pool.attach(path, read_only=True) as pool, pytest.raises(PoolError) as caught:
        pool.write_from(address, memoryview(b"new"))
    assert caught.value.errno == errno.EROFS


def test_the_rest_of_a_damaged_page_isnt_taken_for_whole(path: Path) -> None:
    address = made(path, b"o" * 100_000)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"o" * PAGE) + 5] ^= 1
    path.write_bytes(raw)
    with Pool.attach(path) as pool, pytest.raises(PoolCorrupt):
        pool.write_from(address, memoryview(b"new"), 1)


LOOKS_AGAIN = """
import os, sys
from ptatlas.core.errors import PoolError
from ptatlas.core.pool import Pool
path, size, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with Pool.attach(path) as pool:
    blocks = [pool.malloc(size) for _ in range(count)]
    for block in blocks:
        pool.view(block)[:] = b"o" * size
pool = Pool.attach(path)
buffer = memoryview(bytearray(8))
pool.read_into(blocks[0], buffer)
os.truncate(path, 4 * 4096)
for block in blocks:
    for work in (lambda: pool.read_into(block, buffer, size - 8), lambda: pool.write_from(block, buffer, 1)):
        try:
            work()
        except PoolError:
            pass
"""


@pytest.mark.parametrize(
    ("size", "count"), [pytest.param(1000, 2000, id="small blocks"), pytest.param(1 << 20, 2, id="large")]
)
def test_a_file_that_is_cut_between_two_operations_is_no_signal(path: Path, size: int, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOKS_AGAIN, path, str(size), str(count)], timeout=60, check=False
    )
    assert done.returncode == 0, signal.Signals(-done.returncode)
