"""Attaching: by path, by open file, in memory; one writer, readers beside it; and files that are no pools."""

from __future__ import annotations

import errno
import os
import signal
import stat
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ptatlas.core.errors import InvalidArgument, PoolCorrupt, PoolError, SourceError
from ptatlas.core.pool import Pool
from support.uncollected import without_collector

BASE = 0x1234_5000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pool"


def put_hello(pool: Pool) -> int:
    address = pool.malloc(5)
    pool.view(address)[:] = b"hello"
    return address


def error_of(kind: type[PoolError], call: Callable[..., Any], *arguments: Any, **options: Any) -> int:
    with pytest.raises(kind) as failure:
        call(*arguments, **options)
    return failure.value.errno


# --- a heap comes back ---


def test_what_was_detached_is_there_again_at_the_same_address(path: Path) -> None:
    with Pool.attach(path) as pool:
        address = put_hello(pool)
        base = pool.base
    with Pool.attach(path) as again:
        assert again.base == base
        assert bytes(again.view(address)) == b"hello"


@pytest.mark.parametrize(
    "as_given", [str, os.fsencode, Path], ids=["text", "bytes", "path"]
)  # fmt: skip
def test_a_path_in_any_form_will_do(path: Path, as_given: Callable[[Path], Any]) -> None:
    with Pool.attach(as_given(path)) as pool:
        address = put_hello(pool)
    with Pool.attach(path) as again:
        assert bytes(again.view(address)) == b"hello"


def test_an_open_file_stays_its_owners(path: Path) -> None:
    with open(path, "w+b") as file:
        with Pool.attach(file) as pool:
            address = put_hello(pool)
        assert file.tell() == 0
        with Pool.attach(file.fileno()) as again:
            assert bytes(again.view(address)) == b"hello"
        assert not file.closed
        with Pool.attach(file, read_only=True) as reader:
            assert bytes(reader.view(address)) == b"hello"


def test_an_open_file_without_a_name_will_do() -> None:
    descriptor = os.memfd_create("pool")
    with Pool.attach(descriptor) as pool:
        address = put_hello(pool)
    with Pool.attach(descriptor) as again:
        assert bytes(again.view(address)) == b"hello"
    os.close(descriptor)


def test_two_attaches_of_one_open_file_are_two_users(path: Path) -> None:
    with open(path, "w+b") as file, Pool.attach(file):
        assert error_of(PoolError, Pool.attach, file) == errno.EAGAIN


@pytest.mark.parametrize(
    ("mode", "read_only"),
    [("rb", False), ("ab", True)],
    ids=["writing to a file open for reading", "the reverse"],
)
def test_an_open_file_gives_no_more_than_it_was_opened_for(path: Path, mode: str, read_only: bool) -> None:
    Pool.attach(path).detach()
    with open(path, mode) as file:
        assert error_of(PoolError, Pool.attach, file, read_only=read_only) == errno.EBADF


def test_a_new_file_is_private(path: Path) -> None:
    before = os.umask(0)
    try:
        Pool.attach(path).detach()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_pool_in_no_file_is_gone_when_it_is_detached() -> None:
    with Pool.attach() as pool:
        address = put_hello(pool)
        pool.commit()
        assert bytes(pool.view(address)) == b"hello"
        pool.check()
    with Pool.attach() as other:
        assert other.stats().blocks == 0
    with pytest.raises(InvalidArgument):
        Pool.attach(read_only=True)


def test_several_pools_are_used_at_once(tmp_path: Path) -> None:
    pools = [Pool.attach(tmp_path / str(number)) for number in range(5)] + [Pool.attach()]
    addresses = [put_hello(pool) for pool in pools]
    assert len({pool.base for pool in pools}) == len(pools)
    for number, pool in enumerate(pools):
        pool.view(addresses[number])[0] = number
    assert [pool.view(address)[0] for pool, address in zip(pools, addresses)] == list(range(6))
    for pool in pools:
        pool.check()
        pool.detach()


# --- the base ---


