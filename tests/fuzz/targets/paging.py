"""Page tables of every mode, whose entries point anywhere."""

from __future__ import annotations

import struct

from ptatlas.core.paging.aarch64 import aarch64_space
from ptatlas.core.paging.page_walk import walk_address
from ptatlas.core.paging.paged_areas import PagedAreas, PagedExtents, paged_areas, paged_extents
from ptatlas.core.paging.physical_index import PhysicalIndex
from ptatlas.core.paging.riscv import riscv_space
from ptatlas.core.paging.x86 import x86_space
from ptatlas.core.ranges import TOP
from ptatlas.core.segments.content import BytesContent
from ptatlas.core.segments.reader import SegmentReader
from ptatlas.core.segments.segment import Segment

from fuzz.target import Choices, Target

_ROOT, _MOST, _LIMIT = 0x1000, 1 << 16, 2000
_UPPER_4K = 2 << 30 | 5 << 32


def space_from(choices: Choices):
    """Return an address space of any mode, with its root at 0x1000 or nearby."""
    kind = choices.one_of(*range(10))
    strange = choices.one_of(0, 0, 1 << 39 | 1 << 40, 1 << 41, 3 << 37, 1 << 59, 1 << 55, 6 << 32)
    if kind < 4:
        registers = ({}, {"cr4": 0x10A0}, {"cr4": 0xA0, "efer": 1 << 11}, {"cr4": 0x90, "efer": 0})[kind]
        return x86_space(_ROOT, physical_bits=choices.one_of(52, 40, 36, 32), **registers)
    if kind < 7:
        return riscv_space((kind + 4) << 60 | _ROOT >> 12)
    tcr = choices.one_of(
        25 | 25 << 16 | _UPPER_4K, 16 | 17 << 16 | 1 << 14 | 1 << 30, 12 << 16 | 17 | 2 << 14 | 3 << 30
    )
    return aarch64_space(tcr | strange, _ROOT, choices.one_of(_ROOT, 0x2000), mair=0xFF440C0400)


def use_tables(data: bytes) -> None:
    """Find the areas and extents of an address space and follow addresses of each; they must agree."""
    choices = Choices(data)
    space = space_from(choices)
    content = choices.rest[:_MOST]
    memory = SegmentReader(
        [Segment(_ROOT, _ROOT + len(content), BytesContent(content), 0)] if content else (), ""
    )
    found = paged_areas(memory, space, limit=_LIMIT)
    _check(found, found.areas)
    extents = paged_extents(memory, space, limit=_LIMIT)
    _check(extents, extents.extents)
    list(map(str, found.notes))
    index = PhysicalIndex(extents.extents)
    for area in found.areas[:8]:
        for address in (area.start, area.end - 1):
            walk = walk_address(memory, space, address)
            assert walk.rights == area.rights
            assert walk.page_size in area.page_sizes
            assert extents.stopped is not None or address in index.virtual_addresses(walk.physical)
    for hidden in found.unread[:4]:
        walk = walk_address(memory, space, hidden.start)
        assert walk.physical is None
        assert walk.why


def _check(found: PagedAreas | PagedExtents, ranges) -> None:
    """Ranges are in order, apart and whole pages, and end where the walk stopped."""
    end = TOP if found.stopped is None else found.stopped
    assert all(left.end <= right.start for left, right in zip(ranges, ranges[1:]))
    assert all(one.start % 4096 == one.end % 4096 == 0 and one.start < one.end <= end for one in ranges)


def _table(entries: dict[int, int], size: int = 8) -> bytes:
    data = bytearray(4096)
    for index, entry in entries.items():
        struct.pack_into("<Q" if size == 8 else "<I", data, index * size, entry)
    return bytes(data)


def _chain(*entries: int, size: int = 8) -> bytes:
    """Tables from 0x1000 on, each with an entry in front that leads on, and one that leads back."""
    back = entries[0] & ~0xF000 | 0x1000
    return b"".join(
        _table({0: entry, 1: back if number else 0, 511: entry}, size) for number, entry in enumerate(entries)
    )


_X86 = _chain(0x2007, 0x3007, 0x4007, 0x9063)
_WIDE = _chain(0x2007, 0x3007, 0x4007, 0x5007, 0x9063)
_PAE = _chain(0x2001, 0x3007, 0x9063)
_NARROW = _chain(0x2007, 0x9063, size=4)
_RISCV = _chain(0x801, 0xC01, 0x1001, 0x1401, 0x24CF)
_ARM = _chain(0x2003, 0x3003, 0x9743)
_SHARED = b"".join(_table(dict.fromkeys(range(512), n << 12 | 7)) for n in (2, 3, 4)) + _table(
    {n: n << 12 | 5 + n % 2 * 2 for n in range(512)}
)

TARGETS = (
    Target(
        "page-tables",
        use_tables,
        (
            bytes([0, 0, 0]) + _X86,
            bytes([1, 0, 0]) + _WIDE,
            bytes([2, 0, 0]) + _PAE,
            bytes([3, 0, 0]) + _NARROW,
            *(bytes([kind, 0]) + _RISCV for kind in (4, 5, 6)),
            *(bytes([7, n, n % 3, 0]) + _ARM for n in range(8)),
            bytes([0, 0, 0]) + _SHARED,
        ),
        (b"\x07\x10", b"\x83\x00", b"\x01\x08", b"\x03\x20", b"\x00\x80", struct.pack("<Q", 0x1007)),
        largest=1 << 15,
        cost=8,
    ),
)
