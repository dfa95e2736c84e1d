"""What is proven by a hostile inferior's own memory: owners of areas, objects, threads' stacks."""

from __future__ import annotations

import struct

from ptatlas.core.owners.owners import owners_of
from ptatlas.core.owners.proofs import Proofs
from ptatlas.core.sources.procfs.maps import parse_maps
from support.core_builder import elf_image
from support.mapped import mapped

from fuzz.target import Choices, Target

_HEAP = 0x7F4784000000
_MAPS = f"""
    00400000-00482000 r-xp 00000000 fe:00 7 /usr/bin/hello
    00482000-00511000 rw-p 00082000 fe:00 7 /usr/bin/hello
    00511000-00513000 rw-p 00000000 00:00 0
    c000000000-c004000000 rw-p 00000000 00:00 0
    {_HEAP:x}-{_HEAP + 0x21000:x} rw-p 00000000 00:00 0
    {_HEAP + 0x21000:x}-{_HEAP + 0x4000000:x} ---p 00000000 00:00 0
"""


def use_memory(data: bytes) -> None:
    """Find out whose areas are, where the input is what lies in the program's headers or in a heap."""
    choices = Choices(data)
    start = choices.one_of(0x400000, _HEAP)
    inferior = mapped(_MAPS, {start: choices.rest})
    owners_of(Proofs(inferior), inferior.areas)


def use_map(data: bytes) -> None:
    """Find out whose areas are, where the input is the map."""
    areas = parse_maps(data)
    if len(areas) < 50:
        inferior = mapped(data.decode("latin-1"), {})
        owners_of(Proofs(inferior), inferior.areas)


def _arena() -> bytes:
    arena = _HEAP + 48
    words = [arena, 0, 0x21000, 0x21000, 0x1000, 0] + [0x1234] * 14
    for number in range(127):
        words += [arena + (14 + 2 * number - 2) * 8] * 2
    return struct.pack(f"<{len(words)}Q", *words)


_GO = struct.pack("<III", 3, 8, 4) + b"Go\0\0build-id"
_SHADOW = b"""7fff7000-8fff7000 rw-p 00000000 00:00 0
8fff7000-02008fff7000 ---p 00000000 00:00 0
02008fff7000-10007fff8000 rw-p 00000000 00:00 0
"""

TARGETS = (
    Target(
        "owners-memory", use_memory, (b"\0" + elf_image(b"1" * 20, size=300), b"\1" + _arena(), b"\0" + _GO)
    ),
    Target("owners-map", use_map, (_SHADOW, _MAPS.encode()), (b"---p", b"00:00 0\n")),
)