def test_the_base_is_chosen_and_remembered(path: Path) -> None:
    with Pool.attach(path, base=BASE) as pool:
        address = put_hello(pool)
        assert pool.base == BASE < address
    for base in (None, BASE):
        with Pool.attach(path, base) as again:
            assert again.base == BASE
            assert bytes(again.view(address)) == b"hello"
    with pytest.raises(InvalidArgument, match="0x12345000"):
        Pool.attach(path, base=BASE + 4096)
    Pool.attach(path).detach()


@pytest.mark.parametrize(
    "base",
    [
        pytest.param(0, id="null"),
        pytest.param(1, id="odd"),
        pytest.param(4095, id="not a page"),
        pytest.param(-4096, id="negative"),
        pytest.param(2**64 - 4096, id="no room above"),
        pytest.param(2**64, id="beyond the top"),
        pytest.param("0x1000", id="text"),
    ],
)
def test_what_can_be_no_base_is_refused_and_nothing_made(path: Path, base: Any) -> None:
    with pytest.raises(InvalidArgument):
        Pool.attach(path, base=base)
    assert not path.exists()


def test_the_highest_base_works_to_its_end(path: Path) -> None:
    base = 2**64 - 2**46
    with Pool.attach(path, base) as pool:
        address = put_hello(pool)
        assert base < address < 2**64
        pool.commit()
        pool.check()


# --- writers and readers ---


def test_a_second_writer_is_refused_at_once_and_the_first_not_disturbed(path: Path) -> None:
    with Pool.attach(path) as pool:
        address = put_hello(pool)
        assert error_of(PoolError, Pool.attach, path) == errno.EAGAIN
        pool.commit()
        assert bytes(pool.view(address)) == b"hello"
    Pool.attach(path).detach()


def test_a_writer_in_another_process_keeps_others_out_until_it_is_dead(path: Path) -> None:
    listen, tell = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            pool = Pool.attach(path)
            put_hello(pool)
            pool.commit()
            os.write(tell, b"!")
            signal.pause()
        finally:
            os._exit(1)
    assert os.read(listen, 1) == b"!"
    assert error_of(PoolError, Pool.attach, path) == errno.EAGAIN
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with Pool.attach(path) as pool:
        assert pool.stats().blocks == 1
    os.close(listen)
    os.close(tell)


def interrupt(pool: Pool) -> None:
    def raise_it(event: object) -> None:
        raise KeyboardInterrupt

    pool.trace(raise_it)
    with pytest.raises(KeyboardInterrupt):
        pool.malloc(10)


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda _: None, id="never used"),
        pytest.param(put_hello, id="changed"),
        pytest.param(Pool.stats, id="looked at"),
        pytest.param(lambda pool: pool.free(pool.malloc(1 << 24)), id="a large block"),
        pytest.param(interrupt, id="interrupted"),
    ],
)
def test_a_pool_that_is_dropped_without_a_detach_lets_its_lock_go(path: Path, use: Callable[[Pool], object]):
    """With the last reference, not when the collector of cycles comes by."""
    pool = Pool.attach(path)
    use(pool)
    with without_collector():
        del pool
        with Pool.attach(path) as again:
            assert again.stats().blocks == 0


def test_a_view_of_the_file_keeps_a_dropped_pool_open(path: Path) -> None:
    with Pool.attach(path) as pool:
        address = pool.malloc(1 << 24)
        pool.write_from(address, memoryview(b"x" * (1 << 24)))
    pool = Pool.attach(path)
    view = pool.view(address, writable=False)
    with without_collector():
        del pool
        assert error_of(PoolError, Pool.attach, path) == errno.EAGAIN
        assert view[0] == ord("x")
        del view
        Pool.attach(path).detach()


def test_a_forked_child_can_look_and_not_commit(path: Path) -> None:
    pool = Pool.attach(path)
    put_hello(pool)
    listen, tell = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            address = put_hello(pool)
            assert bytes(pool.view(address)) == b"hello"
            os.write(tell, str(error_of(PoolError, pool.commit)).encode())
        finally:
            os._exit(0)
    os.close(tell)
    assert os.read(listen, 100) == str(errno.EPERM).encode()
    os.close(listen)
    os.waitpid(pid, 0)
    pool.commit()
    pool.check()
    assert error_of(PoolError, Pool.attach, path) == errno.EAGAIN
    pool.detach()


