"""The format of a store, read with nothing but docs/stores.md, from a pool's blocks."""

from __future__ import annotations

import hashlib
import json
import random
import struct
import zlib
from pathlib import Path

import pytest
from ptatlas.core.errors import PoolCorrupt
from ptatlas.core.images.model.asid import Asid
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.memory.memory_map import MemoryMap
from ptatlas.core.pool import Pool
from ptatlas.core.store.layout import Header, SectionRow, pack_section, unpack_sections

PAGE = 4096
DATA = random.Random(2).randbytes(2 * PAGE) + bytes(3 * PAGE) + b"the end"


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    """The pool of a store with an image of captured bytes and of a file."""
    (tmp_path / "file").write_bytes(b"content of a file")
    images = Images()
    images.attach(tmp_path / "a.store")
    images["one"] = image = Image("one")
    image.add_bytes(DATA, 0x5000, Asid(cr3=7))
    image.add_file(tmp_path / "file", 3, 10, 2**64 - 10)
    images.save("one", tmp_path / "a.store")
    images.detach(tmp_path / "a.store")
    return Pool.attach(tmp_path / "a.store", read_only=True)


def block(pool: Pool, address: int) -> bytes:
    return bytes(pool.view(address))


def record(pool: Pool) -> bytes:
    magic, version, count, address = struct.unpack("<8sIIQ", block(pool, pool.get_key(0)))
    assert (magic, version, count) == (b"ptstore\n", 1, 1)
    return block(pool, address)


def test_a_record_is_as_documented(pool, tmp_path):
    raw = record(pool)
    kind, name_size, about_size, sections, runs, size = struct.unpack_from("<IIQQQQ", raw)
    assert (kind, sections, runs, size) == (1, 2, 3, len(DATA) + 10)
    assert raw[40 : 40 + name_size] == b"one"
    about = json.loads(raw[40 + name_size : 40 + name_size + about_size])
    (file,) = about["files"]
    found = (tmp_path / "file").stat()
    assert file == {
        "path": str(tmp_path / "file"),
        "location": str(tmp_path / "file"),
        "size": found.st_size,
        "mtime_ns": found.st_mtime_ns,
        "build_id": None,
        "digest": hashlib.sha256(b"content of a file").hexdigest(),
        "unproven": None,
    }
    at = -(-(40 + name_size + about_size) // 8) * 8
    rows = [struct.unpack_from("<QQIIQQQQ", raw, at + 56 * number) for number in range(sections)]
    assert rows[0] == (0x5000, 0x5000 + len(DATA) - 1, 1, 0, 7, 0, 0, 3)
    assert rows[1] == (2**64 - 10, 2**64 - 1, 4, 0, 0, 0, 0, 3)
    assert len(raw) == at + 56 * sections + 24 * runs


def test_the_runs_lead_to_the_bytes(pool):
    raw = record(pool)
    rows = [struct.unpack_from("<QQQ", raw, len(raw) - 24 * (3 - number)) for number in range(3)]
    pieces = [block(pool, blob)[at : at + size] if blob else bytes(size) for size, blob, at in rows]
    assert [size for size, _, _ in rows] == [2 * PAGE, 3 * PAGE, 7]
    assert b"".join(pieces) == DATA


def test_the_blobs_are_listed(pool):
    blobs = struct.unpack("<Q", block(pool, pool.get_key(2)))
    assert {struct.unpack_from("<QQQ", record(pool)[-72:], 24 * n)[1] for n in (0, 2)} == set(blobs)
    assert pool.size_of(blobs[0]) == 1 << 20


def test_the_index_names_the_pages(pool):
    raw = block(pool, pool.get_key(1))
    count, used = struct.unpack_from("<QQ", raw)
    slots = struct.unpack_from(f"<{count}Q", raw, 16)
    (blob,) = struct.unpack("<Q", block(pool, pool.get_key(2)))
    content = block(pool, blob)
    pages = [content[at : at + PAGE] for at in range(0, 3 * PAGE, PAGE)]
    wanted = {
        (zlib.crc32(page) >> 2) << 34 | (blob - pool.base) // PAGE + number
        for number, page in enumerate(pages)
    }
    assert (used, {slot for slot in slots if slot}) == (3, wanted)
    for slot in wanted:
        assert (slots.index(slot) - (slot >> 34)) % count < 64


def test_a_saved_map_is_a_record_of_its_kind(tmp_path):
    memory = MemoryMap(4, "big")
    memory.add_bytes(b"data", 0x1000)
    memory.save(tmp_path / "map")
    with Pool.attach(tmp_path / "map", read_only=True) as pool:
        raw = record(pool)
        kind, name_size, about_size = struct.unpack_from("<IIQ", raw)
        assert (kind, raw[40 : 40 + name_size]) == (3, b"memory")
        about = json.loads(raw[40 + name_size : 40 + name_size + about_size])
        assert about == {"files": [], "word_size": 4, "endian": "big"}


def test_no_run_is_of_two_sections():
    """As many sections, each of all runs, would take the square of the record's size to look at."""
    rows = [SectionRow(start, start + 9, None, None, False, 0, 1) for start in (0x1000, 0x2000)]
    raw = b"".join(map(pack_section, rows))
    assert unpack_sections(raw[: len(raw) // 2], Header(1, 1, 2, 1, 1, 9), 0) == rows[:1]
    with pytest.raises(PoolCorrupt, match="more than its 1 runs"):
        unpack_sections(raw, Header(1, 1, 2, 2, 1, 18), 0)
