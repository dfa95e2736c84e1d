"""Minidumps as Breakpad writes them: a copy of /proc/PID/maps, and memory that begins and ends anywhere.

Layouts: minidumpapiset.h; for x86-64, which LLDB opens on any machine.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

_THREADS, _MEMORY, _SYSTEM, _MEMORY64, _LINUX_MAPS = 3, 5, 7, 9, 0x47670009
_CONTEXT_SIZE, _CONTEXT_FLAGS, _RSP, _RIP = 1232, 0x30, 0x98, 0xF8  # CONTEXT of winnt.h, AMD64


def minidump(
    ranges: Sequence[tuple[int, bytes]], maps: str = "", *, is_aligned: bool = False, is_64: bool = False
) -> bytes:
    """A minidump of one thread, whose stack pointer is in the first of the ranges.

    The list of memory may be aligned as Windows does it, or be the list of full dumps.
    """
    body = _Body()
    stack, size = ranges[0][0], len(ranges[0][1])
    places = [body.put(content, 1) for _, content in ranges]
    context = bytearray(_CONTEXT_SIZE)
    struct.pack_into("<I", context, _CONTEXT_FLAGS, 0x10000F)
    struct.pack_into("<Q", context, _RSP, stack)
    struct.pack_into("<Q", context, _RIP, stack)
    thread = struct.pack("<IIIIQ", 77, 0, 0, 0, 0)
    thread += struct.pack("<QIIII", stack, size, places[0], len(context), body.put(bytes(context)))
    rows = [(start, len(content), place) for (start, content), place in zip(ranges, places)]
    if is_64:
        memory = struct.pack("<QQ", len(rows), places[0]) + b"".join(
            struct.pack("<QQ", *row[:2]) for row in rows
        )
    else:
        memory = struct.pack("<I", len(rows)) + bytes(4 * is_aligned)
        memory += b"".join(struct.pack("<QII", *row) for row in rows)
    system = struct.pack("<HHHBBIIIIIHH", 9, 0, 0, 1, 1, 5, 0, 0, 0x8201, 0, 0, 0) + bytes(24)
    streams = [
        (_SYSTEM, system),
        (_MEMORY64 if is_64 else _MEMORY, memory),
        (_THREADS, struct.pack("<I", 1) + thread),
        (_LINUX_MAPS, maps.encode()),
    ]
    directory = b"".join(struct.pack("<III", kind, len(data), body.put(data)) for kind, data in streams)
    return struct.pack("<IIIIIIQ", 0x504D444D, 0xA793, len(streams), 32, 0, 0, 0) + directory + body.content


def write_minidump(path: Path, ranges: Sequence[tuple[int, bytes]], maps: str = "") -> Path:
    """Write a minidump; return its path."""
    path.write_bytes(minidump(ranges, maps))
    return path


class _Body:
    """What stands behind the header and the directory of four streams."""

    def __init__(self) -> None:
        self.content = b""

    def put(self, data: bytes, unit: int = 8) -> int:
        """Append data; return where in the file it lies."""
        self.content += bytes(-len(self.content) % unit)
        place = 32 + 4 * 12 + len(self.content)
        self.content += data
        return place
