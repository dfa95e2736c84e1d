"""Core files that claim far more than they hold: small ones that are dear to open, if nothing is bounded."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

from .core_builder import PAGE, PT_DYNAMIC, PT_LOAD, PT_NOTE, PT_PHDR, CoreBuilder

BASE, STEP = 0x10000000, 1 << 24
ET_DYN, ET_CORE = 3, 4
NT_GDB_TDESC = 0xFF000000  # of GDB's gcore
DT_NEEDED, DT_DEBUG = 1, 21
RSP = 19  # its place in user_regs_struct
EMPTY_NOTE = struct.pack("<III", 1, 0, 9) + bytes(4)
READABLE, WRITABLE = 4, 6


def elf_header(kind: int, headers: int, table: int = 64, entry: int = 56, sections: int = 0) -> bytes:
    ident = b"\x7fELF\x02\x01\x01\x03".ljust(16, b"\0")
    fields = (
        kind,
        62,
        1,
        0,
        table,
        sections,
        0,
        64,
        entry,
        headers,
        64 if sections else 0,
        int(bool(sections)),
        0,
    )
    return ident + struct.pack("<HHIQQQIHHHHHH", *fields)


class Part(NamedTuple):
    """A program header; `size` are the bytes in the file, `memory` those in memory."""

    kind: int
    offset: int
    address: int
    size: int
    memory: int = 0
    flags: int = READABLE

    def packed(self) -> bytes:
        sizes = (self.size, self.memory or self.size)
        return struct.pack("<IIQQQQQQ", self.kind, self.flags, self.offset, self.address, 0, *sizes, PAGE)


def table(*parts: Part) -> bytes:
    return b"".join(part.packed() for part in parts)


def core(notes: bytes, content: bytes, parts: Callable[[int], list[Part]], *, times: int = 1) -> bytes:
    """Return a core with these segments over the content, by where in the file that is; `times` the notes."""
    count = len(parts(0)) + times
    notes_at = 64 + 64 + 56 * count
    at = notes_at + len(notes)
    head = elf_header(
        ET_CORE, 0xFFFF if count >= 0xFFFF else count, 128, sections=64 if count >= 0xFFFF else 0
    )
    section = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, count, 0, 0)
    headers = Part(PT_NOTE, notes_at, 0, len(notes)).packed() * times + table(*parts(at))
    return head + section + headers + notes + content


def process(threads: int = 1, files: int = 0) -> CoreBuilder:
    """Notes of a process with threads, that lists so many files, which aren't there, one every 16 MiB."""
    made = CoreBuilder().process(7, b"p")
    for number in range(threads):
        registers = bytearray(216)
        struct.pack_into("<Q", registers, 8 * RSP, BASE + number * STEP + (1 << 20) + 8)
        made.thread(7 + number, bytes(registers))
    names = (b"/nowhere/%d" % number for number in range(files))
    return made.files(*starmap(_mapping, enumerate(names))) if files else made


def _mapping(number: int, name: bytes) -> tuple[int, int, int, bytes]:
    return BASE + number * STEP, BASE + (number + 1) * STEP, 0, name


def shared(content: bytes, segments: int, *, files: bool = False, step: int = 0) -> bytes:
    """Segments that all show the content, or from `step` bytes further on each; with NT_FILE or without."""

    def parts(at: int) -> list[Part]:
        places = range(segments)
        return [Part(PT_LOAD, at + n * step, BASE + n * STEP, len(content) - n * step, STEP) for n in places]

    return core(process(files=segments if files else 0).notes, content, parts)


def shared_head(segments: int, headers: int = 65_534, *, files: bool = False) -> bytes:
    """One dumped ELF header with as many program headers as there can be, at many places."""
    return shared(
        elf_header(ET_DYN, headers) + table(Part(PT_LOAD, 0, 0, 64)) * headers, segments, files=files
    )


