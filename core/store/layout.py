"""The format of a store within its pool, as docs/stores.md lays it out. Everything is little-endian."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import PoolCorrupt
from ..ranges import TOP, align_up

MAGIC = b"ptstore\n"
VERSION = 1
# Keys of the pool.
CATALOGUE, INDEX, BLOBS = 0, 1, 2
KEY_NAMES = {CATALOGUE: "catalogue", INDEX: "index", BLOBS: "blobs"}

PAGE = 4096
# Bytes of memory lie in blocks of at most this size. A small one frees its space sooner, a large one makes
# fewer runs.
BLOB = 1 << 20
MAX_RECORDS = 1 << 16
MAX_NAME = 1 << 12
MAX_ABOUT = 1 << 28

IMAGE, SNAPSHOT, MEMORY_MAP = 1, 2, 3
KINDS = {IMAGE: "image", SNAPSHOT: "snapshot", MEMORY_MAP: "memory map"}

_CATALOGUE = struct.Struct("<8sII")
_COUNT = struct.Struct("<I")
COUNT_AT = _CATALOGUE.size - _COUNT.size  # the offset of the catalogue's count
_ADDRESS = struct.Struct("<Q")
_HEADER = struct.Struct("<IIQQQQ")
_SECTION = struct.Struct("<QQIIQQQQ")
_RUN = struct.Struct("<QQQ")
HEADER_SIZE, SECTION_SIZE, RUN_SIZE = _HEADER.size, _SECTION.size, _RUN.size
ADDRESS_SIZE = _ADDRESS.size

_HAS_CR3, _HAS_VMCS, _IN_FILE = 1, 2, 4


class Header(NamedTuple):
    """A record's beginning: its kind, and the sizes of what follows. `bytes` is the size of all sections."""

    kind: int
    name_size: int
    about_size: int
    sections: int
    runs: int
    bytes: int

    @property
    def sections_at(self) -> int:
        """The offset of the section rows: behind the name and the description of the record."""
        return align_up(HEADER_SIZE + self.name_size + self.about_size, 8)

    @property
    def runs_at(self) -> int:
        """The offset of the run rows."""
        return self.sections_at + self.sections * SECTION_SIZE

    @property
    def size(self) -> int:
        """The size of the record in bytes."""
        return self.runs_at + self.runs * RUN_SIZE


class SectionRow(NamedTuple):
    """A section: `amount` runs from number `first` on, or, `in_file`, file `first` from byte `amount` on."""

    start: int
    end: int
    cr3: int | None
    vmcs: int | None
    in_file: bool
    first: int
    amount: int


class BlobRun(NamedTuple):
    """Consecutive bytes of a blob; if `blob` is 0, zeros that are not stored."""

    size: int
    blob: int
    offset: int


def pack_catalogue(addresses: list[int]) -> bytes:
    """Return the catalogue of records at these addresses."""
    head = _CATALOGUE.pack(MAGIC, VERSION, len(addresses))
    return head + pack_addresses(addresses)


def pack_count(count: int) -> bytes:
    """Return the catalogue's count as bytes."""
    return _COUNT.pack(count)


def unpack_catalogue(raw: bytes) -> list[int]:
    """Return the addresses of the records; the caller has checked the magic and the version.

    Raises `PoolCorrupt` if the size doesn't fit the count, or an address is there twice.
    """
    _, _, count = _CATALOGUE.unpack_from(raw)
    if count > MAX_RECORDS or len(raw) != _CATALOGUE.size + count * _ADDRESS.size:
        raise PoolCorrupt(f"the store's catalogue of {len(raw)} bytes claims {count} records")
    addresses = [address for (address,) in _ADDRESS.iter_unpack(raw[_CATALOGUE.size :])]
    if len(set(addresses)) < count:
        raise PoolCorrupt("the store's catalogue names a record twice")
    return addresses


def pack_addresses(addresses: list[int]) -> bytes:
    """Return addresses as tables have them: all of the table of blobs, and the catalogue behind its head."""
    return b"".join(map(_ADDRESS.pack, addresses))


