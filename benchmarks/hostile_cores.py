"""Core files that are small, or quick to make, and take long to open."""

from __future__ import annotations

import struct
from pathlib import Path

from sessions import HERE  # noqa: F401  # makes tests/support importable
from support.core_builder import CoreBuilder

REGISTERS = bytes(216)
ELFOSABI_LINUX = 3  # EI_OSABI in elf.h


def hostile_cores(folder: Path) -> list[Path]:
    """Write the cores into the folder; return their paths."""
    made = {
        "missing-files": _missing_files(30_000),
        "overlapping-segments": _overlapping_segments(20_000),
        "claiming-headers": _claiming_headers(40),
        "many-segments": _many_segments(30_000),
        "many-threads": _many_threads(3_000),
    }
    for name, core in made.items():
        content = bytearray(core.build())
        content[7] = ELFOSABI_LINUX  # without it LLDB says that it knows no such system
        (folder / name).write_bytes(content)
    return [folder / name for name in made]


def _process() -> CoreBuilder:
    return CoreBuilder().process(7, b"p").thread(7, REGISTERS)


def _missing_files(count: int) -> CoreBuilder:
    core = _process().load(0x1000, b"x", "r--", 4096)
    places = range(0x100000, 0x100000 + count * 0x2000, 0x2000)
    return core.files(*((at, at + 0x1000, 0, b"/nowhere/%d" % at) for at in places))


def _overlapping_segments(count: int) -> CoreBuilder:
    core = _process()
    for number in range(count):
        core.load(0x1000 + number * 4096, b"", "r--", 1 << 46)
    return core


def _many_segments(count: int) -> CoreBuilder:
    core = _process()
    for number in range(count):
        core.load(0x1000000 + number * 8192, b"", "r--" if number % 2 else "rw-", 4096)
    return core


def _claiming_headers(count: int) -> CoreBuilder:
    """Dumped ELF headers that say that 65,535 headers of 65,535 bytes follow."""
    core, maps = _process(), []
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 0xFFFF, 0xFFFF, 0, 0, 0)
    for number in range(count):
        at = 0x10000000000 + number * (1 << 30)
        core.load(at, head, "r--", 1 << 29)
        maps.append((at, at + (1 << 29), 0, b"/nowhere/%d" % number))
    return core.files(*maps)


def _many_threads(count: int) -> CoreBuilder:
    core = CoreBuilder().process(7, b"p").load(0x1000, b"x", "rw-", 4096)
    for number in range(count):
        core.thread(7 + number, REGISTERS)
    return core
