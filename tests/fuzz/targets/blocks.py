"""Allocators' structures in a hostile inferior's memory."""

from __future__ import annotations

from ptatlas.core.blocks.allocators import blocks_of
from support.built_malloc import DATA, HEAP, MAPS, built_malloc
from support.mapped import mapped

from fuzz.target import Target

_DATA_SIZE = 0x900


def use_malloc(data: bytes) -> None:
    """Find the blocks, where the input is an arena in libc's data, and the heap."""
    inferior = mapped(MAPS, {DATA: data[:_DATA_SIZE], HEAP: data[_DATA_SIZE:].ljust(0x3000, b"\0")})
    for blocks in blocks_of(inferior):
        starts = [block.start for block in blocks]
        assert starts == sorted(starts)
        assert all(blocks.at(block.start) == block for block in blocks)


def _memory() -> bytes:
    built = built_malloc()
    return built.content[DATA][:_DATA_SIZE] + built.content[HEAP].rstrip(b"\0")


TARGETS = (Target("blocks-malloc", use_malloc, (_memory(),), largest=8192, cost=5),)
