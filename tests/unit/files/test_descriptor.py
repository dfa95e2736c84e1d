"""Descriptors are closed with their owner's last reference."""

import os
import warnings
from pathlib import Path

import pytest
from ptatlas.core.files.descriptor import Descriptor
from support.uncollected import without_collector


@pytest.fixture
def opened(tmp_path: Path) -> int:
    (tmp_path / "a").write_bytes(b"content")
    return os.open(tmp_path / "a", os.O_RDONLY)


def is_open(number: int) -> bool:
    return os.path.exists(f"/proc/self/fd/{number}")


def test_a_regular_file_can_be_read_through_it(opened: int) -> None:
    assert os.pread(Descriptor(opened).number, 7, 0) == b"content"


def test_it_is_closed_with_the_last_reference_and_without_a_warning(opened: int) -> None:
    owner = Descriptor(opened)
    assert is_open(opened)
    with without_collector(), warnings.catch_warnings():
        warnings.simplefilter("error")
        del owner
        assert not is_open(opened)


def test_it_is_closed_once(opened: int) -> None:
    owner = Descriptor(opened)
    owner.close()
    other = os.dup(0)
    assert other == opened, "the number is used anew"
    owner.close()
    del owner
    assert is_open(other)
    os.close(other)
