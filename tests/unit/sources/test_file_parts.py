"""Parts of memory are read from their files, as long as these are the files that are meant."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import pytest
from ptatlas.core.ports.files import FilePart
from ptatlas.core.ranges import Range
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.sources.file_parts import FilePartReader
from ptatlas.core.walk.reading import readable_parts

PAGE = mmap.PAGESIZE
BASE = 0x10000


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
    return bytes(room[: FilePartReader(other, parts, PAGE).read_into(address, memoryview(room))])


def test_parts_come_from_files_and_the_rest_from_the_other_reader(file):
    parts = [part(file, BASE + PAGE, BASE + 2 * PAGE), part(file, BASE + 4 * PAGE, BASE + 5 * PAGE, PAGE)]
    assert read(parts, BASE, 6 * PAGE) == b"".join(
        letter * PAGE for letter in (b"m", b"F", b"m", b"m", b"F", b"m")
    )
    assert read(parts, BASE + PAGE + 3, 4) == b"FFFF"
    assert read(parts, BASE + 2 * PAGE - 2, 4) == b"FFmm"


def test_a_read_ends_where_the_other_reader_ends(file):
    assert read([part(file, BASE, BASE + PAGE)], BASE + 8 * PAGE - 3, 10) == b"mmm"


def test_the_last_page_of_a_file_is_filled_with_zeros_and_behind_it_is_nothing(file):
    parts = [part(file, BASE, BASE + 4 * PAGE)]
    assert read(parts, BASE + 2 * PAGE, 2 * PAGE) == b"E" * 5 + bytes(PAGE - 5)
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


class Counting:
    """A reader that counts how often it is asked."""

    source, thread_safe = "counting", True

    def __init__(self, end):
        self.end, self.count = end, 0

    def read_into(self, address, buffer):
        self.count += 1
        got = max(0, min(len(buffer), self.end - address))
        buffer[:got] = b"m" * got
        return got


def test_behind_the_end_of_a_file_nobody_looks_page_by_page(file):
    pages = 1 << 18
    behind = BASE + pages * PAGE
    other = Counting(behind + 2 * PAGE)
    reader = FilePartReader(other, [part(file, BASE, behind)], PAGE)
    assert reader.next_readable(BASE + 3 * PAGE + 1, behind + PAGE) == behind
    assert reader.next_readable(BASE + PAGE + 1, behind) == BASE + 2 * PAGE
    short = FilePartReader(other, [part(file, BASE, BASE + 9)], PAGE)
    assert short.next_readable(BASE + 1, behind) == BASE + 9
    buffer = memoryview(bytearray(4 * PAGE))
    # From the last page of the file on, and from the last page of the mapping.
    assert readable_parts(reader, BASE + 2 * PAGE, buffer) == [Range(BASE + 2 * PAGE, BASE + 3 * PAGE)]
    assert other.count == 0
    assert readable_parts(reader, behind - PAGE, buffer) == [Range(behind, behind + 2 * PAGE)]


def open_files(folder):
    """Which files of the folder this process has open."""
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    targets = [Path(os.readlink(link)) for link in links if os.path.lexists(link)]
    return sorted(target.name for target in targets if target.parent == folder)


def reader_of(parts):
    return FilePartReader(buffer_target([(BASE, b"m" * 64 * PAGE, "rw-p")]).readers[0], parts, PAGE)


def test_a_file_is_opened_once_and_closed_with_its_reader(file, tmp_path):
    reader, room = reader_of([part(file, BASE, BASE + 2 * PAGE)]), memoryview(bytearray(4))
    for address in (BASE, BASE + 8, BASE + PAGE):
        assert reader.read_into(address, room) == 4
        assert open_files(tmp_path) == ["file"]
    del reader
    assert open_files(tmp_path) == []


def test_of_many_files_only_a_few_are_open_at_a_time(tmp_path):
    files = [tmp_path / f"{number:02}" for number in range(20)]
    for number, path in enumerate(files):
        path.write_bytes(bytes([number]) * PAGE)
    places = [BASE + number * PAGE for number in range(len(files))]
    reader = reader_of([part(path, at, at + PAGE) for path, at in zip(files, places)])
    for number, place in [*enumerate(places), *enumerate(places)]:
        room = bytearray(PAGE)
        assert reader.read_into(place, memoryview(room)) == PAGE
        assert room == bytes([number]) * PAGE
    assert open_files(tmp_path) == [f"{number:02}" for number in range(12, 20)]


def test_a_file_that_is_open_is_the_one_that_was_meant_whatever_its_path_leads_to(file):
    reader, room = reader_of([part(file, BASE, BASE + PAGE)]), bytearray(PAGE)
    reader.read_into(BASE, memoryview(room))
    file.rename(file.with_name("old"))
    file.write_bytes(b"N" * PAGE)
    assert reader.read_into(BASE, memoryview(room)) == PAGE
    assert room == b"F" * PAGE


def test_a_file_that_becomes_shorter_while_it_is_open_ends_where_it_does(file):
    reader, room = reader_of([part(file, BASE, BASE + 3 * PAGE)]), bytearray(3 * PAGE)
    assert reader.read_into(BASE, memoryview(room)) == 3 * PAGE
    os.truncate(file, PAGE + 1)
    assert reader.read_into(BASE, memoryview(room)) == 2 * PAGE
    assert room[: 2 * PAGE] == b"F" * (PAGE + 1) + bytes(PAGE - 1)
