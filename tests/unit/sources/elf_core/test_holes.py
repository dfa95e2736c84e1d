"""Holes of sparse core files: memory that is known to be zeros without being read."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ptatlas.core.inferior import Inferior
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.sources import core_target
from support.core_builder import PAGE, CoreBuilder

BASE = 0x10000
BLOCK = 65536  # no file system has larger blocks


@pytest.fixture(autouse=True)
def _holes_are_told(tmp_path):
    path = tmp_path / "probe"
    with path.open("wb") as file:
        file.truncate(4 * BLOCK)
        if os.lseek(file.fileno(), 0, os.SEEK_HOLE) != 0:
            pytest.skip("this file system doesn't tell holes from zeros")


def sparse_core(path, written, blocks=16):
    """A core of one segment that begins at a block of the file and in which only these blocks are written."""
    builder = CoreBuilder().load(BASE, b"x", size=blocks * BLOCK)
    data = bytearray(builder.build()[:-1])
    data[64 + 8 : 64 + 16] = BLOCK.to_bytes(8, "little")  # p_offset
    data[64 + 32 : 64 + 40] = (blocks * BLOCK).to_bytes(8, "little")  # p_filesz
    with path.open("wb") as file:
        file.write(data)
        file.truncate((blocks + 1) * BLOCK)
        for block in written:
            file.seek((block + 1) * BLOCK)
            file.write(b"\xaa" * BLOCK)
    return core_target(str(path))


def blocks_of(ranges):
    return [(r.start - BASE) // BLOCK + n for r in ranges for n in range(r.size // BLOCK)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.sets(st.integers(0, 15)))
def test_holes_are_the_blocks_that_were_not_written(tmp_path, written):
    target = sparse_core(tmp_path / "core", written)
    assert blocks_of(target.untouched.untouched(0, TOP)) == [n for n in range(16) if n not in written]


def test_they_read_as_zeros(tmp_path):
    target, room = sparse_core(tmp_path / "core", {3}), bytearray(BLOCK)
    for hole in target.untouched.untouched(0, TOP):
        assert target.readers[0].read_into(hole.end - BLOCK, memoryview(room)) == BLOCK
        assert room == bytes(BLOCK)


def test_only_whole_pages_within_the_range_are_told(tmp_path):
    target = sparse_core(tmp_path / "core", {0})
    start = BASE + 2 * BLOCK
    assert list(target.untouched.untouched(start + 1, start + 3 * PAGE - 1)) == [
        Range(start + PAGE, start + 2 * PAGE)
    ]
    assert list(target.untouched.untouched(BASE, BASE + BLOCK)) == []


def test_what_was_cut_off_the_file_is_no_hole(tmp_path):
    target = sparse_core(tmp_path / "core", {0})
    os.truncate(tmp_path / "core", 2 * BLOCK)
    assert list(target.untouched.untouched(0, TOP)) == []


def test_absent_memory_is_no_hole(tmp_path):
    target = core_target(CoreBuilder().load(BASE, b"", size=4 * BLOCK).write(tmp_path / "core"))
    assert list(target.untouched.untouched(0, TOP)) == []
    assert list(target.absent.absent(0, TOP)) == [Range(BASE, BASE + 4 * BLOCK)]


def test_segments_that_touch_have_their_holes_in_one(tmp_path):
    path = tmp_path / "core"
    sparse_core(path, set())
    data = bytearray(path.read_bytes()[:120])
    half = 8 * BLOCK
    second = bytearray(data[64:120])
    second[8:16] = (BLOCK + half).to_bytes(8, "little")
    second[16:24] = (BASE + half).to_bytes(8, "little")
    for header, at in ((data, 64), (second, 0)):
        for field in (32, 40):
            header[at + field : at + field + 8] = half.to_bytes(8, "little")
    data[56:58] = (2).to_bytes(2, "little")  # e_phnum
    with path.open("r+b") as file:
        file.write(data + second)
    found = core_target(str(path)).untouched.untouched(0, TOP)
    assert list(found) == [Range(BASE, BASE + 16 * BLOCK)]


def test_real_cores_have_zeros_only_in_their_holes(dumped):
    target = core_target(dumped.core)
    holes = RangeSet(target.untouched.untouched(0, TOP))
    for start, content in dumped.contents.items():
        for part in holes.within(start, start + len(content)):
            # GDB writes zeros where it could read nothing, so its core is asked.
            room = bytearray(part.size)
            assert target.readers[0].read_into(part.start, memoryview(room)) == part.size
            assert not any(room)


def test_holes_are_searched_and_kept_as_zeros_not_as_memory_never_touched(tmp_path):
    inferior = Inferior(sparse_core(tmp_path / "core", {3}))
    search = inferior.find(Pattern.text("needle"))
    assert not list(search)
    assert (search.coverage.searched, search.coverage.never_touched) == (16 * BLOCK, 0)
    taken = inferior.snapshot("taken")
    assert (taken.coverage.searched, taken.coverage.never_touched) == (16 * BLOCK, 0)
