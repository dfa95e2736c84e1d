"""Notes and build-ids."""

from __future__ import annotations

import subprocess

import pytest
from ptatlas.core.elf.headers import program_headers, read_header
from ptatlas.core.elf.notes import SlidingWindow, find_build_id, notes
from ptatlas.core.errors import SourceError
from support.compile import compile_c
from support.core_builder import CoreBuilder, elf_image


def reader(data):
    return lambda offset, size: data[offset : offset + size]


def notes_of(data, **changes):
    read = reader(data)
    header = read_header(read)
    segment = next(program_headers(header, read))._replace(**changes)
    return [(n.owner, n.type, read(n.offset, n.size)) for n in notes(header.order, segment, read)]


@pytest.mark.parametrize("endian", ["little", "big"])
def test_notes_come_in_order_with_owner_type_and_content(endian):
    builder = (
        CoreBuilder(8, endian).note(b"CORE", 1, b"abcde").note(b"A", 0x46494C45, b"").note(b"LINUX", 2, b"x")
    )
    assert notes_of(builder.build()) == [(b"CORE", 1, b"abcde"), (b"A", 0x46494C45, b""), (b"LINUX", 2, b"x")]


def test_notes_may_be_aligned_to_8():
    builder = CoreBuilder().note(b"GNU", 5, b"12345", 8).note(b"GNU", 3, b"id", 8)
    assert notes_of(builder.build(), align=8) == [(b"GNU", 5, b"12345"), (b"GNU", 3, b"id")]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"\xff\xff\xff\x7f\0\0\0\0\1\0\0\0", id="a name that never ends"),
        pytest.param(b"\5\0\0\0\xff\xff\xff\xff\1\0\0\0CORE\0\0\0\0", id="a content that never ends"),
        pytest.param(bytes(400), id="zeros"),
    ],
)
def test_damaged_notes_are_said_to_be_after_those_that_are_whole(damage):
    builder = CoreBuilder().note(b"CORE", 1, b"whole")
    builder.notes += damage
    read = reader(builder.build())
    header = read_header(read)
    found = notes(header.order, next(program_headers(header, read)), read)
    assert next(found).type == 1
    with pytest.raises(SourceError, match="damaged"):
        next(found)


def test_a_window_gives_what_it_reads_whatever_the_order():
    data = bytes(range(256)) * 5000
    calls = []

    def read(offset, size):
        calls.append(offset)
        return data[offset : offset + size]

    window = SlidingWindow(read)
    places = [(0, 10), (20, 5), (1_200_000, 300), (5, 700_000), (1_279_999, 100), (1_280_000, 1)]
    assert [window(*place) for place in places] == [data[at : at + size] for at, size in places]
    assert len(calls) < len(places)


@pytest.mark.parametrize("word_size", [4, 8])
@pytest.mark.parametrize("endian", ["little", "big"])
def test_a_build_id_is_found(word_size, endian):
    image = elf_image(b"\x01\x02\xff" * 6, word_size=word_size, endian=endian)
    assert find_build_id(reader(image)) == b"\x01\x02\xff" * 6


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(elf_image(None), id="none in it"),
        pytest.param(b"", id="empty"),
        pytest.param(b"hello" * 100, id="no ELF file"),
        pytest.param(elf_image(b"12345678")[:64], id="cut off after the header"),
        pytest.param(elf_image(b"12345678")[:130], id="cut off in the note"),
    ],
)
def test_without_a_build_id_there_is_none(image):
    assert find_build_id(reader(image)) is None


def test_it_is_the_one_that_the_linker_put_there(tmp_path):
    program = compile_c("int main(void) { return 0; }", tmp_path, "-Wl,--build-id=0x0123456789abcdef")
    assert find_build_id(reader(program.read_bytes())) == bytes.fromhex("0123456789abcdef")
    subprocess.run(["strip", "--strip-all", program], check=True)
    assert find_build_id(reader(program.read_bytes())) == bytes.fromhex("0123456789abcdef")
