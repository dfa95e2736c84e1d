"""Ranges that are read in one way, and the rest in another."""

from __future__ import annotations

from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.sources.parted import PartedReader, Zeros
from ptatlas.core.walk.reading import read_up_to, readable_parts


class Numbers:
    """Reads at each address the address itself, modulo 251, and nothing from `end` on."""

    source, thread_safe = "numbers", False

    def __init__(self, end: int = TOP) -> None:
        self._end = end

    def read_into(self, address, buffer):
        size = max(0, min(len(buffer), self._end - address))
        buffer[:size] = bytes(n % 251 for n in range(address, address + size))
        return size


def numbers(start, end):
    return bytes(n % 251 for n in range(start, end))


def test_each_part_is_read_in_its_own_way():
    reader = PartedReader(RangeSet([Range(10, 20), Range(30, 40)]), Zeros(), Numbers())
    assert read_up_to(reader, 5, 40) == (
        numbers(5, 10) + bytes(10) + numbers(20, 30) + bytes(10) + numbers(40, 45)
    )
    assert read_up_to(reader, 12, 3) == bytes(3)


def test_it_is_called_after_what_it_lies_over_and_is_as_safe_as_both():
    reader = PartedReader(RangeSet([Range(0, 1)]), Zeros(), Numbers())
    assert (reader.source, reader.thread_safe) == ("numbers", False)


def test_a_read_ends_where_the_first_part_does_that_cannot_be_read_whole():
    reader = PartedReader(RangeSet([Range(20, 30)]), Zeros(), Numbers(end=15))
    assert read_up_to(reader, 10, 20) == numbers(10, 15)


def test_the_last_bytes_there_are_can_be_zeros():
    reader = PartedReader(RangeSet([Range(TOP - 2, TOP)]), Zeros(), Numbers())
    assert read_up_to(reader, TOP - 3, 3) == numbers(TOP - 3, TOP - 2) + bytes(2)


def test_what_lies_behind_a_hole_is_read_in_its_own_way():
    reader, buffer = (
        PartedReader(RangeSet([Range(0x3000, 0x4000)]), Zeros(), Numbers(0x1000)),
        bytearray(0x4000),
    )
    assert readable_parts(reader, 0, memoryview(buffer)) == [Range(0, 0x1000), Range(0x3000, 0x4000)]
