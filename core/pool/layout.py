"""The pool's file format: its constants and its root record, as docs/pool.md lays them out.

Everything is little-endian. A *file page* is a page of the file; a *pool page* is a page of the
pool's own address space, which begins at `base`. Trees map pool pages to the file pages that hold them,
and the root record gives the trees' positions.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from ..errors import PoolCorrupt

MAGIC = b"ptpool\r\n"  # the line end reveals a file that was copied in text mode
VERSION = 1

PAGE_BITS = 12
PAGE = 1 << PAGE_BITS
ZEROS = bytes(PAGE)
# The heap allocates pool pages in units: a region of small blocks, or the units of one large block.
UNIT_PAGES = 64
UNIT_BITS = PAGE_BITS + 6
UNIT = 1 << UNIT_BITS

SLOTS = 4
HEADER_PAGES = SLOTS
ROOT_SIZE = 512  # one sector: the smallest size that disks write as a whole

MAX_POOL = 1 << 46
MAX_UNITS = MAX_POOL >> UNIT_BITS
MAX_BLOCK = 1 << 40
MAX_BLOCKS = MAX_POOL >> 3  # each takes 8 bytes at least, one of no bytes too
MAX_FILE_PAGES = 1 << 32
MAX_GENERATION = 1 << 60  # each has a byte of its own among the lock's offsets
FANOUT_BITS = 9
FANOUT = 1 << FANOUT_BITS
MAX_HEIGHT = 4
KEYS = 16

# A heap region's chunk table may take this many pages of the TABLES tree.
TABLE_STRIDE = 32
# One page of the SPACE tree is a bitmap of this many file pages.
GROUP = PAGE * 8

DATA, UNITS, TABLES, SPACE = range(4)
TREES = ("data", "units", "tables", "space")

PAGE_MASK = 0xFFFFFFFF
SUM_SHIFT = 32

_ROOT = struct.Struct("<8sIIQQIIQQQQQ8Q16Q")
_SUM = struct.Struct("<I")
_SUM_AT = ROOT_SIZE - _SUM.size


class Root(NamedTuple):
    """One commit: where everything is. `trees` are pairs of the top node's entry and the height."""

    generation: int
    base: int
    file_pages: int = HEADER_PAGES
    used_pages: int = HEADER_PAGES
    blocks: int = 0
    live_bytes: int = 0
    unit_end: int = 1
    trees: tuple[tuple[int, int], ...] = ((0, 0),) * 4
    keys: tuple[int, ...] = (0,) * KEYS

    def pack(self, slot: int) -> bytes:
        """Return the record as it is stored in root slot `slot`, `ROOT_SIZE` bytes."""
        tops = [number for tree in self.trees for number in tree]
        head = _ROOT.pack(
            MAGIC, VERSION, slot, self.generation, self.base, PAGE, UNIT_PAGES, self.file_pages,
            self.used_pages, self.blocks, self.live_bytes, self.unit_end, *tops, *self.keys,
        )  # fmt: skip
        body = head.ljust(_SUM_AT, b"\0")
        return body + _SUM.pack(zlib.crc32(body))


def unpack_root(raw: bytes, slot: int) -> Root:
    """Return the record in root slot `slot`, whose version the caller has checked.

    Raises `PoolCorrupt` if it is not a root record: too short, a wrong sum, a field out of its bounds.
    """
    if len(raw) < ROOT_SIZE or _SUM.unpack_from(raw, _SUM_AT)[0] != zlib.crc32(raw[:_SUM_AT]):
        raise PoolCorrupt(f"root slot {slot}: its checksum doesn't fit")
    magic, _, number, generation, base, page, unit_pages, *rest = _ROOT.unpack_from(raw)
    file_pages, used, blocks, live_bytes, unit_end = rest[:5]
    trees = tuple(zip(rest[5:13:2], rest[6:13:2]))
    root = Root(generation, base, file_pages, used, blocks, live_bytes, unit_end, trees, tuple(rest[13:]))
    if (magic, number, page, unit_pages) != (MAGIC, slot, PAGE, UNIT_PAGES):
        raise PoolCorrupt(
            f"root slot {slot}: written for slot {number}, pages of {page} bytes, units of {unit_pages}"
        )
    problem = root_problem(root)
    if problem:
        raise PoolCorrupt(f"root slot {slot}: {problem}")
    return root


def root_problem(root: Root) -> str:
    """Return which fields of a root record are impossible, or an empty string."""
    if not valid_base(root.base):
        return f"base {root.base:#x} is not an address for a pool"
    if root.generation > MAX_GENERATION:
        return f"generation {root.generation}"
    if not HEADER_PAGES <= root.used_pages <= root.file_pages <= MAX_FILE_PAGES:
        return f"{root.used_pages} pages in use of {root.file_pages}"
    is_possible = 0 <= root.blocks <= MAX_BLOCKS and 0 <= root.live_bytes <= MAX_POOL
    if not 1 <= root.unit_end <= MAX_UNITS or not is_possible:
        return f"{root.unit_end} units, {root.blocks} blocks, {root.live_bytes} bytes in them"
    for name, (entry, height) in zip(TREES, root.trees):
        if height > MAX_HEIGHT or bool(entry) != bool(height):
            return f"tree {name} with top {entry:#x} and height {height}"
    return ""


def valid_base(base: int) -> bool:
    """Return whether a pool can begin at `base`: page-aligned, not null, and its end fits in 64 bits."""
    return 0 < base <= (1 << 64) - MAX_POOL and base % PAGE == 0


def claimed_version(raw: bytes) -> int:
    """Return the version that a root slot claims, or 0 if it isn't the slot of any pool."""
    if len(raw) < 12 or raw[:8] != MAGIC:
        return 0
    return int(struct.unpack_from("<I", raw, 8)[0])
