"""Tables and notes that claim more than a file has, or name the same bytes again: each byte is read once."""

from __future__ import annotations

import struct

import pytest
from ptatlas.core.elf.headers import (
    PT_LOAD,
    PT_NOTE,
    ProgramHeader,
    has_all_headers,
    program_headers,
    read_header,
)
from ptatlas.core.elf.notes import build_id_in, find_build_id, note_segments, notes
from ptatlas.core.errors import SourceError


class Counted:
    """A file that counts the bytes that are asked of it."""

    def __init__(self, content: bytes) -> None:
        self._content, self.asked = content, 0

    def __call__(self, offset: int, size: int) -> bytes:
        self.asked += size
        return self._content[offset : offset + size]


def elf(count: int, entry_size: int, table: bytes) -> bytes:
    header = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, entry_size, count, 0, 0, 0)
    return b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + header + table


def note(offset: int, size: int) -> ProgramHeader:
    return ProgramHeader(PT_NOTE, 4, offset, 0, size, size, 4)


def one_note(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<III", 4, len(content), kind) + b"GNU\0" + content


def test_headers_that_claim_four_gigabytes_are_damage():
    read = Counted(elf(0xFFFF, 0xFFFF, bytes(4096)))
    with pytest.raises(SourceError, match="65535 bytes"):
        list(program_headers(read_header(read), read))
    assert find_build_id(read) is None
    assert read.asked < 1 << 10


def test_a_table_is_read_up_to_the_file_s_end():
    read = Counted(elf(0xFFFE, 56, struct.pack("<IIQQQQQQ", PT_LOAD, 4, 0, 1, 0, 8, 8, 1) * 3))
    assert len(list(program_headers(read_header(read), read))) == 3
    assert read.asked < 2 << 20


def test_more_headers_than_are_read_are_not_all_there():
    header = read_header(Counted(elf(1, 56, bytes(56))))
    assert has_all_headers(header, 1 << 22, lambda _offset, size: bytes(size))
    assert not has_all_headers(header, (1 << 22) + 1, lambda _offset, size: bytes(size))


def test_headers_that_are_not_used_are_left_out():
    used, unused = (struct.pack("<IIQQQQQQ", kind, 4, 0, 7, 0, 8, 8, 1) for kind in (PT_LOAD, 0))
    for table in (unused * 40_000 + used, used + unused * 40_000, unused + used + unused):
        read = Counted(elf(len(table) // 56, 56, table))
        assert [header.address for header in program_headers(read_header(read), read)] == [7]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param([(0, 8), (8, 8)], [(0, 8), (8, 8)], id="one behind the other"),
        pytest.param([(8, 8), (0, 8)], [(0, 8), (8, 8)], id="in the file's order"),
        pytest.param([(0, 8)] * 1000, [(0, 8)], id="the same again and again"),
        pytest.param([(0, 16), (4, 4), (15, 8), (16, 8)], [(0, 16), (16, 8)], id="within and across"),
        pytest.param([(0, 0), (0, 8)], [(0, 0), (0, 8)], id="empty"),
    ],
)
def test_no_byte_belongs_to_two_segments_of_notes(given, kept):
    load = ProgramHeader(PT_LOAD, 4, 2, 0, 8, 8, 4)
    segments = [load, *(note(*place) for place in given)]
    assert [(each.offset, each.file_size) for each in note_segments(segments)] == kept


def test_a_build_id_is_looked_for_in_each_byte_once():
    content = one_note(5) * 4000
    read = Counted(content)
    assert build_id_in("<", [note(0, len(content))] * 1000, read) is None
    assert read.asked == len(content)


@pytest.mark.parametrize("align", [4, 8])
@pytest.mark.parametrize("content", [b"", b"abc", b"abcd", bytes(1 << 19)])
def test_notes_are_found_across_windows(align: int, content: bytes):
    def pad(data: bytes) -> bytes:
        return data + bytes(-len(data) % align)

    data = b""
    while len(data) < 600_000:
        data += pad(pad(struct.pack("<III", 4, len(content), len(data) % 1000) + b"GNU\0") + content)
    segment = ProgramHeader(PT_NOTE, 4, 16, 0, len(data), len(data), align)
    read = Counted(bytes(16) + data)
    found = list(notes("<", segment, read))
    assert all(bytes(read(each.offset, each.size)) == content for each in found)
    step = len(pad(pad(bytes(16)) + content))
    assert [each.type for each in found] == [at % 1000 for at in range(0, len(data), step)]
