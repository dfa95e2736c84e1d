"""The index of pages: what was added is found, whatever is in it does no harm."""

from __future__ import annotations

import os
import random
import struct

import pytest
from ptatlas.core.pool import Pool
from ptatlas.core.store.index import PageIndex
from ptatlas.core.store.layout import INDEX


class EveryUnit:
    """All units have blobs."""

    def __contains__(self, _unit: object) -> bool:
        return True


@pytest.fixture
def pool() -> Pool:
    return Pool.attach()


def test_what_was_added_is_found_through_all_growth(pool):
    index, rnd = PageIndex(pool, EveryUnit), random.Random(1)
    sums = [rnd.getrandbits(32) for _ in range(20_000)]
    for page, total in enumerate(sums, 1):
        index.add(total, page)
    assert all(page in index.candidates(total) for page, total in enumerate(sums, 1))
    index.close()
    again = PageIndex(pool, EveryUnit)
    assert all(page in again.candidates(total) for page, total in enumerate(sums, 1))


def test_pages_of_one_sum_are_all_candidates(pool):
    index = PageIndex(pool, EveryUnit)
    for page in range(1, 10):
        index.add(0xDEADBEEF, page)
    assert index.candidates(0xDEADBEEF) == list(range(1, 10))
    assert index.candidates(0xDEADBEEF ^ 1 << 31) == []


def test_growth_forgets_pages_where_no_blobs_are(pool):
    index, rnd = PageIndex(pool, lambda: {1}), random.Random(2)  # pages 64 to 127
    sums = [rnd.getrandbits(32) for _ in range(3000)]
    for page, total in enumerate(sums):
        index.add(total, page + 1)
    found = {page + 1 for page, total in enumerate(sums) if page + 1 in index.candidates(total)}
    assert set(range(64, 128)) <= found
    assert not found & (set(range(1, 64)) | set(range(128, 2000)))


def test_many_equal_sums_end_the_looking_and_nothing_else(pool):
    index = PageIndex(pool, EveryUnit)
    for page in range(1, 3000):
        index.add(7, page)
    assert len(index.candidates(7)) == 64
    index.add(1 << 31, 5)
    assert index.candidates(1 << 31) == [5]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="no block"),
        pytest.param(b"x" * 10, id="shorter than its head"),
        pytest.param(struct.pack("<QQ", 3, 0) + bytes(24), id="not a power of two"),
        pytest.param(struct.pack("<QQ", 2**40, 0) + bytes(24), id="larger than the block"),
        pytest.param(struct.pack("<QQ", 4096, 2**63) + os.urandom(8 * 4096), id="noise"),
        pytest.param(struct.pack("<QQ", 4096, 0) + b"\xff" * 8 * 4096, id="full, and says that it is empty"),
    ],
)
def test_a_damaged_index_is_used_or_made_anew(pool, raw):
    address = pool.malloc(len(raw)) if raw else 12345
    if raw:
        pool.view(address)[:] = raw
    pool.set_key(INDEX, address)
    index = PageIndex(pool, EveryUnit)
    for page in range(1, 200):
        index.add(page << 8, page)
        assert page in index.candidates(page << 8)
    index.close()
