"""Leaks that are alike are one group, by size and by what their first words point to in modules."""

from __future__ import annotations

import struct
from types import SimpleNamespace

import pytest
from ptatlas.core.blocks.block import BlockTotal
from ptatlas.core.ports.program import Symbol
from ptatlas.core.references.leak_groups import LeakGroup, class_of, leak_groups
from ptatlas.core.references.leaks import Leader
from support.mapped import mapped

MAP = """
00400000-00401000 r-xp 00000000 08:01 9 /prog
00401000-00402000 rw-p 00001000 08:01 9 /prog
00500000-00540000 rw-p 00000000 00:00 0 [heap]
"""


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("vtable for Shape", "Shape"),
        ("vtable for geo::Map<int, char>", "geo::Map<int, char>"),
        ("_ZTV5Shape", "Shape"),
        ("_ZTVN3geo5ShapeE", "geo::Shape"),
        ("_ZTV", None),
        ("_ZTI5Shape", None),
        ("handlers", None),
    ],
)
def test_a_class_is_known_by_the_symbol_of_its_vtable(name, known):
    assert class_of(Symbol(name, 16)) == known
    assert class_of(None) is None


def test_sizes_and_first_words_make_groups():
    vtable, table = 0x401010, 0x401100
    words = {0: vtable, 0x40: vtable, 0x20000: vtable, 0x80: table, 0xC0: 0x500000, 0x100: 7, 0x140: 0x6F6F6F}
    content = bytearray(0x40000)
    for at, word in words.items():
        struct.pack_into("<Q", content, at, word)

    def symbol_at(address: int) -> Symbol | None:
        return Symbol("vtable for Shape", address - 0x401000) if address < 0x401100 else None

    inferior = mapped(MAP, {0x500000: bytes(content)}, symbols=SimpleNamespace(symbol_at=symbol_at))
    one = BlockTotal(1, 10)
    leaders = [
        Leader(0x500000 + at, 40 if at != 0x140 else 8, one if at == 0x40 else BlockTotal())
        for at in sorted(words)
    ]
    assert leak_groups(inferior, leaders) == [
        LeakGroup(40, "Shape", vtable, 4, 3, 130, 0x500000),
        LeakGroup(40, None, None, 2, 2, 80, 0x5000C0),
        LeakGroup(40, None, table, 1, 1, 40, 0x500080),
        LeakGroup(8, None, None, 1, 1, 8, 0x500140),
    ]


def test_what_cannot_be_read_has_no_first_word():
    inferior = mapped(MAP, {0x500000: bytes(4096)})
    leaders = [Leader(at, 16, BlockTotal()) for at in (0x500010, 0x500FFC, 0x502000)]
    (group,) = leak_groups(inferior, leaders)
    assert (group.leaders, group.first_word) == (3, None)
    assert leak_groups(inferior, []) == []
