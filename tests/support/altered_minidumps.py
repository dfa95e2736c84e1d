"""Changes minidumps that LLDB wrote into such as other programs and versions write.

Layouts: MINIDUMP_HEADER, MINIDUMP_DIRECTORY and MINIDUMP_MEMORY_LIST of minidumpapiset.h; the type of the
stream with /proc/PID/maps is Breakpad's.
"""

from __future__ import annotations

import struct
from pathlib import Path

MEMORY_LIST, LINUX_MAPS = 5, 0x47670009
_HEADER, _ENTRY, _RANGE = struct.Struct("<4sIII"), struct.Struct("<III"), struct.Struct("<QII")


def drop_stream(path: Path, kind: int) -> None:
    """Take a stream out of the dump."""
    content = bytearray(path.read_bytes())
    place, _ = _stream(content, kind)
    struct.pack_into("<I", content, place, 0)  # UnusedStream
    path.write_bytes(content)


def announce_more(path: Path) -> None:
    """Give the last range of the dump a size that reaches beyond the end of the file."""
    content = bytearray(path.read_bytes())
    _, start = _stream(content, MEMORY_LIST)
    (count,) = struct.unpack_from("<I", content, start)
    place = start + 4 + (count - 1) * _RANGE.size
    address, _, offset = _RANGE.unpack_from(content, place)
    _RANGE.pack_into(content, place, address, len(content) - offset + 4096, offset)
    path.write_bytes(content)


def _stream(content: bytes | bytearray, kind: int) -> tuple[int, int]:
    """Return where the stream's entry in the directory is, and where it begins."""
    _, _, count, directory = _HEADER.unpack_from(content)
    for place in range(directory, directory + count * _ENTRY.size, _ENTRY.size):
        found, _, start = _ENTRY.unpack_from(content, place)
        if found == kind:
            return place, start
    raise AssertionError(f"the dump has no stream {kind:#x}")
