"""The last page of a file, as whoever maps it sees it."""

from __future__ import annotations

import ctypes
import mmap
import os

import pytest
from ptatlas.core.files.last_page import read_last_page

PAGE = mmap.PAGESIZE


@pytest.fixture
def file():
    descriptor = os.memfd_create("last page")
    os.write(descriptor, b"a" * PAGE + b"end")
    yield descriptor
    os.close(descriptor)


def test_behind_the_end_it_is_zeros_as_long_as_nobody_wrote_there(file):
    assert read_last_page(file, PAGE + 3, PAGE) == b"end".ljust(PAGE, b"\0")


def test_what_was_written_there_through_a_mapping_is_seen(file):
    with mmap.mmap(file, 3, offset=PAGE) as mapped:
        address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
        ctypes.memmove(address + 100, b"more", 4)  # of the mapped page, though not of the file
        assert read_last_page(file, PAGE + 3, PAGE)[98:106] == b"\0\0more\0\0"


@pytest.mark.parametrize(
    "size", [pytest.param(PAGE, id="no page is cut"), pytest.param(5 * PAGE + 1, id="the file has shrunk")]
)
def test_there_is_none(file, size):
    assert read_last_page(file, size, PAGE) is None