def test_a_reader_keeps_the_commit_that_it_attached_to(path: Path) -> None:
    with Pool.attach(path) as writer:
        addresses = [writer.malloc(size) for size in (100, 5000, 100_000)]
        readers = []
        for letter in b"abcdef":
            for address in addresses:
                writer.view(address)[:] = bytes([letter]) * writer.size_of(address)
            writer.commit()
            readers.append((letter, Pool.attach(path, read_only=True)))
        writer.free(addresses[1])
        writer.commit()
        for letter, reader in readers:
            assert [set(reader.view(address)) for address in addresses] == [{letter}] * 3
            reader.check()
            reader.detach()
        writer.commit()
        writer.check()


def test_space_that_readers_pinned_is_used_again_when_they_are_gone(path: Path) -> None:
    with Pool.attach(path) as writer:
        address = writer.malloc(1_000_000)

        def rewrite(letter: int) -> int:
            writer.view(address)[:] = bytes([letter]) * 1_000_000
            writer.commit()
            return path.stat().st_size

        rewrite(1)
        readers = []
        for letter in range(2, 6):
            readers.append(Pool.attach(path, read_only=True))
            pinned = rewrite(letter)
        assert pinned > 4_000_000
        for reader in readers:
            reader.detach()
        rewrite(7)
        assert rewrite(8) < 2_500_000


def test_a_reader_from_before_the_writer_attached_keeps_its_commit_too(path: Path) -> None:
    with Pool.attach(path) as writer:
        address = writer.malloc(300_000)
        writer.view(address)[:] = b"1" * 300_000
    reader = Pool.attach(path, read_only=True)
    for letter in (b"2", b"3", b"4"):
        with Pool.attach(path) as writer:
            writer.view(address)[:] = letter * 300_000
            writer.commit()
            writer.view(writer.malloc(200_000))[:] = letter * 200_000
    assert reader.view(address) == b"1" * 300_000
    reader.check()
    reader.detach()
    with Pool.attach(path) as writer:
        writer.check()
        assert writer.view(address) == b"4" * 300_000


def test_readers_attach_beside_a_writer_that_commits_all_the_time(path: Path) -> None:
    """Each sees one commit: all blocks with the same letter."""
    with Pool.attach(path) as pool:
        addresses = [pool.malloc(size) for size in (64, 3000, 60_000)]
        for address in addresses:
            pool.view(address)[:] = b"a" * pool.size_of(address)
    pid = os.fork()
    if not pid:
        try:
            with Pool.attach(path) as writer:
                for number in range(100_000):
                    for address in addresses:
                        writer.view(address)[:] = bytes([97 + number % 26]) * writer.size_of(address)
                    writer.commit()
        finally:
            os._exit(0)
    try:
        seen = set()
        for _ in range(200):
            with Pool.attach(path, read_only=True) as reader:
                letters = {letter for address in addresses for letter in set(reader.view(address))}
                assert len(letters) == 1
                seen |= letters
        assert len(seen) > 3
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_a_read_only_pool_changes_nothing(path: Path) -> None:
    with Pool.attach(path) as pool:
        address = put_hello(pool)
    before = path.read_bytes()
    path.chmod(0o400)
    with Pool.attach(path, read_only=True) as pool:
        assert bytes(pool.view(address)) == b"hello"
        for change in (
            lambda: pool.malloc(1),
            lambda: pool.calloc(1, 1),
            lambda: pool.realloc(address, 9),
            lambda: pool.free(address),
            lambda: pool.valloc(1),
            lambda: pool.memalign(8, 1),
            lambda: pool.set_key(0, 1),
            pool.commit,
        ):
            assert (error_of(PoolError, change), pool.errno) == (errno.EROFS, 0)
        assert pool.size_of(address) == 5
        assert pool.get_key(0) is None
        pool.check()
    assert path.read_bytes() == before


def test_after_the_detach_nothing_works(path: Path) -> None:
    pool = Pool.attach(path)
    address = put_hello(pool)
    pool.detach()
    for call in (
        lambda: pool.malloc(1), lambda: pool.free(address), lambda: pool.view(address),
        lambda: pool.size_of(address), lambda: pool.get_key(0),
        pool.stats, pool.check, pool.commit, pool.compact, pool.detach,
    ):  # fmt: skip
        assert error_of(PoolError, call) == errno.EBADF
    assert "detached" in repr(pool)


