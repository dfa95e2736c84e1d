"""Elf: headers, build-ids, and damaged files."""

from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.byte_order import LITTLE
from ptatlas.core.elf.headers import PT_LOAD, ElfHeader, ProgramHeader
from ptatlas.core.elf.segments import Elf
from ptatlas.core.files.pinned import RegularFile
from ptatlas.core.images.mapped.backing import file_reader
from support.compile import compile_c

PROGRAM = "int main(void) { return 0; }"


@pytest.fixture
def program(build_dir: Path) -> Path:
    return compile_c(PROGRAM, build_dir, "-Wl,--build-id")


def test_segments_are_those_that_pyelftools_reads(program: Path) -> None:
    elf = Elf.parse(file_reader(RegularFile.at(program)))
    assert elf is not None
    with program.open("rb") as stream:
        expected = [
            (s["p_flags"], s["p_offset"], s["p_vaddr"], s["p_filesz"], s["p_memsz"])
            for s in ELFFile(stream).iter_segments()
        ]
    assert [segment[1:6] for segment in elf.segments] == expected


def test_the_build_id_is_the_one_that_pyelftools_reads(program: Path) -> None:
    read = file_reader(RegularFile.at(program))
    elf = Elf.parse(read)
    assert elf is not None
    with program.open("rb") as stream:
        note = next(iter(ELFFile(stream).get_section_by_name(".note.gnu.build-id").iter_notes()))
    found = elf.build_id(read, in_memory=False)
    assert found is not None
    assert found.hex() == note["n_desc"]


def test_a_program_without_a_build_id_has_none(build_dir: Path) -> None:
    read = file_reader(RegularFile.at(compile_c(PROGRAM, build_dir, "-Wl,--build-id=none")))
    elf = Elf.parse(read)
    assert elf is not None
    assert elf.build_id(read, in_memory=False) is None


def test_offsets_and_addresses_are_told_by_the_segments() -> None:
    segments = (
        ProgramHeader(PT_LOAD, 5, 0, 0x400000, 0x1234, 0x1234),
        ProgramHeader(PT_LOAD, 6, 0x1234, 0x402234, 0x100, 0x900),
    )
    elf = Elf(ElfHeader(8, LITTLE, 2, 62), segments)
    assert elf.base == 0x400000
    assert elf.offset_of(0x402240) == 0x1240
    assert elf.offset_of(0x402400) is None  # zeros that no file holds
    # The page in which both segments lie is loaded twice.
    assert elf.loads(0x1000, 0x401000)
    assert elf.loads(0x1000, 0x402000)
    assert not elf.loads(0x1000, 0x403000)


@given(length=st.integers(0, 5000), place=st.integers(0, 120), byte=st.integers(0, 255))
def test_damaged_headers_are_read_or_refused_but_never_break(
    program_bytes: bytes, length: int, place: int, byte: int
) -> None:
    data = bytearray(program_bytes[:length])
    if place < len(data):
        data[place] = byte

    def read(offset: int, size: int) -> bytes:
        return bytes(data[max(offset, 0) : max(offset, 0) + size])

    elf = Elf.parse(read)
    if elf is not None:
        elf.build_id(read, in_memory=False)
        elf.build_id(read, in_memory=True)


@pytest.fixture(scope="module")
def program_bytes(build_dir: Path) -> bytes:
    return compile_c(PROGRAM, build_dir, "-Wl,--build-id").read_bytes()
