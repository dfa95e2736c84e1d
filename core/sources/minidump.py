"""Which memory a minidump holds, to the byte, and whether all that it lists is in it.

Its areas may be told by a copy of /proc/PID/maps or by whole pages, while its memory begins and ends
anywhere: at a stack pointer, or some bytes before and behind what a register points to. Layouts:
minidumpapiset.h, MINIDUMP_HEADER, MINIDUMP_DIRECTORY, MINIDUMP_MEMORY_LIST and MINIDUMP_MEMORY64_LIST; always
little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..elf.headers import ReadAt
from ..range_set import RangeSet
from ..ranges import TOP, Range

_MAGIC = 0x504D444D  # "MDMP"
_HEADER = struct.Struct("<IIII")  # magic, version, number of streams, where their directory lies
_ENTRY = struct.Struct("<III")  # type, size, where it lies
_MEMORY_LIST, _MEMORY64_LIST = 5, 9
_COUNT, _COUNT64 = struct.Struct("<I"), struct.Struct("<QQ")  # number of ranges; and where their bytes begin
_RANGE, _RANGE64 = (
    struct.Struct("<QII"),
    struct.Struct("<QQ"),
)  # first address, size, and for the first: where
_SHIFTED = (
    "{} bytes of the memory that the minidump lists are not in it: it was cut off, or LLDB 22 or 23 wrote it "
    "of a process with memory that can be read in part, and all above that shows the bytes of other addresses"
)
_MOST_STREAMS = 1 << 12
_MOST_BYTES = 1 << 23  # of a list: half a million ranges


class MemoryOfDump(NamedTuple):
    """The addresses whose bytes a dump lists, and how many of these bytes are beyond the end of its file."""

    held: RangeSet
    missing: int = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the content, in words."""
        return (_SHIFTED.format(self.missing),) if self.missing else ()


class _Listed(NamedTuple):
    """A range of memory, and where in the file its bytes end."""

    range: Range
    end: int


def memory_of_minidump(read: ReadAt, size: int) -> MemoryOfDump | None:
    """Return which memory a file of this size holds; None for one that is no minidump or is damaged."""
    header = read(0, _HEADER.size)
    if len(header) < _HEADER.size:
        return None
    magic, _, count, place = _HEADER.unpack(header)
    if magic != _MAGIC or count > _MOST_STREAMS:
        return None
    directory = read(place, count * _ENTRY.size)
    if len(directory) < count * _ENTRY.size:
        return None
    lists = [entry for entry in _ENTRY.iter_unpack(directory) if entry[0] in (_MEMORY_LIST, _MEMORY64_LIST)]
    is_damaged = len({kind for kind, _, _ in lists}) < len(lists)  # there is one of each at most
    if is_damaged or any(length > _MOST_BYTES for _, length, _ in lists):
        return None
    try:
        listed = [one for entry in lists for one in _ranges(read, *entry)]
    except struct.error:
        return None  # a list that is cut
    ends = max((one.end for one in listed), default=0)
    return MemoryOfDump(RangeSet(one.range for one in listed), max(0, ends - size))


def _ranges(read: ReadAt, kind: int, size: int, place: int) -> Iterator[_Listed]:
    """Yield the ranges of a list of memory."""
    content = read(place, size)
    head, row = (_COUNT, _RANGE) if kind == _MEMORY_LIST else (_COUNT64, _RANGE64)
    count, *base = head.unpack_from(content)
    # Some writers align the rows of the list to 8 bytes.
    start = size - count * row.size if size == 2 * _COUNT.size + count * row.size else head.size
    end = sum(base)  # the bytes of a list of 64 bits lie end to end, from there on
    for number in range(count):
        address, length, *at = row.unpack_from(content, start + number * row.size)
        end = (at[0] if at else end) + length
        yield _Listed(Range(address, min(address + length, TOP)), end)
