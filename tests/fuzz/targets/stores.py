"""Pools, stores and saved maps: their records alone, and whole files with all checksums made right again."""

from __future__ import annotations

import json
import struct
import tempfile
import zlib
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from ptatlas.core.errors import AtlasError
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.stored.circumstances import snapshot_of_fields
from ptatlas.core.images.stored.remembered_files import RememberedFile
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.memory.memory_map import MemoryMap
from ptatlas.core.pool import Pool
from ptatlas.core.pool.layout import ROOT_SIZE, Root, claimed_version, unpack_root
from ptatlas.core.store.about import unpack_about
from ptatlas.core.store.layout import (
    MAGIC,
    BlobRun,
    SectionRow,
    pack_catalogue,
    pack_run,
    pack_section,
    unpack_blobs,
    unpack_catalogue,
    unpack_header,
    unpack_runs,
    unpack_sections,
)
from support.pool_mutations import Forger

from fuzz.target import Choices, Target

PAGE = 4096


def use_root(data: bytes) -> None:
    """Read a root record whose checksum is right."""
    body = data[: ROOT_SIZE - 4].ljust(ROOT_SIZE - 4, b"\0")
    for slot in range(4):
        raw = body[:12] + struct.pack("<I", slot) + body[16:]
        claimed_version(raw)
        with suppress(AtlasError):
            unpack_root(raw + struct.pack("<I", zlib.crc32(raw)), slot)


def use_rows(data: bytes) -> None:
    """Read what a store has in its pool: the catalogue, the table of blobs, a record."""
    choices = Choices(data)
    read = choices.one_of(
        _record, _catalogue, unpack_blobs, lambda raw: list(unpack_runs(raw[: len(raw) // 24 * 24]))
    )
    read(choices.rest)


def _catalogue(raw: bytes) -> None:
    if len(raw) >= 16:
        unpack_catalogue(raw)


def _record(raw: bytes) -> None:
    header = unpack_header(raw[:40], len(raw))
    unpack_sections(raw[header.sections_at : header.runs_at], header, 2)
    list(unpack_runs(raw[header.runs_at :]))


def use_about(data: bytes) -> None:
    """Read what a record tells: a file that is remembered, and a snapshot."""
    fields = unpack_about(data)
    for item in fields.maybe_items("files"):
        RememberedFile.of_fields(item)
    repr(snapshot_of_fields("name", fields))


class Forged:
    """A good file, changed as an input says: a page, a place in it, a size, and so many new bytes; and again.

    All checksums are right then, so that what is behind them is reached.
    """

    def __init__(self, make) -> None:
        self._make = make

    @cached_property
    def _folder(self) -> Path:
        self._kept = tempfile.TemporaryDirectory(prefix="ptatlas-fuzz-", dir="/dev/shm")
        return Path(self._kept.name)

    @cached_property
    def _forger(self) -> tuple[Forger, bytes]:
        good = self._folder / "good"
        self._make(good)
        return Forger(good.read_bytes()), good.read_bytes()

    def changed(self, data: bytes) -> Path:
        """Return the path of the changed file."""
        forger, good = self._forger
        content = bytearray(good)
        pages = [forger.root_offset // PAGE, *forger.metadata]
        while len(data) > 5:
            page, place, size = (
                data[0] % len(pages),
                int.from_bytes(data[1:3], "little") % PAGE,
                1 + data[3] % 8,
            )
            at = pages[page] * PAGE + place
            content[at : at + size] = data[4 : 4 + size]
            data = data[4 + size :]
        forger.seal(content)
        path = self._folder / "changed"
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        return path


def _pool(path: Path) -> None:
    with Pool.attach(path) as pool:
        for key, size in enumerate((8, 100, 5000, 300_000)):
            pool.set_key(key, pool.malloc(size))
        pool.free(pool.malloc(40))


def _store(path: Path) -> None:
    image, images = Image("one"), Images()
    image.add_bytes(b"1" * 9000, 0x1000)
    images.attach(path)
    images["one"] = image
    images.save("one", path)
    images.detach(path)


def _map(path: Path) -> None:
    memory = MemoryMap()
    memory.add_bytes(b"2" * 9000, 0x1000)
    memory.save(path)


_POOL, _STORE, _MAP = Forged(_pool), Forged(_store), Forged(_map)


def use_pool(data: bytes) -> None:
    """Attach a pool, look at all blocks, and check it."""
    with Pool.attach(_POOL.changed(data), read_only=True) as pool:
        for key in range(5):
            address = pool.get_key(key)
            if address is not None:
                bytes(pool.view(address)[:100])
        pool.check()
        pool.stats()


def use_store(data: bytes) -> None:
    """Attach a store, list it, and read its images."""
    path, images = _STORE.changed(data), Images()
    images.attach(path, read_only=True)
    try:
        images.listed()
        for name in list(images):
            for section in images[name].sections[:20]:
                images[name].read(section.start, min(section.size, 5000))
    finally:
        images.detach(path)


def use_saved(data: bytes) -> None:
    """Load a saved map, and read it."""
    memory = MemoryMap.load(_MAP.changed(data))
    for start, end in list(memory.ranges)[:20]:
        memory.read(start, min(end - start, 5000))


_ABOUT = json.dumps(
    {
        "arch": {"word_size": 8, "endian": "little", "page_size": 4096, "ignored_bits": 0},
        "machine": 62,
        "machine_flags": 0,
        "taken": 1.5,
        "generation": 1,
        "pid": 7,
        "program": "p",
        "auxv": "00ff",
        "problems": [{"text": "t"}],
        "threads": [{"tid": 7, "signal": 5, "registers": {"rip": 1}}],
        "areas": [
            {"start": 4096, "end": 8192, "protection": 3, "offset": 0, "path": "[heap]", "deleted": True}
        ],
        "coverage": {
            "searched": 1,
            "never_touched": 0,
            "left_out": 0,
            "unreadable": [{"start": 0, "end": 1, "why": "w"}],
        },
        "files": [{"path": "a", "location": "/a", "size": 1, "mtime_ns": 0, "build_id": None}],
    }
).encode()
_RECORD = (
    struct.pack("<IIQQQQ", 1, 4, 4, 1, 1, 9)
    + b"name"
    + b"{}  "
    + pack_section(SectionRow(1, 10, None, None, False, 0, 1))
    + pack_run(BlobRun(9, 0, 0))
)
_CHANGES = (b"", b"\0\x50\0\7" + bytes(8), b"\1\0\0\3\1\2\3\4" * 3)

TARGETS = (
    Target("pool-root", use_root, (Root(1, 1 << 46).pack(0), bytes(512)), (b"ptpool\r\n",)),
    Target(
        "store-rows",
        use_rows,
        (
            b"\0" + _RECORD,
            b"\1" + pack_catalogue([1, 2]),
            b"\2" + struct.pack("<QQ", 8, 16),
            b"\3" + pack_run(BlobRun(9, 0, 0)),
        ),
        (MAGIC,),
    ),
    Target("store-about", use_about, (_ABOUT,), (b"null", b"1e999", b"[[[[", b'"areas"', b"\\ud800")),
    Target("pool-file", use_pool, _CHANGES, cost=10),
    Target("store-file", use_store, _CHANGES, cost=10),
    Target("saved-map", use_saved, _CHANGES, cost=10),
)