def unpack_blobs(raw: bytes) -> list[int]:
    """Return the addresses of all blobs. Raises `PoolCorrupt` unless they are in order."""
    if len(raw) % _ADDRESS.size:
        raise PoolCorrupt(f"the table of blobs has {len(raw)} bytes")
    found = [address for (address,) in _ADDRESS.iter_unpack(raw)]
    if any(one >= other for one, other in zip(found, found[1:])):
        raise PoolCorrupt("the table of blobs is not in order")
    return found


def claimed_version(raw: bytes) -> int | None:
    """Return the version that a catalogue claims, or None if it isn't a catalogue."""
    if len(raw) < _CATALOGUE.size or raw[: len(MAGIC)] != MAGIC:
        return None
    return int(_CATALOGUE.unpack_from(raw)[1])


def pack_header(header: Header) -> bytes:
    """Return a record's beginning as bytes."""
    return _HEADER.pack(*header)


def unpack_header(raw: bytes, size: int) -> Header:
    """Return the beginning of a record of `size` bytes. Raises `PoolCorrupt` if it is impossible."""
    if len(raw) < HEADER_SIZE:
        raise PoolCorrupt(f"a record of {size} bytes")
    header = Header(*_HEADER.unpack_from(raw))
    if header.kind not in KINDS:
        raise PoolCorrupt(f"a record of kind {header.kind}")
    if not 1 <= header.name_size <= MAX_NAME or header.about_size > MAX_ABOUT:
        raise PoolCorrupt(f"a record with {header.name_size} bytes of name, {header.about_size} about it")
    if header.size != size:
        raise PoolCorrupt(f"a record of {size} bytes claims {header.size}")
    return header


def pack_section(row: SectionRow) -> bytes:
    """Return a section row as bytes."""
    flags = (
        (_HAS_CR3 if row.cr3 is not None else 0)
        | (_HAS_VMCS if row.vmcs is not None else 0)
        | (_IN_FILE if row.in_file else 0)
    )
    return _SECTION.pack(row.start, row.end - 1, flags, 0, row.cr3 or 0, row.vmcs or 0, row.first, row.amount)


def unpack_sections(raw: bytes, header: Header, files: int) -> list[SectionRow]:
    """Return the section rows of a record that names `files` files.

    Raises `PoolCorrupt` if one is impossible.
    """
    rows = [_section(fields, header, files) for fields in _SECTION.iter_unpack(raw)]
    if sum(row.end - row.start for row in rows) != header.bytes:
        raise PoolCorrupt(f"the sections of a record don't have the {header.bytes} bytes that it claims")
    # Else as many sections, each of all runs, would take the square of the record's size to look at.
    if sum(row.amount for row in rows if not row.in_file) > header.runs:
        raise PoolCorrupt(f"the sections of a record have more than its {header.runs} runs")
    return rows


def _section(fields: tuple[int, ...], header: Header, files: int) -> SectionRow:
    start, last, flags, rest, cr3, vmcs, first, amount = fields
    in_file = bool(flags & _IN_FILE)
    if (
        last < start
        or flags > 7
        or rest
        or (cr3 and not flags & _HAS_CR3)
        or (vmcs and not flags & _HAS_VMCS)
    ):
        raise PoolCorrupt(f"a section at {start:#x}..{last + 1:#x} with flags {flags:#x}")
    if first >= files if in_file else first + amount > header.runs:
        raise PoolCorrupt(f"the section at {start:#x} lies in what the record doesn't have")
    if in_file and amount + last + 1 - start > TOP:
        raise PoolCorrupt(f"the section at {start:#x} lies past the end of any file")
    return SectionRow(
        start,
        last + 1,
        cr3 if flags & _HAS_CR3 else None,
        vmcs if flags & _HAS_VMCS else None,
        in_file,
        first,
        amount,
    )


def pack_run(run: BlobRun) -> bytes:
    """Return a run row as bytes."""
    return _RUN.pack(*run)


def unpack_runs(raw: bytes) -> Iterator[BlobRun]:
    """Yield the runs of these rows. Raises `PoolCorrupt` if one is impossible; the blob is not checked."""
    for size, blob, offset in _RUN.iter_unpack(raw):
        if not size or (offset + size > BLOB if blob else offset):
            raise PoolCorrupt(f"a run of {size} bytes at {offset:#x} of blob {blob:#x}")
        yield BlobRun(size, blob, offset)
