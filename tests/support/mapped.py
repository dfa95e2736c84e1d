"""Inferiors made of recorded maps: what /proc/PID/maps said, and a little memory."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ptatlas.core.arch import Arch, Machine
from ptatlas.core.elf.headers import EM_X86_64, PT_LOAD, PT_NOTE
from ptatlas.core.inferior import Inferior
from ptatlas.core.owners.owner import AreaOwner
from ptatlas.core.owners.owners import owners_of
from ptatlas.core.owners.proofs import Proofs
from ptatlas.core.ports.target import Target
from ptatlas.core.ports.threads import Thread, ThreadName
from ptatlas.core.ranges import Range
from ptatlas.core.sources.fixed import FixedAreas, FixedThreadNames, FixedThreads
from ptatlas.core.sources.procfs.maps import parse_maps


class Memory:
    """A reader of the bytes at a few addresses, and of nothing else; it keeps what it was asked for."""

    source, thread_safe = "memory", True

    def __init__(self, content: Mapping[int, bytes]) -> None:
        self._content = content
        self.asked: list[Range] = []

    def read_into(self, address: int, buffer: memoryview) -> int:
        self.asked.append(Range(address, address + len(buffer)))
        for start, held in self._content.items():
            if start <= address < start + len(held):
                found = held[address - start :][: len(buffer)]
                buffer[: len(found)] = found
                return len(found)
        return 0


def mapped(
    text: str,
    content: Mapping[int, bytes] | None = None,
    *,
    threads: Iterable[Thread] = (),
    names: Mapping[int, ThreadName] | None = None,
    machine: int = EM_X86_64,
    word_size: int = 8,
    endian: Any = "little",
    **ports: Any,
) -> Inferior:
    """Return an inferior with this map, in the kernel's words, and these contents by address."""
    areas = parse_maps("\n".join(line.strip() for line in text.strip().splitlines()).encode())
    return Inferior(
        Target(
            Arch(word_size, endian),
            (FixedAreas(areas, "procfs"),),
            (Memory(content or {}),),
            pid=100,
            machine=Machine(machine),
            threads=FixedThreads(threads),
            thread_names=FixedThreadNames(names or {}),
            **ports,
        )
    )


def owners(inferior: Inferior) -> dict[int, AreaOwner]:
    """Return the owners of all areas, by where these begin."""
    areas: Sequence[Any] = list(inferior.areas)
    return {area.start: owner for area, owner in owners_of(Proofs(inferior), areas).items()}


def said(inferior: Inferior) -> dict[str, str]:
    """Return what is said of the areas' owners, by where these begin, in hex."""
    return {f"{start:x}": owner.text for start, owner in owners(inferior).items()}


def object_head(*segments: tuple[int, int, int, int], note: bytes = b"", machine: int = EM_X86_64) -> bytes:
    """Return the first page of an object of 64 bits with segments (offset, address, file size, memory size).

    A note, if any, lies behind the headers in a segment of its own.
    """
    count, notes_at = len(segments) + bool(note), 0x800
    head = b"\x7fELF\2\1\1".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, count, 64, 0, 0)
    for offset, address, file_size, memory_size in segments:
        head += struct.pack("<IIQQQQQQ", PT_LOAD, 6, offset, address, address, file_size, memory_size, 0x1000)
    if note:
        head += struct.pack("<IIQQQQQQ", PT_NOTE, 4, notes_at, notes_at, notes_at, len(note), len(note), 4)
    return (head.ljust(notes_at, b"\0") + note).ljust(0x1000, b"\0")
