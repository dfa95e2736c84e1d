"""Which file systems are asked about the holes of their files."""

from __future__ import annotations

import os

import pytest
from ptatlas.core.files.pinned import OpenFile
from ptatlas.core.files.systems import tells_current_holes


def test_shared_memory_tells_its_holes_as_they_are():
    descriptor = os.memfd_create("sparse")
    try:
        assert tells_current_holes(descriptor)
        assert OpenFile.shared(descriptor).tells_current_holes
    finally:
        os.close(descriptor)


def test_a_file_system_that_is_not_known_to_is_not_asked():
    with open("/proc/self/status", "rb") as file:
        assert not tells_current_holes(file.fileno())


@pytest.mark.parametrize("descriptor", [-1, 1 << 20])
def test_no_file_tells_anything(descriptor):
    assert not tells_current_holes(descriptor)
