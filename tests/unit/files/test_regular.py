"""Regular files: opened without waiting, told from one another, read as far as they go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.files.regular import look_at_regular_file, open_regular_file, read_file_at

CONTENT = bytes(range(256))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def descriptor(path: Path) -> Iterator[int]:
    descriptor, _ = open_regular_file(str(path))
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize(
    ("offset", "size", "read"),
    [
        pytest.param(0, 4, CONTENT[:4], id="the-beginning"),
        pytest.param(250, 10, CONTENT[250:], id="across-the-end"),
        pytest.param(256, 1, b"", id="at-the-end"),
        pytest.param(2**63 - 8, 8, b"", id="as-far-as-a-file-can-go"),
        pytest.param(2**63, 8, b"", id="farther-than-a-file-can-go"),
        pytest.param(2**64, 8, b"", id="beyond-all-bounds"),
        pytest.param(-1, 8, b"", id="before-the-beginning"),
    ],
)
def test_reading_is_short_where_there_is_no_more(
    descriptor: int, offset: int, size: int, read: bytes
) -> None:
    buffer = bytearray(size)
    assert bytes(buffer[: read_file_at(descriptor, offset, memoryview(buffer))]) == read


def test_a_file_is_the_same_until_it_is_written_cut_or_replaced(path: Path) -> None:
    first = look_at_regular_file(str(path))
    assert look_at_regular_file(str(path)) == first
    os.utime(path, ns=(1, 1))
    written = look_at_regular_file(str(path))
    os.truncate(path, 10)
    os.utime(path, ns=(1, 1))
    cut = look_at_regular_file(str(path))
    other = path.with_name("other")
    other.write_bytes(bytes(10))
    os.utime(other, ns=(1, 1))
    other.rename(path)
    assert len({first, written, cut, look_at_regular_file(str(path))}) == 4


def test_a_message_has_the_name_that_the_user_gave(path: Path) -> None:
    with pytest.raises(SourceError, match=r"^'mine' is a directory, not a regular file$"):
        open_regular_file(str(path.parent), "mine")


def test_a_refused_file_is_not_left_open(path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    for bad in (path.parent, path / "none", Path("/dev/zero")):
        with pytest.raises(SourceError):
            open_regular_file(str(bad))
    assert os.listdir("/proc/self/fd") == before
