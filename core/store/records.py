"""Records: reading them from a pool, and writing them to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import InvalidArgument, PoolCorrupt, PoolError, SourceError
from ..pool import Pool
from .about import Fields, pack_about, unpack_about
from .draft import Draft
from .layout import (
    BLOBS,
    CATALOGUE,
    COUNT_AT,
    HEADER_SIZE,
    MAX_NAME,
    MAX_RECORDS,
    PAGE,
    RUN_SIZE,
    VERSION,
    BlobRun,
    Header,
    SectionRow,
    claimed_version,
    pack_addresses,
    pack_catalogue,
    pack_count,
    pack_header,
    pack_run,
    pack_section,
    unpack_catalogue,
    unpack_header,
    unpack_runs,
    unpack_sections,
)


class CatalogueEntry(NamedTuple):
    """A record of the catalogue: its name, its address, and its header."""

    name: str
    address: int
    header: Header


class Record(NamedTuple):
    """A record: its description and its rows. `files` are the files that the description lists."""

    entry: CatalogueEntry
    about: Fields
    files: list[Fields]
    sections: list[SectionRow]
    runs: list[BlobRun]


def read_block(pool: Pool, address: int, what: str) -> bytes:
    """Return all of a block. Raises `PoolCorrupt` if it is missing, or claims to be larger than the file."""
    return _bytes(pool, address, 0, _size_of(pool, address, what))


def read_catalogue(pool: Pool) -> dict[str, CatalogueEntry]:
    """Return the records of a pool by name, in no order; only the beginning of each is read.

    Raises `SourceError` if the pool is not a store or of another version, `PoolCorrupt` if damaged.
    """
    address = pool.get_key(CATALOGUE)
    if address is None:
        if pool.stats().blocks:
            raise _no_store()
        return {}
    try:
        raw = _bytes(pool, address, 0, _size_of(pool, address, "the catalogue"))
    except PoolCorrupt:
        if pool.get_key(BLOBS) is None:
            raise _no_store() from None
        raise
    version = claimed_version(raw)
    if version is None:
        raise _no_store()
    if version != VERSION:
        raise SourceError(f"a store of version {version}; this program knows {VERSION}")
    entries = [_entry(pool, record) for record in unpack_catalogue(raw)]
    found = {entry.name: entry for entry in entries}
    if len(found) < len(entries):
        raise PoolCorrupt("two records of the store have the same name")
    return found


def read_record(pool: Pool, entry: CatalogueEntry) -> Record:
    """Return all of a record except the bytes that it places. Raises `PoolCorrupt` if it is damaged."""
    header = entry.header
    raw = read_block(pool, entry.address, f"the record {entry.name!r}")
    about_at = HEADER_SIZE + header.name_size
    about = unpack_about(raw[about_at : about_at + header.about_size])
    files = about.items("files")
    sections = unpack_sections(raw[header.sections_at : header.runs_at], header, len(files))
    runs = list(unpack_runs(raw[header.runs_at :]))
    for row in sections:
        if not row.in_file and _bytes_of(runs, row) != row.end - row.start:
            raise PoolCorrupt(f"the runs of the section at {row.start:#x} don't have its size")
    return Record(entry, about, files, sections, runs)


def read_runs(pool: Pool, entry: CatalogueEntry) -> list[BlobRun]:
    """Return only the runs of a record. Raises `PoolCorrupt` if it is damaged."""
    header = entry.header
    _size_of(pool, entry.address, f"the record {entry.name!r}")
    return list(unpack_runs(_bytes(pool, entry.address, header.runs_at, header.runs * RUN_SIZE)))


def write_record(pool: Pool, name: str, kind: int, about: Mapping[str, Any], draft: Draft) -> CatalogueEntry:
    """Write a record to the pool; return what the catalogue has of it.

    Raises `PoolError` if the pool can't grow, `InvalidArgument` for a bad name.
    """
    encoded = encode_name(name)
    told = pack_about(about)
    total = sum(row.end - row.start for row in draft.sections)
    header = Header(kind, len(encoded), len(told), len(draft.sections), len(draft.runs), total)
    head = (pack_header(header) + encoded + told).ljust(header.sections_at, b"\0")
    raw = b"".join((head, *map(pack_section, draft.sections), *map(pack_run, draft.runs)))
    return CatalogueEntry(name, write_block(pool, raw), header)


def write_catalogue(pool: Pool, addresses: list[int]) -> None:
    """Replace the catalogue.

    Raises `PoolError` if the pool can't grow, `InvalidArgument` if records are too many.
    """
    _check_count(len(addresses))
    replace_key(pool, CATALOGUE, pack_catalogue(addresses))


def extend_catalogue(pool: Pool, addresses: list[int], count: int) -> None:
    """Add records to the catalogue, which has `count` then; raises as `write_catalogue` does."""
    _check_count(count)
    if len(addresses) == count:
        replace_key(pool, CATALOGUE, pack_catalogue(addresses))
        return
    address = extend_key(pool, CATALOGUE, pack_addresses(addresses))
    pool.write_from(address, memoryview(pack_count(count)), COUNT_AT)


def extend_key(pool: Pool, key: int, raw: bytes) -> int:
    """Add bytes to the block under a key; return its address. Raises `PoolError` if the pool can't grow.

    A block of more than a page gets pages of its own, in which it grows without being copied until they are
    full.
    """
    old = pool.get_key(key)
    size = pool.size_of(old) if old is not None else 0
    whole = size + len(raw)
    stays = old is not None and old % PAGE == 0 and -(-size // PAGE) == -(-whole // PAGE)
    if whole <= PAGE or stays:
        address = pool.realloc(old, whole)
    else:
        address = pool.memalign(PAGE, whole)
        if old is not None:
            pool.write_from(address, memoryview(_bytes(pool, old, 0, size)))
            pool.free(old)
    if address != old:
        pool.set_key(key, address)
    pool.write_from(address, memoryview(raw), size)
    return address


def replace_key(pool: Pool, key: int, raw: bytes) -> None:
    """Store a block under a key, and free the key's old block. Raises `PoolError` if the pool can't grow."""
    old = pool.get_key(key)
    pool.set_key(key, write_block(pool, raw))
    if old is not None:
        pool.free(old)


def write_block(pool: Pool, raw: bytes) -> int:
    """Return the address of a new block with this content. Raises `PoolError` if the pool can't grow."""
    address = pool.malloc(len(raw))
    pool.write_from(address, memoryview(raw))
    return address


