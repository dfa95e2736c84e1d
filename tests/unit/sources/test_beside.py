"""Parts of memory are read from their files, as long as these are the files that are meant."""

from __future__ import annotations

import pytest
from ptatlas.core.ports import FilePart
from ptatlas.core.sources.beside import BesideReader
from ptatlas.core.sources.buffer import buffer_target

PAGE = 16
BASE = 0x1000


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"F" * 2 * PAGE + b"E" * 5)
    return path


def part(path, start, end, offset=0, identity=None):
    status = path.stat()
    return FilePart(start, end, str(path), identity or (status.st_dev, status.st_ino), offset)


def read(parts, address, size):
    other = buffer_target([(BASE, b"m" * 8 * PAGE, "rw-p")]).readers[0]
    room = bytearray(size)
    return bytes(room[: BesideReader(other, parts, PAGE).read_into(address, memoryview(room))])


def test_parts_come_from_files_and_the_rest_from_the_other_reader(file):
    parts = [part(file, BASE + PAGE, BASE + 2 * PAGE), part(file, BASE + 4 * PAGE, BASE + 5 * PAGE, PAGE)]
    assert read(parts, BASE, 6 * PAGE) == b"m" * 16 + b"F" * 16 + b"m" * 32 + b"F" * 16 + b"m" * 16
    assert read(parts, BASE + PAGE + 3, 4) == b"FFFF"
    assert read(parts, BASE + 2 * PAGE - 2, 4) == b"FFmm"


def test_a_read_ends_where_the_other_reader_ends(file):
    assert read([part(file, BASE, BASE + PAGE)], BASE + 8 * PAGE - 3, 10) == b"mmm"


def test_the_last_page_of_a_file_is_filled_with_zeros_and_behind_it_is_nothing(file):
    parts = [part(file, BASE, BASE + 4 * PAGE)]
    assert read(parts, BASE + 2 * PAGE, 2 * PAGE) == b"E" * 5 + bytes(11)
    assert read(parts, BASE + 2 * PAGE + 9, 4) == bytes(4)
    assert read(parts, BASE + 3 * PAGE, PAGE) == b""
    assert read(parts, BASE + 3 * PAGE + 5, 4) == b""


def test_behind_a_file_of_whole_pages_is_nothing(file):
    file.write_bytes(b"F" * PAGE)
    parts = [part(file, BASE, BASE + 3 * PAGE)]
    assert read(parts, BASE + PAGE - 2, 4) == b"FF"
    assert read(parts, BASE + PAGE + 5, 4) == b""


def test_a_file_that_became_another_is_not_read(file):
    mine = part(file, BASE, BASE + PAGE, identity=(1, 2))
    assert read([mine], BASE, PAGE) == b"m" * PAGE


def test_a_file_that_is_gone_is_not_missed(file):
    mine = part(file, BASE, BASE + PAGE)
    file.unlink()
    assert read([mine], BASE, PAGE) == b"m" * PAGE
