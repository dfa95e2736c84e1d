"""Which pages of private memory may have been written, as the kernel reports it.

/proc/PID/pagemap (proc_pid_pagemap(5)) has 64 bits for each page of the address space. A page of a
private mapping that was written is present or swapped and belongs to no file; one that was only read
still belongs to its file. Where the kernel reports nothing, every page may have been written.
"""

from __future__ import annotations

import mmap
import os
from array import array
from collections.abc import Iterable, Iterator

from .layout import PAGE
from .mapping import Memory, address_of

_KINDS = 61
_PRESENT, _SWAPPED, _FILE = 4, 2, 1  # bits 63, 62 and 61
_OWN = frozenset(kind for kind in range(8) if kind & (_PRESENT | _SWAPPED) and not kind & _FILE)
_AT_A_TIME = 1 << 16

PageRange = tuple[int, int]


def written(memory: Memory, ranges: Iterable[PageRange]) -> Iterator[PageRange]:
    """Yield the parts of the page ranges (first, end) that may differ from what was laid there or zeros."""
    try:
        descriptor = os.open("/proc/self/pagemap", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        # Not Linux, or no /proc: the caller compares every page.
        yield from ranges
        return
    try:
        start = address_of(memory) // mmap.PAGESIZE
        step = mmap.PAGESIZE // PAGE
        for first, end in ranges:
            for low, high in _written(descriptor, start, first // step, -(-end // step)):
                yield max(first, low * step), min(end, high * step)
    finally:
        os.close(descriptor)


def _written(descriptor: int, start: int, first: int, end: int) -> Iterator[PageRange]:
    while first < end:
        count = min(end - first, _AT_A_TIME)
        try:
            raw = os.pread(descriptor, 8 * count, 8 * (start + first))
        except OSError:
            raw = b""
        if len(raw) < 8 * count:
            yield first, end  # the kernel reports nothing
            return
        if raw.count(0) < len(raw):
            yield from ((first + low, first + high) for low, high in _runs(array("Q", raw)))
        first += count


def _runs(entries: array[int]) -> list[PageRange]:
    own = bytes(entry >> _KINDS in _OWN for entry in entries)
    runs: list[PageRange] = []
    end = 0
    while True:
        first = own.find(1, end)
        if first < 0:
            return runs
        end = own.find(0, first)
        if end < 0:
            end = len(own)
        runs.append((first, end))
