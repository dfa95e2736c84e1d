"""An image as memory, and as areas."""

from __future__ import annotations

from pathlib import Path

from ptatlas.core.errors import MemoryFault
from ptatlas.core.images.model.asid import Asid
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.image_areas import ImageReader, image_areas

TOP = 1 << 64


def test_memory_is_read_as_far_as_the_image_goes() -> None:
    image = Image()
    image.add_bytes(b"abcd", 0x1000)
    image.add_bytes(b"efgh", 0x1004)
    buffer = bytearray(16)
    assert ImageReader(image).read_into(0x1002, memoryview(buffer)) == 6
    assert buffer[:6] == b"cdefgh"
    assert ImageReader(image).read_into(0x1008, memoryview(buffer)) == 0


def test_the_top_byte_is_read() -> None:
    image = Image()
    image.add_bytes(b"ab", TOP - 2)
    buffer = bytearray(16)
    assert ImageReader(image).read_into(TOP - 2, memoryview(buffer)) == 2
    assert buffer[:2] == b"ab"


def test_each_reader_reads_its_address_space() -> None:
    image = Image()
    image.add_bytes(b"a", 0, Asid(cr3=1))
    image.add_bytes(b"b", 0, Asid(cr3=2))
    buffer = bytearray(1)
    for cr3, byte in ((1, b"a"), (2, b"b")):
        assert ImageReader(image, Asid(cr3=cr3)).read_into(0, memoryview(buffer)) == 1
        assert buffer == byte
    assert ImageReader(image, Asid(cr3=3)).read_into(0, memoryview(buffer)) == 0


def test_the_callback_is_asked_and_its_faults_end_the_reading() -> None:
    image = Image()
    image.add_bytes(b"ab", 2)
    image.set_callback(callback)
    buffer = bytearray(8)
    assert ImageReader(image).read_into(0, memoryview(buffer)) == 6
    assert buffer[:6] == b"??ab??"


def callback(address: int, size: int, _asid: Asid) -> bytes:
    if address >= 6:
        raise MemoryFault(address, size)
    return b"?" * min(size, 6 - address)


def test_a_section_that_is_gone_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"cd")
    image = Image()
    image.add_bytes(b"ab", 0)
    image.add_file(path, 0, 2, 2)
    path.unlink()
    buffer = bytearray(4)
    assert ImageReader(image).read_into(0, memoryview(buffer)) == 2
    assert len(image.dropped) == 1


def test_areas_tell_files_from_captured_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    image = Image()
    image.add_file(path, 0, 10, 0x1000)
    image.add_bytes(b"ab", 0x1004)
    assert [(area.start, area.end, area.offset, area.path, area.kind) for area in image_areas(image)] == [
        (0x1000, 0x1004, 0, str(path), "file"),
        (0x1004, 0x1006, None, "", None),
        (0x1006, 0x100A, 6, str(path), "file"),
    ]


def test_an_image_is_a_memory_map(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)))
    image = Image()
    image.add_file(path, 0, 16, 0x1000)
    image.add_bytes(b"captured", 0x1010)
    image.add_bytes(b"x", 0x1004, Asid(cr3=1))
    memory = image.memory(Asid(cr3=1))
    assert memory.get_bytes(0x1003, 3) == b"\x03x\x05"
    assert memory.find(b"\x0fcapt") == 0x100F
    assert [memory.is_mapped(address) for address in (0xFFF, 0x1000, 0x1017, 0x1018)] == [
        False,
        True,
        True,
        False,
    ]
    assert not image.memory(Asid(cr3=2)).is_mapped(0x1004)
