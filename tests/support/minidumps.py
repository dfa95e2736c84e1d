"""Minidumps as Breakpad writes them: a copy of /proc/PID/maps, and memory that begins and ends anywhere.

Layouts: minidumpapiset.h; for x86-64, which LLDB opens on any machine.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_THREADS, _MODULES, _MEMORY, _SYSTEM, _MEMORY64, _LINUX_MAPS = 3, 4, 5, 7, 9, 0x47670009
_BREAKPAD = b"LEpB"  # MD_CVINFOELF_SIGNATURE: a build-id follows
_CONTEXT_SIZE, _CONTEXT_FLAGS, _RSP, _RIP = 1232, 0x30, 0x98, 0xF8  # CONTEXT of winnt.h, AMD64


class Module(NamedTuple):
    """A module that a minidump lists."""

    start: int
    size: int
    path: str
    build_id: bytes


def minidump(
    ranges: Sequence[tuple[int, bytes]],
    maps: str = "",
    modules: Sequence[Module] = (),
    *,
    is_aligned: bool = False,
    is_64: bool = False,
) -> bytes:
    """A minidump of one thread, whose stack pointer is in the first of the ranges.

    The list of memory may be aligned as Windows does it, or be the list of full dumps.
    """
    body = _Body(5 if modules else 4)
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
    if modules:
        listed = b"".join(_module(body, each) for each in modules)
        streams.append((_MODULES, struct.pack("<I", len(modules)) + listed))
    directory = b"".join(struct.pack("<III", kind, len(data), body.put(data)) for kind, data in streams)
    return struct.pack("<IIIIIIQ", 0x504D444D, 0xA793, len(streams), 32, 0, 0, 0) + directory + body.content


def _module(body: _Body, module: Module) -> bytes:
    """MINIDUMP_MODULE."""
    name = module.path.encode("utf-16-le")
    at = body.put(struct.pack("<I", len(name)) + name + bytes(2))
    proof = _BREAKPAD + module.build_id
    row = struct.pack("<QIIII", module.start, module.size, 0, 0, at) + bytes(52)
    return row + struct.pack("<II", len(proof), body.put(proof)) + bytes(24)


def write_minidump(
    path: Path, ranges: Sequence[tuple[int, bytes]], maps: str = "", modules: Sequence[Module] = ()
) -> Path:
    """Write a minidump; return its path."""
    path.write_bytes(minidump(ranges, maps, modules))
    return path


class _Body:
    """What stands behind the header and the directory of the streams."""

    def __init__(self, streams: int) -> None:
        self.content, self._begin = b"", 32 + 12 * streams

    def put(self, data: bytes, unit: int = 8) -> int:
        """Append data; return where in the file it lies."""
        self.content += bytes(-len(self.content) % unit)
        place = self._begin + len(self.content)
        self.content += data
        return place
