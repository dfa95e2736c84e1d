"""A malloc of glibc's, built from its documented layout: for versions and machines that aren't at hand."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from ptatlas.core.arch import Arch
from ptatlas.core.blocks.block import CACHED, FREE, OWN, TOP, USED
from ptatlas.core.blocks.glibc.layout import SMALL_CACHE_BINS, ArenaLayout, ChunkLayout

CODE, DATA, HEAP, HEAP_SIZE = 0x40000000, 0x40010000, 0x50000000, 0x3000
MAPS = f"""
    {CODE:x}-{CODE + 0x1000:x} r-xp 00000000 fe:00 7 /lib/libc.so.6
    {DATA:x}-{DATA + 0x1000:x} rw-p 00010000 fe:00 7 /lib/libc.so.6
    {HEAP:x}-{HEAP + HEAP_SIZE:x} rw-p 00000000 00:00 0 [heap]
"""
_ARENA = DATA + 0x40
# Words before the bins, by word size and alignment.
_BEFORE = {(8, 16): 14, (4, 16): 16, (4, 8): 15}


class BuiltMalloc(NamedTuple):
    """Its architecture, its memory by address, and the blocks that it has: start, size, state."""

    arch: Arch
    content: dict[int, bytes]
    blocks: list[tuple[int, int, int]]


class _Words:
    """Memory that is written word by word."""

    def __init__(self, start: int, size: int, arch: Arch) -> None:
        self.start, self.content = start, bytearray(size)
        self._code, self._arch = f"{arch.order}{'Q' if arch.word_size == 8 else 'I'}", arch

    def put(self, address: int, *values: int) -> None:
        for number, value in enumerate(values):
            at = address - self.start + number * self._arch.word_size
            struct.pack_into(self._code, self.content, at, value)


def built_malloc(
    word: Any = 8,
    endian: Any = "little",
    alignment: int = 16,
    *,
    cache_bins: int = SMALL_CACHE_BINS,
    is_mangled: bool = True,
) -> BuiltMalloc:
    """Return a main arena with a thread's cache and blocks in that, in a fast bin, in use and free."""
    arch, chunks = Arch(word, endian), ChunkLayout(word, alignment)
    layout = ArenaLayout(word, _BEFORE[word, alignment])
    heap, data = _Words(HEAP, HEAP_SIZE, arch), _Words(DATA, 0x1000, arch)
    cache, small, large = chunks.cache_size(cache_bins), chunks.fast_size(2), 40 * alignment
    sizes = [cache, small, small, small, large, small, small, large]
    states = [OWN, CACHED, CACHED, USED, FREE, CACHED, USED, USED]
    at, was_free, places = chunks.first_chunk(HEAP), 0, []
    for size, state in zip(sizes, states):
        places.append(at)
        heap.put(at, was_free, size | (not was_free))
        at, was_free = at + size, size if state == FREE else 0
    heap.put(at + word, HEAP + HEAP_SIZE - at | 1)
    users = [place + chunks.header for place in places]

    def link(address: int, target: int) -> int:
        return target ^ (address >> 12) if is_mangled else target

    number = (small - chunks.least) // alignment
    heap.put(users[0] + 2 * cache_bins + number * word, users[1])
    heap.put(users[1], link(users[1], users[2]))
    heap.put(users[2], link(users[2], 0))
    heap.put(users[5], link(users[5], 0))
    for bin_number in range(127):
        itself = _ARENA + layout.bins + (2 * bin_number - 2) * word
        data.put(itself + 2 * word, itself, itself)
    data.put(_ARENA + layout.top, at, 0)
    data.put(_ARENA + layout.top - (layout.fast_bins - 2) * word, places[5])
    data.put(_ARENA + layout.next, _ARENA)
    data.put(_ARENA + layout.system_memory, HEAP_SIZE, HEAP_SIZE)
    blocks = [(user, chunks.usable(size), state) for user, size, state in zip(users, sizes, states)]
    blocks.append((at + chunks.header, chunks.usable(HEAP + HEAP_SIZE - at), TOP))
    return BuiltMalloc(arch, {DATA: bytes(data.content), HEAP: bytes(heap.content)}, blocks)
