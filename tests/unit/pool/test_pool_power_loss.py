"""Whatever part of the unsynced writes a power loss leaves on the disk, the last commit comes back whole."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptatlas.core.errors import SourceError
from ptatlas.core.pool import Pool
from ptatlas.core.pool.attach import PoolBacking
from support.pool_recorder import Epoch, Recorded, RecordingFile, generation_of, state_of

pytestmark = pytest.mark.slow

History = Callable[[], Recorded]


def fresh_pool() -> Recorded:
    return Recorded()


def one_block() -> Recorded:
    recorded = Recorded()
    recorded.malloc(b"first")
    recorded.commit()
    return recorded


def overwritten_in_place() -> Recorded:
    recorded = one_block()
    (address,) = recorded.blocks
    recorded.write(address, b"again")
    recorded.set_key(3, address)
    recorded.commit()
    recorded.write(address, b"third")
    recorded.commit()
    return recorded


def freed_and_taken_again() -> Recorded:
    recorded = Recorded()
    addresses = [recorded.malloc(bytes([number]) * 3000) for number in range(1, 4)]
    recorded.commit()
    recorded.free(addresses[1])
    recorded.commit()
    recorded.malloc(b"n" * 2999)
    recorded.free(addresses[0])
    recorded.commit()
    return recorded


def large_block_changed() -> Recorded:
    recorded = Recorded()
    address = recorded.malloc(b"L" * 4096 + bytes(32_768) + b"L" * 4096)
    recorded.commit()
    recorded.write(address, b"L" * 4000 + bytes(32_768) + b"M" * 4192)
    recorded.commit()
    recorded.free(address)
    recorded.commit()
    return recorded


def moved_to_save_space() -> Recorded:
    """A commit of which a second one moves pages, and cuts the file."""
    recorded = Recorded()
    addresses = [recorded.malloc(bytes([number % 255 + 1]) * 32_000) for number in range(30)]
    recorded.commit()
    for address in addresses:
        recorded.write(address, b"changed!" * 4000)
    before = recorded.file.size()
    recorded.commit()
    assert recorded.pool.generation == 3
    assert recorded.file.size() < before * 1.2
    return recorded


def uncommitted_at_the_end() -> Recorded:
    recorded = overwritten_in_place()
    recorded.malloc(b"never committed" * 1000)
    recorded.pool.detach(commit=False)
    return recorded


HISTORIES = [
    fresh_pool, one_block, overwritten_in_place, freed_and_taken_again, large_block_changed,
    uncommitted_at_the_end,
]  # fmt: skip


def assert_last_commit(recorded: Recorded, epoch: Epoch, content: bytes) -> None:
    """The file attaches as a commit that was promised, or the one under way then, and all of it."""
    if epoch.least < 0:
        assert_no_pool_or_empty(content)
        return
    pool = Pool.over(PoolBacking(RecordingFile(content)), read_only=True)
    assert epoch.least <= pool.generation <= max(epoch.least, epoch.most)
    expected = recorded.states[pool.generation]
    assert state_of(pool, iter(expected[0])) == expected
    assert pool.stats().blocks == len(expected[0])
    pool.check()


def assert_no_pool_or_empty(content: bytes) -> None:
    """While a pool is made, the file is one that can be made a pool, or that already is an empty one."""
    try:
        assert Pool.over(PoolBacking(RecordingFile(content)), read_only=True).stats().blocks == 0
    except SourceError:
        assert not any(content)
    assert Pool.over(PoolBacking(RecordingFile(content))).stats().blocks == 0


@pytest.mark.parametrize("history", HISTORIES)
def test_every_subset_of_the_unsynced_writes_leaves_the_last_commit(history: History) -> None:
    recorded = history()
    recorded.file.close()
    for epoch in recorded.file.epochs:
        assert len(epoch.steps) <= 12, "not a small history"
        for content in set(epoch.every_file()):
            assert_last_commit(recorded, epoch, content)


@pytest.mark.parametrize("history", [*HISTORIES, moved_to_save_space])
def test_a_write_torn_at_any_sector_leaves_the_last_commit(history: History) -> None:
    recorded = history()
    recorded.file.close()
    for epoch in recorded.file.epochs:
        for content in islice(epoch.torn_files(), 200):
            assert_last_commit(recorded, epoch, content)


def test_a_root_record_torn_at_any_byte_leaves_a_whole_commit() -> None:
    recorded = overwritten_in_place()
    recorded.file.close()
    roots = [epoch for epoch in recorded.file.epochs if epoch.least >= 0 and len(epoch.steps) == 1]
    assert len(roots) == 3
    for epoch in roots:
        (root,) = epoch.steps
        for length in range(len(root.data)):
            assert_last_commit(recorded, epoch, epoch.after([root._replace(data=root.data[:length])]))


def test_a_large_history_leaves_the_last_commit_after_random_subsets() -> None:
    recorded = moved_to_save_space()
    recorded.file.close()
    rnd = random.Random(5)
    for epoch in recorded.file.epochs:
        for content in epoch.some_files(rnd, 40):
            assert_last_commit(recorded, epoch, content)


@settings(max_examples=150)
@given(st.data())
def test_a_pool_that_lost_power_again_and_again_never_loses_a_commit(data: st.DataObject) -> None:
    rnd = random.Random(data.draw(st.integers(0, 2**32)))
    content, state = b"", ({}, {})
    for _ in range(data.draw(st.integers(1, 6))):
        recorded = Recorded(RecordingFile(content))
        recorded.blocks, recorded.keys = dict(state[0]), dict(state[1])
        recorded.states[recorded.pool.generation] = state
        assert state_of(recorded.pool, iter(state[0])) == state
        for _ in range(rnd.randint(0, 4)):
            change(recorded, rnd)
            recorded.commit()
        change(recorded, rnd)
        recorded.file.close()
        epoch = rnd.choice(recorded.file.epochs[-3:])
        (content,) = epoch.some_files(rnd, 1)
        if epoch.least < 0:
            content, state = b"", ({}, {})
            continue
        assert_last_commit(recorded, epoch, content)
        state = recorded.states[generation_of(content)]


def change(recorded: Recorded, rnd: random.Random) -> None:
    """A few random operations of every kind."""
    for _ in range(rnd.randint(0, 6)):
        addresses = list(recorded.blocks)
        kind = rnd.choice(["malloc", "malloc", "write", "free", "key"])
        size = rnd.choice([rnd.randint(1, 100), rnd.randint(1, 9000), rnd.randint(30_000, 60_000)])
        if kind == "malloc" or not addresses:
            recorded.malloc(rnd.randbytes(size))
        elif kind == "write":
            address = rnd.choice(addresses)
            recorded.write(address, rnd.randbytes(len(recorded.blocks[address])))
        elif kind == "free":
            recorded.free(rnd.choice(addresses))
        else:
            recorded.set_key(rnd.randrange(16), rnd.choice(addresses))
