"""ELF headers and program headers."""

from __future__ import annotations

import pytest
from ptatlas.core.elf.headers import (
    PT_LOAD,
    ElfHeader,
    ProgramHeader,
    noted_header_count,
    program_header_count,
    program_headers,
    read_header,
    usual_page_size,
)
from ptatlas.core.errors import SourceError
from support.core_builder import EM_386, EM_IA_64, EM_PPC64, EM_SPARCV9, EM_X86_64, CoreBuilder

SHAPES = [
    pytest.param(word_size, endian, id=f"{8 * word_size} bits, {endian}")
    for word_size in (4, 8)
    for endian in ("little", "big")
]


def reader(data):
    return lambda offset, size: data[offset : offset + size]


@pytest.mark.parametrize(("word_size", "endian"), SHAPES)
def test_the_header_tells_word_size_byte_order_and_machine(word_size, endian):
    header = read_header(reader(CoreBuilder(word_size, endian, EM_386).load(0, b"x").build()))
    assert (header.word_size, header.endian, header.machine, header.type) == (word_size, endian, EM_386, 4)


@pytest.mark.parametrize(("word_size", "endian"), SHAPES)
def test_program_headers_are_read_field_by_field(word_size, endian):
    data = CoreBuilder(word_size, endian).load(0x10000, b"abc", "r-x", 0x2000).build()
    (found,) = program_headers(read_header(reader(data)), reader(data))
    assert found == ProgramHeader(PT_LOAD, 5, len(data) - 3, 0x10000, 3, 0x2000, 0)


@pytest.mark.slow
@pytest.mark.parametrize(("word_size", "endian"), SHAPES)
def test_from_65535_headers_on_a_section_header_has_their_number(word_size, endian):
    builder = CoreBuilder(word_size, endian)
    for number in range(70_000):
        builder.load(0x1000 * number, size=0x1000)
    data = builder.build(xnum=True)
    header = read_header(reader(data))
    assert header.phnum == 0xFFFF
    assert program_header_count(header, reader(data)) == 70_000
    assert [h.address for h in program_headers(header, reader(data))][-1] == 0x1000 * 69_999


@pytest.mark.slow
@pytest.mark.parametrize(("word_size", "endian"), SHAPES)
@pytest.mark.parametrize("notes", [True, False])
def test_where_their_number_is_cut_off_they_end_where_contents_begin(word_size, endian, notes):
    builder = CoreBuilder(word_size, endian)
    if notes:
        builder.note(b"CORE", 3, bytes(136))
    for number in range(70_000):
        builder.load(0x1000 * number, b"x", size=0x1000)
    data = builder.build(xnum=True)
    header = read_header(reader(data))._replace(shoff=len(data))
    assert noted_header_count(header, reader(data)) is None
    found = list(program_headers(header, reader(data)))
    assert len(found) == 70_000 + notes
    assert found[-1].address == 0x1000 * 69_999


@pytest.mark.parametrize(
    ("machine", "borders", "size"),
    [
        pytest.param(EM_X86_64, [0x1000], 4096, id="x86-64"),
        pytest.param(EM_SPARCV9, [0x2000, 0x4000], 8192, id="sparc64"),
        pytest.param(EM_IA_64, [0x4000], 16384, id="ia64"),
        pytest.param(EM_PPC64, [0x10000], 65536, id="ppc64"),
        pytest.param(EM_PPC64, [0x10000, 0x21000], 4096, id="ppc64 with small pages"),
    ],
)
def test_the_page_size_that_a_machine_usually_has(machine, borders, size):
    assert usual_page_size(machine, borders) == size


def test_headers_that_are_longer_than_known_are_stepped_over():
    data = bytearray(
        CoreBuilder(8, "big", EM_PPC64).load(0x1000, b"", size=1).load(0x2000, b"", size=1).build()
    )
    table = data[64:]
    longer = b"".join(bytes(table[at : at + 56]) + bytes(8) for at in (0, 56))
    data[54:56] = (64).to_bytes(2, "big")  # e_phentsize
    data[64:] = longer
    found = program_headers(read_header(reader(bytes(data))), reader(bytes(data)))
    assert [h.address for h in found] == [0x1000, 0x2000]


def test_a_table_that_is_cut_off_gives_what_is_whole():
    data = CoreBuilder().load(0x1000).load(0x2000).build()[:-1]
    assert [h.address for h in program_headers(read_header(reader(data)), reader(data))] == [0x1000]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        pytest.param(b"", "not an ELF file", id="empty"),
        pytest.param(b"#!/bin/sh\n" * 10, "not an ELF file", id="a script"),
        pytest.param(b"\x7fELF", "word size or byte order", id="the magic number alone"),
        pytest.param(b"\x7fELF\x03\x01\x01" + bytes(60), "word size or byte order", id="unknown class"),
        pytest.param(b"\x7fELF\x02\x03\x01" + bytes(60), "word size or byte order", id="unknown byte order"),
        pytest.param(b"\x7fELF\x02\x01\x01" + bytes(56), "ends within its header", id="cut off"),
    ],
)
def test_what_is_no_elf_file_is_refused_with_the_reason(data, what):
    with pytest.raises(SourceError, match=what):
        read_header(reader(data))


def test_program_headers_of_an_impossible_size_are_refused():
    data = bytearray(CoreBuilder().load(0x1000).build())
    data[54:56] = (10).to_bytes(2, "little")
    with pytest.raises(SourceError, match="10 bytes"):
        list(program_headers(read_header(reader(bytes(data))), reader(bytes(data))))


def test_no_program_headers_whatever_size_they_should_have():
    header = ElfHeader(8, "little", 4, 62, phoff=64, phentsize=(1 << 64) - 200, phnum=0)
    assert list(program_headers(header, reader(b""))) == []
