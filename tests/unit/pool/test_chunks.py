"""Chunk tables against the blocks that were placed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import PoolCorrupt
from ptatlas.core.pool.chunks import MAX_SMALL, Chunks, chunk_length, decode, table_pages
from ptatlas.core.pool.layout import PAGE, UNIT

SMALL = st.one_of(st.integers(0, 40), st.integers(1, MAX_SMALL))


class Region:
    """A chunk table and the oracle: which grain belongs to which block."""

    def __init__(self) -> None:
        self.chunks = Chunks()
        self.blocks: dict[int, int] = {}

    def place(self, size: int, lead: int) -> None:
        need = chunk_length(size)
        room = [(start, length) for start, length in self.chunks.free() if length >= need + lead]
        if room:
            start, length = room[0]
            self.chunks.place(start, length, need, size, lead)
            self.blocks[start + lead] = size

    def release(self, number: int) -> None:
        offset = sorted(self.blocks)[number % len(self.blocks)]
        before = dict(self.chunks.free())
        freed = self.chunks.release(offset)
        length = chunk_length(self.blocks.pop(offset))
        assert freed.length == length + freed.before + freed.after
        assert freed.start == offset - freed.before
        assert before.get(offset + length, 0) == freed.after
        assert before.get(freed.start, 0) == freed.before


@given(st.lists(st.tuples(st.booleans(), SMALL, st.sampled_from([0, 0, 8, 64])), max_size=80))
def test_a_chunk_table_is_what_its_blocks_leave(steps: list[tuple[bool, int, int]]) -> None:
    region = Region()
    for place, size, lead in steps:
        if place or not region.blocks:
            region.place(size, lead)
        else:
            region.release(size)
    assert dict(region.chunks.blocks()) == region.blocks
    covered = bytearray(UNIT)
    for offset, size in region.blocks.items():
        assert not any(covered[offset : offset + chunk_length(size)])
        covered[offset : offset + chunk_length(size)] = b"\1" * chunk_length(size)
    for start, length in region.chunks.free():
        assert not any(covered[start : start + length])
        assert start + length == UNIT or covered[start + length]
        assert start == 0 or covered[start - 1]
    live = sum(1 << page for page in range(64) if any(covered[page * PAGE : (page + 1) * PAGE]))
    assert region.chunks.live_pages() == live
    if region.blocks:
        raw = region.chunks.encode()
        assert len(raw) == PAGE * table_pages(raw[:PAGE])
        assert decode(raw).starts == region.chunks.starts
        assert decode(raw).sizes == region.chunks.sizes


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([], id="none"),
        pytest.param([8], id="too short"),
        pytest.param([0x8000 | 100, 0x8000 | 32_668], id="two free ones side by side"),
        pytest.param([0x8000, 0x8000 | 0x7FFF, 7], id="an empty block too many"),
        pytest.param([0, 0x8000 | 0x7FFF], id="a block of no bytes"),
        pytest.param([0x8000 | 0x7FFF, 8], id="too long"),
    ],
)
def test_a_chunk_table_that_doesnt_fill_the_region_is_refused(numbers: list[int]) -> None:
    raw = len(numbers).to_bytes(8, "little") + b"".join(number.to_bytes(2, "little") for number in numbers)
    with pytest.raises(PoolCorrupt):
        decode(raw.ljust(PAGE, b"\0"))


@pytest.mark.parametrize("count", [0, 32_769, 2**63])
def test_a_chunk_table_with_an_impossible_count_is_refused_before_it_is_read(count: int) -> None:
    with pytest.raises(PoolCorrupt):
        table_pages(count.to_bytes(8, "little").ljust(PAGE, b"\0"))
