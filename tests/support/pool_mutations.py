"""Damaged and deliberately wrong pool files, made from good ones."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator

PAGE = 4096
_ENTRIES = struct.Struct("<512Q")
_TREES_AT = 80  # in the root record: four pairs of entry and height
_SUM_AT = 508
_HEADER_PAGES = 4


def flip_bits(content: bytearray, rnd: random.Random) -> None:
    for _ in range(rnd.choice([1, 1, 1, 2, 8])):
        content[rnd.randrange(len(content))] ^= 1 << rnd.randrange(8)


def cut_short(content: bytearray, rnd: random.Random) -> None:
    del content[rnd.choice([rnd.randrange(len(content)), rnd.randrange(len(content) // PAGE) * PAGE]) :]


def swap_blocks(content: bytearray, rnd: random.Random) -> None:
    size = rnd.choice([512, PAGE, PAGE])
    one, other = (rnd.randrange(len(content) // size) * size for _ in range(2))
    content[one : one + size], content[other : other + size] = (
        content[other : other + size],
        content[one : one + size],
    )


def repeat_block(content: bytearray, rnd: random.Random) -> None:
    one, other = (rnd.randrange(len(content) // PAGE) * PAGE for _ in range(2))
    content[one : one + PAGE] = content[other : other + PAGE]


def wipe_block(content: bytearray, rnd: random.Random) -> None:
    size = rnd.choice([8, 512, PAGE])
    at = rnd.randrange(len(content) // size) * size
    content[at : at + size] = rnd.choice([b"\0", b"\xff"]) * size


def overwrite(content: bytearray, rnd: random.Random) -> None:
    at = rnd.randrange(len(content) - 8)
    content[at : at + 8] = rnd.choice([bytes(8), b"\xff" * 8, rnd.randbytes(8)])


def append_junk(content: bytearray, rnd: random.Random) -> None:
    content += rnd.randbytes(rnd.choice([1, 100, PAGE, 10_000]))


DAMAGES = [
    flip_bits,
    flip_bits,
    flip_bits,
    cut_short,
    swap_blocks,
    repeat_block,
    wipe_block,
    overwrite,
    append_junk,
]


def damaged(good: bytes, rnd: random.Random) -> bytes:
    """The file with something broken, as disks and people break files."""
    content = bytearray(good)
    rnd.choice(DAMAGES)(content, rnd)
    return bytes(content)


class Forger:
    """Changes a pool file where it likes and then makes all checksums right again."""

    def __init__(self, good: bytes) -> None:
        self._good = good
        slots = [struct.unpack_from("<IQ", good, slot * PAGE + 12) for slot in range(4)]
        self._slot = max(range(4), key=lambda slot: (slots[slot][1], -slot))
        self.root_offset = self._slot * PAGE
        self.metadata = sorted(self._metadata_pages(bytearray(good)))

    def forged(self, rnd: random.Random) -> bytes:
        """A file that is wrong in a way that no checksum shows."""
        content = bytearray(self._good)
        for _ in range(rnd.choice([1, 1, 2, 5])):
            if rnd.random() < 0.2:
                self._change_root(content, rnd)
            else:
                page = rnd.choice(self.metadata)
                self._change_page(content, page, rnd)
        self.seal(content)
        return bytes(content)

    def seal(self, content: bytearray) -> None:
        """Makes all checksums right, from the leaves to both copies of the last root."""
        at = self._slot * PAGE
        for tree in range(4):
            where = at + _TREES_AT + 16 * tree
            entry, height = struct.unpack_from("<QQ", content, where)
            if entry and height <= 4:
                struct.pack_into("<Q", content, where, self._sealed(content, entry, height, set()))
        root = bytes(content[at : at + _SUM_AT])
        first = self._slot - self._slot % 2
        for slot in (first, first + 1):
            body = root[:12] + struct.pack("<I", slot) + root[16:]
            content[slot * PAGE : slot * PAGE + 512] = body + struct.pack("<I", zlib.crc32(body))

    def _sealed(self, content: bytearray, entry: int, height: int, seen: set[int]) -> int:
        page = entry & 0xFFFFFFFF
        if not _HEADER_PAGES <= page < len(content) // PAGE:
            return entry
        if height and page not in seen:
            seen.add(page)
            entries = _ENTRIES.unpack_from(content, page * PAGE)
            sealed = [self._sealed(content, child, height - 1, seen) if child else 0 for child in entries]
            _ENTRIES.pack_into(content, page * PAGE, *sealed)
        return page | zlib.crc32(content[page * PAGE : (page + 1) * PAGE]) << 32

    def _change_root(self, content: bytearray, rnd: random.Random) -> None:
        field = self._slot * PAGE + 8 * rnd.randrange(2, 34)
        struct.pack_into("<Q", content, field, self._number(struct.unpack_from("<Q", content, field)[0], rnd))

    def _change_page(self, content: bytearray, page: int, rnd: random.Random) -> None:
        size, form = rnd.choice([(8, "<Q"), (8, "<Q"), (2, "<H"), (4, "<I")])
        filled = [
            at for at in range(0, PAGE, size) if any(content[page * PAGE + at : page * PAGE + at + size])
        ]
        at = rnd.choice(filled) if filled and rnd.random() < 0.8 else rnd.randrange(PAGE // size) * size
        old = struct.unpack_from(form, content, page * PAGE + at)[0]
        struct.pack_into(form, content, page * PAGE + at, self._number(old, rnd) & ((1 << 8 * size) - 1))

    def _number(self, old: int, rnd: random.Random) -> int:
        page = rnd.choice(self.metadata)
        choices = [0, 1, old + 1, old - 1, old ^ 1 << rnd.randrange(64), page, old & ~0xFFFFFFFF | page]
        choices += [2**64 - 1, 2**63, 2**32 - 1, 2**40 << 8 | 2, rnd.getrandbits(64), rnd.getrandbits(12)]
        return rnd.choice(choices) % 2**64

    def _metadata_pages(self, content: bytearray) -> Iterator[int]:
        """The pages of all tree nodes, and what the trees of units, tables and space lead to."""
        for tree in range(4):
            entry, height = struct.unpack_from("<QQ", content, self._slot * PAGE + _TREES_AT + 16 * tree)
            level = [entry & 0xFFFFFFFF] if entry else []
            for _ in range(height):
                yield from level
                level = [
                    child & 0xFFFFFFFF
                    for page in level
                    for child in _ENTRIES.unpack_from(content, page * PAGE)
                    if child
                ]
            if tree:
                yield from level
