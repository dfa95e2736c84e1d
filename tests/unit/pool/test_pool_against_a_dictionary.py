"""A pool does what a dictionary does, over commits, detaches, give-ups and readers."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from ptatlas.core.pool import Pool
from ptatlas.core.pool.attach import PoolBacking
from ptatlas.core.pool.files import open_file
from ptatlas.core.pool.locks import FileLocks
from ptatlas.core.pool.mapping import mapper_for

pytestmark = pytest.mark.slow

BASE = 0x5000_0000_0000
SIZES = st.one_of(
    st.integers(0, 70),
    st.integers(1, 5000),
    st.integers(32_000, 33_500),
    st.sampled_from([4096, 8192, 32_767, 32_768, 65_536, 262_144, 300_001]),
)
# So little that areas are let go, and go to the file before a commit, all the time.
SMALL_LIMIT = 1 << 20


def attach(path: Path, limit: int) -> Pool:
    opened = open_file(path, read_only=False)
    return Pool.over(PoolBacking(opened, FileLocks(opened), mapper_for(opened)), BASE, resident_limit=limit)


def filled(seed: int, size: int) -> bytes:
    """Content that differs in all places; mostly zeros for large sizes, so that there are holes."""
    words = (seed * 2654435761 % 2**32).to_bytes(4, "little")
    head = (words * (min(size, 6000) // 4 + 1))[: min(size, 6000)]
    return (head + bytes(max(0, size - len(head) - 1)) + words[:1])[:size]


class PoolMachine(RuleBasedStateMachine):
    """`blocks` and `keys` are what the pool should hold, `committed` what a reader should see."""

    addresses = Bundle("addresses")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ptatlas-model-"))
        self.path = self.folder / "pool"
        self.limit = 1 << 30
        self.blocks: dict[int, bytes] = {}
        self.keys: dict[int, int] = {}
        self.views: list[memoryview] = []
        self.pool = attach(self.path, self.limit)
        self.committed: tuple[dict[int, bytes], dict[int, int]] = ({}, {})

    def put(self, address: int, content: bytes) -> int:
        assert address not in self.blocks
        view = self.pool.view(address)
        assert len(view) == len(content)
        view[:] = content
        self.blocks[address] = content
        return address

    @rule(target=addresses, size=SIZES, seed=st.integers(0, 1000))
    def malloc(self, size: int, seed: int) -> int:
        return self.put(self.pool.malloc(size), filled(seed, size))

    @rule(target=addresses, count=st.integers(1, 9), size=SIZES)
    def calloc(self, count: int, size: int) -> int:
        address = self.pool.calloc(count, size)
        assert bytes(self.pool.view(address)) == bytes(count * size)
        self.blocks[address] = bytes(count * size)
        return address

    @rule(target=addresses, power=st.integers(0, 20), size=SIZES, seed=st.integers(0, 1000))
    def memalign(self, power: int, size: int, seed: int) -> int:
        power = power if size else min(power, 12)
        address = self.pool.memalign(1 << power, size)
        assert address % (1 << power) == 0
        return self.put(address, filled(seed, size))

    @rule(target=addresses, address=consumes(addresses), size=SIZES)
    def realloc(self, address: int, size: int) -> Any:
        if address not in self.blocks:
            return multiple()
        old = self.blocks.pop(address)
        moved = self.pool.realloc(address, size)
        kept = bytes(self.pool.view(moved)[: len(old)])
        assert kept == old[:size]
        return self.put(moved, kept.ljust(size, b"+"))

    @rule(target=addresses, address=consumes(addresses), more=st.integers(-40, 40))
    def realloc_a_little(self, address: int, more: int) -> Any:
        if address not in self.blocks:
            return multiple()
        old = self.blocks.pop(address)
        size = max(0, len(old) + more)
        moved = self.pool.realloc(address, size)
        assert self.pool.size_of(moved) == size
        if more > 0:
            self.pool.write_from(moved, memoryview(bytes(more)), len(old))
        self.blocks[moved] = old[:size].ljust(size, b"\0")
        return moved

    @rule(address=addresses, seed=st.integers(0, 1000))
    def write(self, address: int, seed: int) -> None:
        if address in self.blocks:
            content = filled(seed, len(self.blocks[address]))
            self.pool.view(address)[:] = content
            self.blocks[address] = content

    @rule(address=addresses, hold=st.booleans(), at=st.integers(0, 400_000), byte=st.integers(0, 255))
    def write_one_byte(self, address: int, hold: bool, at: int, byte: int) -> None:
        if self.blocks.get(address):
            content = bytearray(self.blocks[address])
            view = self.pool.view(address)
            view[at % len(content)] = content[at % len(content)] = byte
            self.blocks[address] = bytes(content)
            if hold:
                self.views.append(view)

    @rule(address=addresses, at=st.integers(0, 400_000), size=st.integers(0, 70_000), seed=st.integers(0, 9))
    def write_past_the_memory(self, address: int, at: int, size: int, seed: int) -> None:
        if self.blocks.get(address):
            content = bytearray(self.blocks[address])
            at %= len(content)
            data = filled(seed, min(size, len(content) - at))
            content[at : at + len(data)] = data
            self.pool.write_from(address, memoryview(data), at)
            self.blocks[address] = bytes(content)

    @rule(address=consumes(addresses))
    def free(self, address: int) -> None:
        if address in self.blocks:
            self.pool.free(address)
            del self.blocks[address]

    @rule(number=st.integers(0, 15), address=addresses)
    def set_key(self, number: int, address: int) -> None:
        self.pool.set_key(number, address)
        self.keys[number] = address

    @rule()
    def commit(self) -> None:
        self.pool.commit()
        self.committed = (dict(self.blocks), dict(self.keys))

    @rule(limit=st.sampled_from([SMALL_LIMIT, 1 << 30]))
    def detach_and_attach(self, limit: int) -> None:
        self.pool.detach()
        self.committed = (dict(self.blocks), dict(self.keys))
        self.pool = attach(self.path, limit)

    @rule()
    def give_up_and_attach(self) -> None:
        self.pool.detach(commit=False)
        self.blocks, self.keys = dict(self.committed[0]), dict(self.committed[1])
        self.pool = attach(self.path, self.limit)

    @rule()
    def drop_views(self) -> None:
        self.views.clear()

    @rule()
    def compare_all(self) -> None:
        for address, content in self.blocks.items():
            assert bytes(self.pool.view(address, writable=False)) == content
            assert self.pool.size_of(address) == len(content)

    @rule()
    def read_beside(self) -> None:
        with Pool.attach(self.path, read_only=True) as reader:
            assert {number: reader.get_key(number) for number in self.committed[1]} == self.committed[1]
            assert reader.stats().blocks == len(self.committed[0])
            for address, content in self.committed[0].items():
                assert bytes(reader.view(address)) == content

    @rule()
    def check(self) -> None:
        self.pool.check()

    @invariant()
    def counts_agree(self) -> None:
        stats = self.pool.stats()
        assert (stats.blocks, stats.live_bytes) == (len(self.blocks), sum(map(len, self.blocks.values())))
        assert {number: self.pool.get_key(number) for number in self.keys} == self.keys

    def teardown(self) -> None:
        self.compare_all()
        self.commit()
        self.check()
        self.read_beside()
        self.pool.detach()
        shutil.rmtree(self.folder)


TestPoolMachine = PoolMachine.TestCase
TestPoolMachine.settings = settings(max_examples=150, stateful_step_count=50)
