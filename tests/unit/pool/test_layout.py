"""The file is what docs/pool.md says, byte by byte: read here with nothing but the struct module."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from ptatlas.core.pool import Pool

PAGE = 4096
BASE = 0x7654_3210_0000
GUARD = bytes.fromhex("9de1b5c7a9d3f18b")
LARGE_GUARD = bytes(0x80 | (37 * number & 0x7F) for number in range(16))


class Reader:
    """Reads a pool file as the document says."""

    def __init__(self, path: Path) -> None:
        self.file = path.read_bytes()
        self.slots = [self.file[slot * PAGE : slot * PAGE + 512] for slot in range(4)]
        self.root = max(self.slots, key=lambda slot: self.number(slot, 16))

    def number(self, raw: bytes, offset: int, size: int = 8) -> int:
        return int.from_bytes(raw[offset : offset + size], "little")

    def file_page(self, entry: int) -> bytes:
        content = self.file[(entry & 0xFFFFFFFF) * PAGE :][:PAGE]
        assert zlib.crc32(content) == entry >> 32
        return content

    def page(self, tree: int, index: int) -> bytes | None:
        entry, height = struct.unpack_from("<QQ", self.root, 80 + 16 * tree)
        if index >= 512**height:
            return None
        for level in reversed(range(height)):
            if not entry:
                return None
            entry = self.number(self.file_page(entry), 8 * (index >> 9 * level & 511))
        return self.file_page(entry) if entry else None

    def bytes_at(self, address: int, size: int) -> bytes:
        first, last = (address - BASE) // PAGE, (address - BASE + size - 1) // PAGE
        pages = [self.page(0, index) or bytes(PAGE) for index in range(first, last + 1)]
        start = (address - BASE) % PAGE
        return b"".join(pages)[start : start + size]

    def unit(self, unit: int) -> tuple[int, int, int]:
        page = self.page(1, unit // 512)
        number = self.number(page, 8 * (unit % 512)) if page else 0
        return number & 3, number >> 2 & 63, number >> 8

    def chunks(self, unit: int) -> list[int]:
        raw = self.page(2, 32 * unit)
        count = self.number(raw, 0)
        while len(raw) < 8 + 2 * count:
            raw += self.page(2, 32 * unit + len(raw) // PAGE)
        assert not any(raw[8 + 2 * count :])
        return [self.number(raw, 8 + 2 * at, 2) for at in range(count)]

    def used(self) -> set[int]:
        bitmap = self.page(3, 0)
        return {page for page in range(8 * PAGE) if bitmap[page // 8] >> page % 8 & 1}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pool"


def test_the_root_record_is_as_documented(path: Path) -> None:
    with Pool.attach(path, BASE) as pool:
        addresses = [pool.malloc(size) for size in (10, 20, 100_000)]
        pool.set_key(15, 0xDEAD_BEEF)
        pool.commit()
        pool.free(addresses[1])
    read = Reader(path)
    for number, slot in enumerate(read.slots):
        assert slot[:8] == b"ptpool\r\n"
        assert struct.unpack_from("<II", slot, 8) == (1, number)
        assert read.number(slot, 16) % 2 == number // 2
        assert struct.unpack_from("<QII", slot, 24) == (BASE, 4096, 64)
        assert not any(slot[272:508])
        assert read.number(slot, 508, 4) == zlib.crc32(slot[:508])
    file_pages, used_pages, blocks, live_bytes, units = struct.unpack_from("<5Q", read.root, 40)
    assert (read.number(read.root, 16), blocks, live_bytes, units) == (2, 2, 100_010, 3)
    assert file_pages * PAGE <= len(read.file)
    assert read.used() <= set(range(file_pages))
    assert len(read.used()) == used_pages
    assert struct.unpack_from("<16Q", read.root, 144) == (0,) * 15 + (0xDEAD_BEEF,)


def test_small_blocks_are_as_documented(path: Path) -> None:
    sizes = [1, 7, 8, 9, 4095, 20_000]
    with Pool.attach(path, BASE) as pool:
        addresses = [pool.malloc(size) for size in sizes]
        for address in addresses:
            pool.view(address)[:] = bytes([pool.size_of(address) % 255 + 1]) * pool.size_of(address)
        pool.free(addresses[3])
    read = Reader(path)
    chunks = read.chunks(1)
    lengths = [(chunk & 0x7FFF) * 8 if chunk & 0x8000 else (chunk + 8) & ~7 for chunk in chunks]
    assert sum(lengths) == 64 * PAGE
    assert [chunk for chunk in chunks if not chunk & 0x8000] == [1, 7, 8, 4095, 20_000]
    assert chunks[3] == 0x8000 | 2
    assert read.unit(1) == (1, 0, max((chunk & 0x7FFF) for chunk in chunks if chunk & 0x8000))
    address = BASE + 64 * PAGE
    for chunk, length in zip(chunks, lengths):
        if not chunk & 0x8000:
            assert address == addresses[sizes.index(chunk)]
            assert read.bytes_at(address, chunk) == bytes([chunk % 255 + 1]) * chunk
            assert read.bytes_at(address + chunk, length - chunk) == GUARD[chunk - length :]
        address += length


def test_large_blocks_are_as_documented(path: Path) -> None:
    with Pool.attach(path, BASE) as pool:
        address = pool.malloc(600_000)
        pool.view(address)[:] = b"L" * 600_000
        aligned = pool.memalign(1 << 17, 5000)
        pool.view(aligned)[4999] = 1
    read = Reader(path)
    assert address == BASE + 64 * PAGE
    assert [read.unit(unit) for unit in (0, 1, 2, 3)] == [(0, 0, 0), (2, 0, 600_000), (3, 0, 1), (3, 0, 2)]
    assert read.bytes_at(address, 600_000) == b"L" * 600_000
    assert read.bytes_at(address + 600_000, 16) == LARGE_GUARD
    unit, lead = divmod((aligned - BASE) // PAGE, 64)
    assert read.unit(unit) == (2, lead, 5000)
    assert read.page(0, (aligned - BASE) // PAGE) is None
    assert read.bytes_at(aligned, 5000) == bytes(4999) + b"\1"


def test_the_newer_of_two_generations_counts(path: Path) -> None:
    with Pool.attach(path, BASE) as pool:
        address = pool.malloc(5)
        for word in (b"first", b"later", b"final"):
            pool.view(address)[:] = word
            pool.commit()
    read = Reader(path)
    assert sorted(read.number(slot, 16) for slot in read.slots) == [2, 2, 3, 3]
    assert read.bytes_at(address, 5) == b"final"
