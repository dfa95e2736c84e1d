"""Relocations: which words of a file a dynamic linker changes, and to what."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ptatlas.core.byte_order import BIG, LITTLE
from ptatlas.core.elf.headers import ElfHeader, ProgramHeader
from ptatlas.core.elf.relocations import COPY, RELATIVE, SYMBOL, Relocations, relr
from ptatlas.core.elf.segments import Elf
from ptatlas.core.files.pinned import RegularFile
from ptatlas.core.images.mapped.backing import file_reader
from support.compile import CompileError, compile_c

WIDE = Elf(ElfHeader(8, LITTLE, 3, 62), (ProgramHeader(1, 4, 0, 0, 0x1000, 0x1000),))
NARROW = Elf(ElfHeader(4, BIG, 3, 40), (ProgramHeader(1, 4, 0, 0, 0x1000, 0x1000),))

LIBRARY = """
extern char **environ;
int one, two;
int *table[] = {&one, &two, &one};
static int here;
int *pointers[] = {&here, &here, &here, &here};
char ***outside = &environ;
"""


def encode_relr(words: list[int], elf: Elf) -> bytes:
    """Encode ascending word numbers as gABI says: an address, then bitmaps of what follows."""
    size, bits, entries = elf.word_size, 8 * elf.word_size - 1, []
    rest = sorted(set(words))
    while rest:
        entries.append(rest[0] * size)
        base, rest = rest[0] + 1, rest[1:]
        while rest and rest[0] < base + bits:
            covered = [word for word in rest if word < base + bits]
            entries.append(1 | sum(1 << (word - base + 1) for word in covered))
            rest, base = rest[len(covered) :], base + bits
    return elf.header.words(len(entries)).pack(*entries)


@given(words=st.lists(st.integers(0, 1000), unique=True), elf=st.sampled_from([WIDE, NARROW]))
def test_relr_names_the_words_that_were_encoded(words: list[int], elf: Elf) -> None:
    told = [
        place + bit * elf.word_size
        for place, bits in relr(encode_relr(words, elf), elf)
        for bit in range(bits.bit_length())
        if bits >> bit & 1
    ]
    assert told == [word * elf.word_size for word in sorted(words)]


def packed(words: list[int], elf: Elf) -> Relocations:
    """The relocations of a file that has only a RELR table of these words."""
    table = encode_relr(words, elf)
    entries = [36, 0x200, 35, len(table), 0, 0]
    dynamic = elf.header.words(len(entries)).pack(*entries)
    image = dynamic.ljust(0x200, b"\0") + table
    load = ProgramHeader(1, 4, 0, 0, 0x10000, 0x10000)
    dynamic_segment = ProgramHeader(2, 6, 0, 1 << 30, len(dynamic), len(dynamic))
    segments = (load, dynamic_segment)
    return Relocations(elf._replace(segments=segments), lambda at, size: image[at : at + size])


@given(
    words=st.lists(st.integers(0, 1000), unique=True),
    elf=st.sampled_from([WIDE, NARROW]),
    start=st.integers(0, 9000),
    size=st.integers(1, 3000),
)
@example(words=[0, 1, 63, 64, 127], elf=WIDE, start=504, size=1)
def test_packed_words_are_found_by_any_of_their_bytes(
    words: list[int], elf: Elf, start: int, size: int
) -> None:
    found = packed(words, elf).within(start, start + size)
    word = elf.word_size
    wanted = [n * word for n in sorted(words) if n * word < start + size and n * word + word > start]
    assert [(slot.address, slot.kind, slot.addend) for slot in found] == [
        (place, RELATIVE, None) for place in wanted
    ]


def test_a_packed_table_takes_room_for_what_it_has_not_for_what_it_names() -> None:
    """A mebibyte of ones names 8 million words."""
    entries = [36, 0x200, 35, 1 << 20, 0, 0]
    dynamic = WIDE.header.words(len(entries)).pack(*entries)
    image = dynamic.ljust(0x200, b"\0") + b"\xff" * (1 << 20)
    elf = WIDE._replace(
        segments=(
            ProgramHeader(1, 4, 0, 0, len(image), len(image)),
            ProgramHeader(2, 6, 0, 1 << 30, 48, 48),
        )
    )
    tracemalloc.start()
    table = Relocations(elf, lambda at, size: image[at : at + size])
    assert [slot.address for slot in table.within(0x3000, 0x3020)] == [0x3000, 0x3008, 0x3010, 0x3018]
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("flag", ["-Wl,-z,nopack-relative-relocs", "-Wl,-z,pack-relative-relocs"])
def test_the_tables_of_a_library_name_its_pointers(build_dir: Path, flag: str) -> None:
    try:
        library = compile_c(LIBRARY, build_dir, "-shared", "-fPIC", flag)
    except CompileError as error:
        pytest.skip(f"this linker has no {flag}: {error}")
    file = RegularFile.at(library)
    elf = Elf.parse(file_reader(file))
    assert elf is not None
    table = Relocations(elf, file_reader(file))
    start = symbol(library, "pointers")
    assert [(slot.address, slot.kind) for slot in table.within(start, start + 32)] == [
        (start + 8 * index, RELATIVE) for index in range(4)
    ]
    start = symbol(library, "table")
    assert [slot.kind for slot in table.within(start, start + 24)] == [SYMBOL] * 3
    assert list(table.within(start + 7, start + 9)) == list(table.within(start, start + 16))


def symbol(path: Path, name: str) -> int:
    from elftools.elf.elffile import ELFFile

    with path.open("rb") as stream:
        (found,) = ELFFile(stream).get_section_by_name(".dynsym").get_symbol_by_name(name)
    return int(found["st_value"])


def test_a_copy_is_as_long_as_its_symbol(build_dir: Path) -> None:
    """And is found by its last byte."""
    library = compile_c("const char table[77] = {1};", build_dir, "-shared", "-fPIC")
    code = "extern const char table[77]; int main(void) { return table[1]; }"
    program = compile_c(code, build_dir, str(library), "-fno-pie", "-no-pie")
    file = RegularFile.at(program)
    elf = Elf.parse(file_reader(file))
    assert elf is not None
    table = Relocations(elf, file_reader(file))
    start = symbol(program, "table")
    (slot,) = table.within(start + 76, start + 77)
    assert (slot.address, slot.kind, table.size_of(slot)) == (start, COPY, 77)
    assert list(table.within(start + 77, start + 78)) == []


def test_a_damaged_table_is_left_out() -> None:
    dynamic = struct.pack("<10Q", 7, 0xFFFFFFFFFFFF, 8, 24, 36, 0x200, 35, 1 << 60, 0, 0)
    image = dynamic.ljust(0x1000, b"\xff")
    elf = WIDE._replace(segments=(*WIDE.segments, ProgramHeader(2, 6, 0, 0, len(dynamic), len(dynamic))))
    table = Relocations(elf, lambda offset, size: image[offset : offset + size])
    # Only the two addresses in the dynamic section itself are left.
    assert [slot.address for slot in table.within(0, 0x1000)] == [8, 40]
