"""Memory maps in files: saved whole or not at all, loaded without being read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptatlas.core.errors import InvalidArgument, MemoryFault, SourceError
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.memory.memory_map import MemoryMap
from ptatlas.core.pool import Pool
from support.disks import file_size_limit

TOP = 1 << 64
PAGE = 4096


class Reader:
    """Memory in which each byte is its address, modulo 251, up to an end."""

    source = "test"
    thread_safe = True

    def __init__(self, end: int = TOP) -> None:
        self.end = end

    def read_into(self, address: int, buffer: memoryview) -> int:
        size = max(0, min(len(buffer), self.end - address))
        buffer[:size] = bytes((address + at) % 251 for at in range(size))
        return size


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "saved"


def contents(memory: MemoryMap) -> dict[tuple[int, int], bytes]:
    return {(start, end): memory.read(start, end - start) for start, end in memory.ranges}


def test_bytes_files_and_readers_are_saved_as_what_they_show(path, tmp_path):
    (tmp_path / "file").write_bytes(os.urandom(3 * PAGE))
    memory = MemoryMap()
    memory.add_file(tmp_path / "file", 0x1000, 100)
    memory.add_bytes(b"over", 0x2000)
    memory.add_reader(Reader(), 0x100001, 0x105003)
    memory.add_bytes(b"top", TOP - 3)
    before = contents(memory)
    memory.save(path)
    (tmp_path / "file").unlink()
    assert contents(MemoryMap.load(path)) == before


@pytest.mark.parametrize("word_size", [None, 4, 8])
@pytest.mark.parametrize("endian", [None, "little", "big"])
def test_word_size_and_byte_order_are_kept(path, word_size, endian):
    MemoryMap(word_size, endian).save(path)
    loaded = MemoryMap.load(path)
    for name, value in (("word_size", word_size), ("endian", endian)):
        if value is None:
            getattr(loaded, f"set_{name}")({"word_size": 8, "endian": "big"}[name])
        else:
            assert getattr(loaded, name) == value


def test_holes_stay_holes(path):
    memory = MemoryMap()
    memory.add_bytes(bytes(PAGE), 0x1000)
    memory.add_bytes(b"x", 0x3000)
    memory.save(path)
    loaded = MemoryMap.load(path)
    assert loaded.ranges == ((0x1000, 0x2000), (0x3000, 0x3001))
    with pytest.raises(MemoryFault) as caught:
        loaded.read(0x1FFF, 2)
    assert (caught.value.address, caught.value.reason) == (0x2000, "unmapped")


def test_a_loaded_map_is_a_map_like_any_other(path):
    memory = MemoryMap(8, "little")
    memory.add_bytes(b"a needle and a needle", 0x1000)
    memory.save(path)
    loaded = MemoryMap.load(path)
    assert list(loaded.find_all(b"needle")) == [0x1002, 0x100F]
    loaded.add_bytes(b"NEEDLE", 0x1002)
    assert list(loaded.find_all(b"needle")) == [0x100F]
    loaded.save(path)
    assert MemoryMap.load(path).read(0x1000, 8) == b"a NEEDLE"


def test_an_open_file_is_written_and_loaded(path):
    memory = MemoryMap()
    memory.add_bytes(b"data", 0x1000)
    with open(path, "x+b") as file:
        memory.save(file)
        loaded = MemoryMap.load(file)
    assert loaded.read(0x1000, 4) == b"data"


def test_an_open_file_with_something_in_it_is_left_alone(path):
    path.write_bytes(b"mine")
    with open(path, "r+b") as file, pytest.raises(InvalidArgument, match="isn't empty"):
        MemoryMap().save(file)
    assert path.read_bytes() == b"mine"


def test_what_was_there_is_replaced_and_keeps_its_permissions(path):
    path.write_bytes(b"whatever")
    path.chmod(0o640)
    MemoryMap(8).save(path)
    assert MemoryMap.load(path).word_size == 8
    assert path.stat().st_mode & 0o777 == 0o640


def test_memory_that_cant_be_read_isnt_saved_and_nothing_is_left(path, tmp_path):
    path.write_bytes(b"before")
    memory = MemoryMap()
    memory.add_reader(Reader(0x3004), 0x1000, 0x5000)
    with pytest.raises(MemoryFault) as caught:
        memory.save(path)
    assert (caught.value.address, caught.value.reason) == (0x3004, "unreadable")
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["saved"]


def test_a_file_that_may_not_grow_is_an_error_and_nothing_is_left(path, tmp_path):
    memory = MemoryMap()
    memory.add_bytes(os.urandom(200 * PAGE), 0)
    with file_size_limit(100 * PAGE), pytest.raises(SourceError, match="saved': File too large"):
        memory.save(path)
    assert os.listdir(tmp_path) == []


def test_a_saved_map_is_a_store_with_one_image(path):
    memory = MemoryMap()
    memory.add_bytes(b"data", 0x1000)
    memory.save(path)
    images = Images()
    images.attach(path)
    assert images["memory"].read(0x1000, 4) == b"data"


def test_a_store_of_images_is_no_saved_map(path):
    images = Images()
    images.attach(path)
    images["it"] = Image("it")
    images.save("it", path)
    with pytest.raises(SourceError, match="not a saved map"):
        MemoryMap.load(path)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(str, id="nothing"),
        pytest.param(lambda path: path.write_bytes(b""), id="an empty file"),
        pytest.param(lambda path: path.write_bytes(b"text\n"), id="text"),
        pytest.param(lambda path: path.write_bytes(bytes(100_000)), id="zeros"),
        pytest.param(lambda path: path.write_bytes(os.urandom(100_000)), id="noise"),
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(os.mkfifo, id="a FIFO"),
        pytest.param(lambda path: Pool.attach(path).detach(), id="an empty pool"),
    ],
)
def test_anything_else_is_a_source_error(path, make):
    make(path)
    with pytest.raises(SourceError):
        MemoryMap.load(path)


@pytest.mark.parametrize("place", ["/dev/null", "{folder}", "{folder}/none/file"])
def test_what_is_no_place_for_a_file_is_a_source_error(tmp_path, place):
    with pytest.raises(SourceError):
        MemoryMap().save(place.format(folder=tmp_path))


@pytest.mark.parametrize("file", ["with\0a NUL", 3.5, None])
def test_what_is_no_file_is_an_invalid_argument(file):
    with pytest.raises(InvalidArgument):
        MemoryMap().save(file)
    with pytest.raises(InvalidArgument):
        MemoryMap.load(file)


def test_a_damaged_page_is_unreadable_and_the_rest_is_not(path):
    data = os.urandom(4 * PAGE)
    memory = MemoryMap()
    memory.add_bytes(data, 0)
    memory.save(path)
    content = bytearray(path.read_bytes())
    content[content.index(data[PAGE : 2 * PAGE])] ^= 1
    path.write_bytes(content)
    loaded = MemoryMap.load(path)
    assert loaded.read(2 * PAGE, 2 * PAGE) == data[2 * PAGE :]
    with pytest.raises(MemoryFault) as caught:
        loaded.read(PAGE, 1)
    assert caught.value.reason == "unreadable"


PLACES = st.tuples(
    st.one_of(st.integers(0, 5 * PAGE), st.integers(TOP - 5 * PAGE, TOP - 1)),
    st.integers(1, 3 * PAGE),
    st.sampled_from([b"\0", b"x", b"pattern "]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PLACES, max_size=8))
def test_whatever_is_mapped_comes_back(tmp_path_factory, places):
    path = tmp_path_factory.mktemp("maps") / "saved"
    memory = MemoryMap()
    for address, size, pattern in places:
        memory.add_bytes((pattern * size)[: min(size, TOP - address)], address)
    memory.save(path)
    assert contents(MemoryMap.load(path)) == contents(memory)