def test_an_exception_in_the_block_gives_up_what_was_not_committed(path: Path) -> None:
    pool = Pool.attach(path)
    address = put_hello(pool)
    pool.commit()

    def fail_in_the_block() -> None:
        with pool:
            pool.view(address)[:] = b"wrong"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_in_the_block()
    with Pool.attach(path) as again:
        assert bytes(again.view(address)) == b"hello"


# --- what is no pool ---


def write_version(path: Path, version: int) -> None:
    """A pool whose roots claim another version, with checksums that fit."""
    Pool.attach(path).detach()
    content = bytearray(path.read_bytes())
    for slot in (0, 4096):
        struct.pack_into("<I", content, slot + 8, version)
        struct.pack_into("<I", content, slot + 508, zlib.crc32(content[slot : slot + 508]))
    path.write_bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"#!/bin/sh\n", id="a script"),
        pytest.param(b"\0" * 100_000, id="zeros"),
        pytest.param(os.urandom(100_000), id="noise"),
        pytest.param(b"x", id="one byte"),
        pytest.param(b"ptpool\n" + bytes(20_000), id="line ends converted"),
    ],
)
@pytest.mark.parametrize("read_only", [False, True], ids=["writer", "reader"])
def test_a_file_that_is_no_pool_is_refused_and_left_alone(
    path: Path, content: bytes, read_only: bool
) -> None:
    path.write_bytes(content)
    with pytest.raises(SourceError):
        Pool.attach(path, read_only=read_only)
    assert path.read_bytes() == content


def test_another_version_is_refused_by_name(path: Path) -> None:
    write_version(path, 2)
    before = path.read_bytes()
    with pytest.raises(SourceError, match="version 2"):
        Pool.attach(path)
    assert path.read_bytes() == before


def test_a_damaged_pool_says_what_and_where(path: Path) -> None:
    with Pool.attach(path) as pool:
        put_hello(pool)
        pool.commit()
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    Pool.attach(path).detach()  # one damaged root of four costs nothing
    content[4096 + 100] ^= 1
    content[100 + 2 * 4096] ^= 1
    path.write_bytes(content)
    with pytest.raises(PoolCorrupt, match="root slot"):
        Pool.attach(path)


def test_a_pool_that_was_cut_is_refused(path: Path) -> None:
    with Pool.attach(path) as pool:
        put_hello(pool)
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(PoolCorrupt, match="bytes"):
        Pool.attach(path)


@pytest.fixture
def no_files(tmp_path: Path) -> dict[str, Path]:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    return {
        "folder": tmp_path / "folder", "fifo": tmp_path / "fifo", "device": Path("/dev/null"),
        "absent": tmp_path / "none" / "pool",
    }  # fmt: skip


@pytest.mark.parametrize("read_only", [False, True], ids=["writer", "reader"])
@pytest.mark.parametrize("name", ["folder", "fifo", "device", "absent"])
def test_what_is_no_regular_file_is_an_error(no_files: dict[str, Path], name: str, read_only: bool) -> None:
    with pytest.raises((PoolError, SourceError)) as failure:
        Pool.attach(no_files[name], read_only=read_only)
    if name == "absent":
        assert failure.value.errno == errno.ENOENT
    assert no_files["fifo"].is_fifo()


def test_a_reader_makes_no_file_and_needs_a_commit(path: Path) -> None:
    assert error_of(PoolError, Pool.attach, path, read_only=True) == errno.ENOENT
    assert not path.exists()
    path.touch()
    with pytest.raises(SourceError):
        Pool.attach(path, read_only=True)


@pytest.mark.parametrize(
    "wrong", [3.5, [], -1, 12345, "nul\0byte"], ids=["float", "list", "negative", "closed", "nul"]
)
def test_what_is_neither_path_nor_open_file_is_an_error(wrong: Any) -> None:
    with pytest.raises((InvalidArgument, PoolError)):
        Pool.attach(wrong)