def shared_table(segments: int, headers: int = 65_534, *, files: bool = False) -> bytes:
    """ELF headers which all lead to one table."""
    heads = (elf_header(ET_DYN, headers, 64 * (segments - number)) for number in range(segments))
    content = b"".join(heads) + table(Part(PT_LOAD, 0, 0, 64)) * headers
    return shared(content, segments, files=files, step=64)


def shared_notes(segments: int, size: int = 4 << 20, *, files: bool = False) -> bytes:
    """Heads that all have the same notes, none of which is a build-id."""
    headers = table(Part(PT_LOAD, 0, 0, 64), Part(PT_NOTE, 176, 176, size - 16))
    return shared(elf_header(ET_DYN, 2) + headers + EMPTY_NOTE * (size // 16), segments, files=files)


def shared_dynamic(segments: int) -> bytes:
    """Heads of which each could be the program's: they have one dynamic section, without DT_DEBUG."""
    parts = table(Part(PT_LOAD, 0, 0, 64), Part(PT_DYNAMIC, 232, 232, 1 << 16), Part(PT_PHDR, 64, 64, 168))
    return shared(elf_header(ET_DYN, 3) + parts + struct.pack("<qQ", DT_NEEDED, 1) * 4096, segments)


def linked(objects: int) -> bytes:
    """A program whose linker lists objects with names of 4 KiB, which overlap."""
    debug_at, list_at = 2048, 4096
    names_at = list_at + 32 * objects
    parts = table(Part(PT_LOAD, 0, 0, 64), Part(PT_DYNAMIC, 1024, 1024, 32), Part(PT_PHDR, 64, 64, 168))
    head = (elf_header(ET_DYN, 3) + parts).ljust(1024, b"\0")
    head += struct.pack("<qQqQ", DT_DEBUG, BASE + debug_at, 0, 0)
    head = (head.ljust(debug_at, b"\0") + struct.pack("<QQ", 1, BASE + list_at)).ljust(list_at, b"\0")
    chain = (
        struct.pack("<QQQQ", 0, BASE + names_at + n % PAGE, (1 << 40) + 8 * n, BASE + list_at + 32 * (n + 1))
        for n in range(objects)
    )
    content = head + b"".join(chain) + b"/n" * 4094 + b"\0"
    return core(process().notes, content, lambda at: [Part(PT_LOAD, at, BASE, len(content))])


def shared_guards(threads: int, size: int = 1 << 20) -> bytes:
    """GDB's core of threads whose guards are all the same bytes."""

    def parts(at: int) -> list[Part]:
        below = BASE + (1 << 20) - size
        return [
            part
            for n in range(threads)
            for part in (
                Part(PT_LOAD, at, below + n * STEP, size),
                Part(PT_LOAD, at, BASE + n * STEP + (1 << 20), 0, 1 << 20, WRITABLE),
            )
        ]

    made = process(threads).files()  # so that it is known that no file is there
    notes = made.note(b"GDB", NT_GDB_TDESC, b"<target/>\0").notes
    return core(notes, bytes(size), parts)


def claiming_heads(count: int) -> bytes:
    """Dumped ELF headers which say that 65,535 headers of 65,535 bytes follow."""
    made = process(files=count)
    for number in range(count):
        made.load(BASE + number * STEP, elf_header(ET_DYN, 0xFFFF, entry=0xFFFF), "r--", STEP)
    return made.build()


def _one_page(at: int) -> list[Part]:
    return [Part(PT_LOAD, at, 0x1000, 64, PAGE, WRITABLE)]


def repeated_notes(notes: bytes, times: int) -> bytes:
    """Many segments of notes over the same bytes, and then those of a process."""
    return core(notes + process().notes, b"x" * 64, _one_page, times=times)


def listed_files(count: int) -> bytes:
    mappings = ((0x100000 + n * PAGE, 0x101000 + n * PAGE, 0, b"/a") for n in range(count))
    return CoreBuilder().files(*mappings).notes


def vm_entries(count: int) -> bytes:
    """FreeBSD's map."""
    made = CoreBuilder()
    places = range(0x100000, 0x100000 + count * 2 * PAGE, 2 * PAGE)
    return made.vm_map(*(made.vm_entry(at, at + PAGE, "rw-", path=b"/lib") for at in places)).notes


def repeated_build_id_notes(segments: int, size: int) -> bytes:
    """A dumped head, whose many segments of notes are the same bytes."""
    at = 64 + 56 * segments
    content = elf_header(ET_DYN, segments) + Part(PT_NOTE, at, at, size).packed() * segments
    content += EMPTY_NOTE * (size // 16)
    made = CoreBuilder().process(7, b"p").thread(7, bytes(216)).load(BASE, content, "r--")
    return made.files((BASE, BASE + len(content) + PAGE, 0, b"/nowhere/x")).build()


def overlapping_segments(count: int) -> bytes:
    made = process()
    for number in range(count):
        made.load(0x1000 + number * PAGE, b"", "r--", 1 << 46)
    files = ((0x1000 + n * 2 * PAGE, 0x2000 + n * 2 * PAGE, 0, b"/f%d" % (n % 7)) for n in range(count))
    return made.files(*files).build()


def missing_files(count: int) -> bytes:
    places = ((0x100000 + n * 2 * PAGE, b"/nowhere/f%d" % n) for n in range(count))
    files = ((at, at + PAGE, 0, name) for at, name in places)
    return process().load(0x1000, b"x", "r--", PAGE).files(*files).build()


def empty_headers(path: Path) -> None:
    """Write a core that has 4.7 million program headers, all of them a hole in the file."""
    count = 4_700_000
    head = elf_header(ET_CORE, 0xFFFF, 128, sections=64)
    path.write_bytes(head + struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, count, 0, 0))
    os.truncate(path, 128 + 56 * count)


TINY = EMPTY_NOTE * 1_000_000
CRAFTED: dict[str, Callable[[], bytes]] = {
    "20 heads that claim 4 GiB of headers": lambda: claiming_heads(20),
    "40 such heads": lambda: claiming_heads(40),
    "10,000 files, listed once": lambda: repeated_notes(listed_files(10_000), 1),
    "10,000 files, listed 100 times": lambda: repeated_notes(listed_files(10_000), 100),
    "10,000 files, listed 1,000 times": lambda: repeated_notes(listed_files(10_000), 1000),
    "1,000,000 tiny notes": lambda: repeated_notes(TINY, 1),
    "1,000,000 tiny notes, 8 times": lambda: repeated_notes(TINY, 8),
    "1,000,000 tiny notes, 1,000 times": lambda: repeated_notes(TINY, 1000),
    "16 segments over 64 KiB of notes": lambda: repeated_build_id_notes(16, 1 << 16),
    "1,000 segments over 64 KiB of notes": lambda: repeated_build_id_notes(1000, 1 << 16),
    "10,000 segments over 1 MiB of notes": lambda: repeated_build_id_notes(10_000, 1 << 20),
    "2,000 areas of FreeBSD": lambda: repeated_notes(vm_entries(2000), 1),
    "2,000 areas of FreeBSD, 1,000 times": lambda: repeated_notes(vm_entries(2000), 1000),
    "20,000 overlapping segments of 64 TiB": lambda: overlapping_segments(20_000),
    "50,000 files that are not there": lambda: missing_files(50_000),
    "2,000 segments over one head": lambda: shared_head(2000),
    "2,000 segments over one head, files listed": lambda: shared_head(2000, files=True),
    "2,000 heads with one table": lambda: shared_table(2000),
    "2,000 heads with one table, files listed": lambda: shared_table(2000, files=True),
    "2,000 heads with 4 MiB of notes": lambda: shared_notes(2000),
    "2,000 heads with 4 MiB of notes, files listed": lambda: shared_notes(2000, files=True),
    "20,000 heads with one dynamic section": lambda: shared_dynamic(20_000),
    "65,000 linked objects with names of 4 KiB": lambda: linked(65_000),
    "10,000 threads whose guards are one MiB": lambda: shared_guards(10_000),
}
