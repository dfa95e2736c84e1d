"""The dynamic linker's list for debuggers, by its layout in memory; a real one is in test_relocated_words."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import WordSize
from ptatlas.core.byte_order import BIG, LITTLE, Endian
from ptatlas.core.elf.headers import ElfHeader, ReadAt
from ptatlas.core.elf.link_map import LinkedObject, LinkerDebug, linked_objects

DEBUG, FIRST, SECOND = 0x1000, 0x1100, 0x1200
WIDE = ElfHeader(8, LITTLE, 3, 62)


def memory(header: ElfHeader, structures: dict[int, tuple[int, ...]]) -> ReadAt:
    """Memory from DEBUG on that holds these words, and ends after them."""
    content = bytearray(max(structures) - DEBUG)
    for address, words in structures.items():
        packed = header.words(len(words)).pack(*words)
        content[address - DEBUG : address - DEBUG + len(packed)] = packed

    def read(address: int, size: int) -> bytes:
        return bytes(content[address - DEBUG :][:size]) if address >= DEBUG else b""

    return read


def two_objects(last: int = 0) -> dict[int, tuple[int, ...]]:
    return {
        DEBUG: (1, FIRST, 0x5555, 0, 0x7000),
        FIRST: (0x10, 0x20, 0x30, SECOND),
        SECOND: (0x40, 0x50, 0x60, last),
    }


@pytest.mark.parametrize("word_size", [4, 8])
@pytest.mark.parametrize("endian", [LITTLE, BIG])
def test_the_structures_are_read_word_by_word(word_size: WordSize, endian: Endian) -> None:
    header = ElfHeader(word_size, endian, 3, 62)
    read = memory(header, two_objects())
    assert LinkerDebug.read(header, read, DEBUG) == (1, FIRST, 0x5555, 0, 0x7000)
    assert list(linked_objects(header, read, DEBUG)) == [
        LinkedObject(bias=0x10, name=0x20, dynamic=0x30, next=SECOND),
        LinkedObject(bias=0x40, name=0x50, dynamic=0x60, next=0),
    ]


@pytest.mark.parametrize(
    ("last", "count"),
    [
        pytest.param(FIRST, 2, id="a-circle"),
        pytest.param(SECOND, 2, id="itself"),
        pytest.param(SECOND + 8, 2, id="cut-off"),
        pytest.param(0x10, 2, id="nowhere"),
    ],
)
def test_a_damaged_list_ends_where_it_is_damaged(last: int, count: int) -> None:
    assert len(list(linked_objects(WIDE, memory(WIDE, two_objects(last)), DEBUG))) == count


@pytest.mark.parametrize("debug", [0, 0x10, SECOND + 8])
def test_without_the_structure_there_is_no_list(debug: int) -> None:
    read = memory(WIDE, two_objects())
    assert list(linked_objects(WIDE, read, debug)) == []
    assert LinkerDebug.read(WIDE, read, debug) is None