def encode_name(name: str) -> bytes:
    """Return a record's name as bytes. Raises `InvalidArgument` if it is too long or empty."""
    encoded = name.encode("utf-8", "surrogateescape")
    if not 0 < len(encoded) <= MAX_NAME:
        raise InvalidArgument(f"a name in a store has 1 to {MAX_NAME} bytes")
    return encoded


def _check_count(count: int) -> None:
    if count > MAX_RECORDS:
        raise InvalidArgument(f"a store holds at most {MAX_RECORDS} images")


def _entry(pool: Pool, address: int) -> CatalogueEntry:
    size = _size_of(pool, address, "a record")
    header = unpack_header(_bytes(pool, address, 0, min(size, HEADER_SIZE)), size)
    name = _bytes(pool, address, HEADER_SIZE, header.name_size)
    return CatalogueEntry(name.decode("utf-8", "surrogateescape"), address, header)


def _bytes_of(runs: list[BlobRun], row: SectionRow) -> int:
    return sum(run.size for run in runs[row.first : row.first + row.amount])


def _bytes(pool: Pool, address: int, offset: int, size: int) -> bytes:
    buffer = bytearray(size)
    pool.read_into(address, memoryview(buffer), offset)
    return bytes(buffer)


def _size_of(pool: Pool, address: int, what: str) -> int:
    """Return the size of a block. Raises `PoolCorrupt` if it is missing, or larger than the file.

    No page of a record is all zeros, so a block of a record is never larger than the file.
    """
    try:
        size = pool.size_of(address)
    except PoolCorrupt:
        raise
    except PoolError as error:
        raise PoolCorrupt(f"{what} should lie at {address:#x}, where no block is") from error
    stats = pool.stats()
    if size > stats.file_bytes and not stats.uncommitted:
        raise PoolCorrupt(f"{what} of {size} bytes is larger than the file")
    return size


def _no_store() -> SourceError:
    return SourceError("this is a pool, but no store of images", hint="give another file")
