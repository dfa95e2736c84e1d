"""Blocks: what each of mmalloc's calls gives, and what it refuses."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import AtlasError, BlockError, InvalidArgument, PoolCorrupt, PoolError
from ptatlas.core.pool import Pool, TraceEvent

SIZES = [1, 7, 8, 9, 4095, 4096, 4097, 32_766, 32_767, 32_768, 65_536, 262_143, 262_144, 262_145, 1_000_000]


@pytest.fixture
def pool() -> Pool:
    return Pool.attach(base=0x10000)


def write_past_the_end(pool: Pool, address: int, offset: int, data: bytes) -> None:
    """What C code with a pointer into the block can do, and a view cannot."""
    view = pool.view(address)
    start = ctypes.addressof(ctypes.c_char.from_buffer(view))
    ctypes.memmove(start + len(view) + offset, data, len(data))


# --- allocation ---


@pytest.mark.parametrize("size", SIZES)
def test_a_block_has_the_size_that_was_asked_for(pool: Pool, size: int) -> None:
    address = pool.malloc(size)
    assert pool.size_of(address) == len(pool.view(address)) == size
    assert address % 8 == 0
    assert address > pool.base
    pool.view(address)[:] = b"x" * size
    pool.check()


def test_blocks_never_overlap(pool: Pool) -> None:
    blocks = sorted((pool.malloc(size), size) for size in SIZES * 3)
    for (start, size), (following, _) in zip(blocks, blocks[1:]):
        assert start + size <= following


@pytest.mark.parametrize("size", SIZES)
def test_calloc_gives_zeros_even_where_something_was(pool: Pool, size: int) -> None:
    used = pool.malloc(size * 3)
    pool.view(used)[:] = b"x" * (size * 3)
    pool.free(used)
    address = pool.calloc(3, size)
    assert bytes(pool.view(address)) == bytes(3 * size)


@pytest.mark.parametrize("size", SIZES)
def test_valloc_gives_whole_pages(pool: Pool, size: int) -> None:
    addresses = [pool.valloc(size) for _ in range(3)]
    assert not any(address % 4096 for address in addresses)
    assert [pool.size_of(address) for address in addresses] == [size] * 3


@pytest.mark.parametrize("power", range(31))
@pytest.mark.parametrize("size", [0, 1, 5000, 100_000])
def test_memalign_gives_any_power_of_two(pool: Pool, power: int, size: int) -> None:
    pool.malloc(24)
    address = pool.memalign(1 << power, size)
    assert address % (1 << power) == 0
    pool.view(address)[-1:] = b"\1"[:size]
    pool.check()


def test_what_a_free_gives_back_is_used_again(pool: Pool) -> None:
    addresses = [pool.malloc(100) for _ in range(1000)]
    end = pool.stats().address_bytes
    for _ in range(10):
        for address in addresses:
            pool.free(address)
        addresses = [pool.malloc(100) for _ in range(1000)]
    assert pool.stats().address_bytes == end


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (0, 2, 1), (1, 0, 2), (2, 0, 1), (1, 2, 0)], ids=str)
def test_freed_neighbours_join(pool: Pool, order: tuple[int, ...]) -> None:
    addresses = [pool.malloc(1000) for _ in range(3)]
    pool.malloc(250_000 - 3 * 1008)  # the rest of the region
    for number in order:
        pool.free(addresses[number])
    assert pool.malloc(3000) == min(addresses)


def test_freed_neighbours_of_large_blocks_join(pool: Pool) -> None:
    addresses = [pool.malloc(300_000) for _ in range(8)]
    last = pool.malloc(300_000)
    for address in addresses:
        pool.free(address)
    assert pool.malloc(2_400_000) < last
    assert pool.malloc(300_000) < last


@pytest.mark.parametrize("old", SIZES)
@pytest.mark.parametrize("new", [1, 100, 32_767, 32_768, 300_000])
def test_realloc_keeps_what_fits(pool: Pool, old: int, new: int) -> None:
    before = pool.malloc(old)
    pool.malloc(10)
    content = bytes(number % 251 for number in range(old))
    pool.view(before)[:] = content
    after = pool.realloc(before, new)
    kept = min(old, new)
    assert bytes(pool.view(after, kept)) == content[:kept]
    assert pool.size_of(after) == new
    assert pool.stats().blocks == 2
    pool.check()


def test_realloc_stays_where_there_is_room(pool: Pool) -> None:
    address = pool.malloc(1000)
    assert pool.realloc(address, 500) == address
    assert pool.realloc(address, 30_000) == address
    large = pool.malloc(100_000)
    assert pool.realloc(large, 40_000) == large


@pytest.mark.parametrize("nothing", [None, 0])
def test_realloc_of_nothing_is_malloc(pool: Pool, nothing: Any) -> None:
    address = pool.realloc(nothing, 77)
    assert pool.size_of(address) == 77


# --- blocks of no bytes, as mmalloc has them ---


EMPTY: list[Any] = [
    pytest.param(lambda pool: pool.malloc(0), id="malloc"),
    pytest.param(lambda pool: pool.calloc(0, 8), id="calloc of none"),
    pytest.param(lambda pool: pool.calloc(8, 0), id="calloc of nothing"),
    pytest.param(lambda pool: pool.realloc(None, 0), id="realloc of nothing"),
    pytest.param(lambda pool: pool.realloc(pool.malloc(20), 0), id="realloc of a small one"),
    pytest.param(lambda pool: pool.realloc(pool.malloc(200_000), 0), id="realloc of a large one"),
    pytest.param(lambda pool: pool.calloc(0, 1 << 60), id="calloc of none that is too large"),
    pytest.param(lambda pool: pool.memalign(512, 0), id="memalign"),
    pytest.param(lambda pool: pool.memalign(8192, 0), id="memalign above a page"),
    pytest.param(lambda pool: pool.memalign(1 << 18, 0), id="memalign at a unit"),
    pytest.param(lambda pool: pool.memalign(1 << 24, 0), id="memalign far above a unit"),
    pytest.param(lambda pool: pool.valloc(0), id="valloc"),
]


@pytest.mark.parametrize("make", EMPTY)
def test_a_block_of_no_bytes_is_a_block_of_its_own(tmp_path: Path, make: Callable[[Pool], int]) -> None:
    with Pool.attach(tmp_path / "pool") as pool:
        addresses = [make(pool) for _ in range(5)]
        full = pool.malloc(3)
        pool.view(full)[:] = b"abc"
        assert len({*addresses, full}) == 6
        assert [pool.size_of(address) for address in addresses] == [0] * 5
        pool.check()
    with Pool.attach(tmp_path / "pool") as pool:
        assert [bytes(pool.view(address)) for address in (*addresses, full)] == [b""] * 5 + [b"abc"]
        assert (pool.stats().blocks, pool.stats().live_bytes) == (6, 3)
        grown = pool.realloc(addresses[0], 100)
        pool.view(grown)[:] = bytes(100)
        for address in (grown, *addresses[1:], full):
            pool.free(address)
        with pytest.raises(BlockError, match="freed already"):
            pool.free(addresses[1])
        pool.check()
        assert pool.stats().blocks == 0


def test_an_address_beside_an_empty_block_is_in_none(pool: Pool) -> None:
    address = pool.malloc(0)
    pool.malloc(0)
    with pytest.raises(BlockError, match=f"inside the block of 0 bytes at {address:#x}"):
        pool.free(address + 1)


@pytest.mark.parametrize("writing", ["view", "write_from"])
def test_no_bytes_are_written_to_any_block(pool: Pool, writing: str) -> None:
    for address in (pool.malloc(0), pool.malloc(10), pool.malloc(200_000)):
        if writing == "view":
            assert bytes(pool.view(address, 0)) == b""
        else:
            pool.write_from(address, memoryview(b""))
        pool.read_into(address, memoryview(bytearray()))
        pool.commit()
        pool.check()


def test_to_free_nothing_does_nothing(pool: Pool) -> None:
    events: list[TraceEvent] = []
    pool.malloc(5)
    pool.trace(events.append)
    pool.free(None)
    assert (events, pool.stats().blocks, pool.errno) == ([], 1, 0)


# --- what is refused ---


@pytest.mark.parametrize("size", [-1, -(2**64)], ids=["negative", "very negative"])
def test_a_block_of_less_than_no_bytes_is_refused(pool: Pool, size: int) -> None:
    address = pool.malloc(8)
    for call in (
        lambda: pool.malloc(size), lambda: pool.calloc(size, 8), lambda: pool.calloc(8, size),
        lambda: pool.valloc(size), lambda: pool.memalign(8, size), lambda: pool.realloc(address, size),
    ):  # fmt: skip
        with pytest.raises(InvalidArgument):
            call()
    assert pool.stats().blocks == 1


@pytest.mark.parametrize("size", [2**40 + 1, 2**62, 2**63, 2**64 - 1, 2**64, 2**100], ids=hex)
def test_a_huge_block_is_refused(pool: Pool, size: int) -> None:
    address = pool.malloc(8)
    for call in (
        lambda: pool.malloc(size), lambda: pool.calloc(2**20, size), lambda: pool.calloc(size, 2**20),
        lambda: pool.valloc(size), lambda: pool.memalign(8, size), lambda: pool.realloc(address, size),
    ):  # fmt: skip
        with pytest.raises(PoolError) as failure:
            call()
        assert (failure.value.errno, pool.errno) == (errno.ENOMEM, 0)
    assert pool.stats().blocks == 1
    assert pool.size_of(address) == 8


def test_a_product_that_overflows_is_refused(pool: Pool) -> None:
    with pytest.raises(PoolError):
        pool.calloc(2**33, 2**33)


@pytest.mark.parametrize("alignment", [0, -8, 3, 12, 2**40 - 1])
def test_an_alignment_that_is_no_power_of_two_is_refused(pool: Pool, alignment: int) -> None:
    with pytest.raises(InvalidArgument):
        pool.memalign(alignment, 8)


def test_a_huge_alignment_is_refused(pool: Pool) -> None:
    with pytest.raises(PoolError):
        pool.memalign(2**50, 8)


@pytest.mark.parametrize("wrong", ["10", None, 3.5, b"1"], ids=repr)
def test_what_is_no_number_is_refused(pool: Pool, wrong: Any) -> None:
    for call in (
        lambda: pool.malloc(wrong), lambda: pool.size_of(wrong),
        lambda: pool.view(wrong), lambda: pool.set_key(wrong, 1), lambda: pool.memalign(wrong, 1),
    ):  # fmt: skip
        with pytest.raises(InvalidArgument):
            call()
    if wrong is not None:
        with pytest.raises(InvalidArgument):
            pool.free(wrong)


@pytest.mark.parametrize("size", [10, 100_000], ids=["small", "large"])
def test_a_second_free_is_refused(pool: Pool, size: int) -> None:
    kept = pool.malloc(size)
    address = pool.malloc(size)
    pool.free(address)
    with pytest.raises(BlockError, match="freed already") as failure:
        pool.free(address)
    assert failure.value.address == address
    assert (failure.value.errno, pool.errno) == (errno.EINVAL, 0)
    assert pool.stats().blocks == 1
    assert pool.size_of(kept) == size
    pool.check()


@pytest.mark.parametrize("size", [100, 700_000], ids=["small", "large"])
@pytest.mark.parametrize("offset", [1, 8, 50, 99])
def test_an_address_inside_a_block_is_refused_with_the_block(pool: Pool, size: int, offset: int) -> None:
    address = pool.malloc(size)
    for inside in (address + offset, address + size - 1):
        for call in (pool.free, pool.size_of, pool.view, lambda at: pool.realloc(at, 5)):
            with pytest.raises(BlockError, match=f"{address:#x}"):
                call(inside)
    assert pool.size_of(address) == size


@pytest.mark.parametrize(
    "address_of",
    [
        pytest.param(lambda _: 0, id="null"),
        pytest.param(lambda _: -1, id="negative"),
        pytest.param(lambda pool: pool.base - 8, id="below"),
        pytest.param(lambda pool: pool.base, id="the base"),
        pytest.param(lambda pool: pool.base + 2**46 - 8, id="the end"),
        pytest.param(lambda pool: pool.base + 2**46, id="above"),
        pytest.param(lambda _: 2**64 - 1, id="the top byte"),
        pytest.param(lambda _: 2**64, id="beyond the top"),
        pytest.param(lambda _: 2**200, id="far beyond"),
    ],
)
def test_a_foreign_address_is_refused(pool: Pool, address_of: Callable[[Pool], int]) -> None:
    pool.malloc(10)
    for call in (pool.free, pool.size_of, pool.view):
        with pytest.raises(BlockError):
            call(address_of(pool))
    pool.check()


def test_another_pools_address_is_foreign() -> None:
    one, other = Pool.attach(), Pool.attach()
    address = one.malloc(10)
    other.malloc(10)
    with pytest.raises(BlockError, match="not in this pool"):
        other.free(address)


def test_a_block_error_is_a_pool_error_and_an_invalid_argument(pool: Pool) -> None:
    for kind in (PoolError, InvalidArgument, ValueError, AtlasError):
        with pytest.raises(kind):
            pool.free(5)


# --- guards ---


@pytest.mark.parametrize("size", [1, 7, 8, 100, 4095, 4096, 32_767, 32_768, 65_535, 65_536, 100_000])
@pytest.mark.parametrize("data", [b"\0", b"\xff", b"overrun!"], ids=["a NUL", "ones", "text"])
def test_a_write_past_the_end_is_found(pool: Pool, size: int, data: bytes) -> None:
    address = pool.malloc(size)
    pool.malloc(size)
    pool.check()
    write_past_the_end(pool, address, 0, data)
    with pytest.raises(PoolCorrupt, match=f"{address:#x}"):
        pool.check()


@pytest.mark.parametrize("size", [100, 65_500], ids=["small", "large"])
def test_a_write_past_the_end_is_found_in_the_file_too(tmp_path: Path, size: int) -> None:
    with Pool.attach(tmp_path / "pool") as pool:
        address = pool.malloc(size)
        pool.view(address)[:] = b"x" * size
        write_past_the_end(pool, address, 0, b"y")
    with (
        Pool.attach(tmp_path / "pool", read_only=True) as pool,
        pytest.raises(PoolCorrupt, match=f"{address:#x}"),
    ):
        pool.check()


def test_a_write_past_the_end_damages_no_table(pool: Pool) -> None:
    """The pool's own book-keeping lies elsewhere: only neighbours' content is at risk."""
    addresses = [pool.malloc(40) for _ in range(50)]
    write_past_the_end(pool, addresses[10], 0, b"z" * 400)
    for address in addresses:
        assert pool.size_of(address) == 40
        pool.free(address)
    pool.check()
    assert pool.stats().blocks == 0


# --- keys ---


def test_the_sixteen_keys_survive(tmp_path: Path) -> None:
    with Pool.attach(tmp_path / "pool") as pool:
        assert [pool.get_key(number) for number in range(16)] == [None] * 16
        for number in range(16):
            pool.set_key(number, 2**64 - 1 - number)
    with Pool.attach(tmp_path / "pool") as pool:
        assert [pool.get_key(number) for number in range(16)] == [2**64 - 1 - number for number in range(16)]
        pool.set_key(3, None)
        pool.set_key(4, 0)
        pool.commit()
    with Pool.attach(tmp_path / "pool") as pool:
        assert pool.get_key(3) is pool.get_key(4) is None
        assert pool.get_key(5) == 2**64 - 6


@pytest.mark.parametrize("number", [-1, 16, 2**64])
def test_there_are_no_other_keys(pool: Pool, number: int) -> None:
    for call in (lambda: pool.get_key(number), lambda: pool.set_key(number, 1)):
        with pytest.raises(InvalidArgument):
            call()


@pytest.mark.parametrize("value", [-1, 2**64])
def test_a_key_holds_64_bits(pool: Pool, value: int) -> None:
    with pytest.raises(InvalidArgument):
        pool.set_key(0, value)
    assert pool.get_key(0) is None


# --- figures and events ---


def test_the_figures_count_what_is_live(tmp_path: Path) -> None:
    with Pool.attach(tmp_path / "pool") as pool:
        addresses = [pool.malloc(size) for size in (10, 1000, 100_000)]
        stats = pool.stats()
        assert (stats.blocks, stats.live_bytes, stats.generation, stats.uncommitted) == (3, 101_010, 0, True)
        pool.free(addresses[1])
        pool.commit()
        stats = pool.stats()
        assert (stats.blocks, stats.live_bytes, stats.generation, stats.uncommitted) == (2, 100_010, 1, False)
        assert stats.file_bytes == (tmp_path / "pool").stat().st_size == stats.used_bytes + stats.free_bytes
        assert stats.address_bytes >= 100_010


def test_a_trace_tells_each_operation_on_a_block(pool: Pool) -> None:
    events: list[TraceEvent] = []
    pool.trace(events.append)
    a = pool.malloc(10)
    b = pool.calloc(3, 5)
    c = pool.realloc(a, 50_000)
    d = pool.memalign(64, 7)
    e = pool.valloc(9)
    pool.free(c)
    with pytest.raises(BlockError):
        pool.free(c)
    pool.trace(None)
    pool.free(b)
    assert events == [
        ("malloc", a, 10, 0),
        ("calloc", b, 15, 0),
        ("realloc", c, 50_000, a),
        ("memalign", d, 7, 0),
        ("memalign", e, 9, 0),
        ("free", c, 50_000, 0),
    ]
    assert repr(events[2]) == f"TraceEvent(realloc {c:#x} 0xc350 from {a:#x})"


def test_what_a_traces_callback_raises_comes_out_of_the_operation(pool: Pool) -> None:
    def fail(event: TraceEvent) -> None:
        raise RuntimeError(event.operation)

    pool.trace(fail)
    with pytest.raises(RuntimeError, match="malloc"):
        pool.malloc(10)
    pool.trace(None)
    assert pool.stats().blocks == 1
    pool.check()


def test_errno_tells_of_the_last_operation_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space")

    pool = Pool.attach(tmp_path / "pool")
    address = pool.malloc(5)
    assert pool.errno == 0
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwritev", full)
        patched.setattr(os, "pwrite", full)
        with pytest.raises(PoolError):
            pool.commit()
    assert pool.errno == errno.ENOSPC
    pool.malloc(5)
    assert pool.errno == 0
    pool.free(address)
    pool.detach()


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        pytest.param(lambda pool: pool.malloc(2**50), errno.ENOMEM, id="a size"),
        pytest.param(lambda pool: pool.memalign(2**50, 8), errno.ENOMEM, id="an alignment"),
        pytest.param(lambda pool: pool.free(16), errno.EINVAL, id="an address"),
    ],
)
def test_what_the_pool_refuses_itself_is_no_errno_of_the_system(pool: Pool, refused: Any, code: int) -> None:
    with pytest.raises(PoolError) as failure:
        refused(pool)
    assert (failure.value.errno, pool.errno) == (code, 0)


def test_a_pool_shows_itself_in_hex(pool: Pool) -> None:
    pool.malloc(5)
    assert repr(pool) == "Pool(0x10000, generation 0, 1 blocks)"


def test_threads_take_turns(pool: Pool) -> None:
    def work(number: int) -> None:
        for step in range(200):
            address = pool.malloc(100 + number)
            pool.view(address)[:] = bytes([number]) * (100 + number)
            if step % 2:
                pool.free(address)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pool.stats().blocks == 8 * 100
    pool.check()


# --- properties ---


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40_000)), max_size=120))
def test_any_run_of_allocations_and_frees_keeps_every_block_apart(steps: list[tuple[bool, int]]) -> None:
    pool = Pool.attach()
    live: dict[int, int] = {}
    for free, size in steps:
        if free and live:
            address = list(live)[size % len(live)]
            pool.free(address)
            del live[address]
        else:
            live[pool.malloc(size)] = size
    ordered = sorted(live.items())
    assert all(start + size < following for (start, size), (following, _) in zip(ordered, ordered[1:]))
    assert {address: pool.size_of(address) for address in live} == live
    pool.check()
