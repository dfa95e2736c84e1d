"""Core files, the notes of each system, and minidumps."""

from __future__ import annotations

import json

from ptatlas.core.elf.notes import Note
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.kinds import classify
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import TOP
from ptatlas.core.sources.dumps import open_dump
from ptatlas.core.sources.elf_core import area_note, bsd, freebsd, gdb, linux
from ptatlas.core.sources.elf_core.facts import CoreFacts
from ptatlas.core.sources.minidump import memory_of_minidump
from support.core_builder import EM_386, PAGE, CoreBuilder, elf_image
from support.minidumps import minidump

from fuzz.target import Choices, ReusedFile, Target, reader_of

from .elf import SHAPES, header_from

_FILE = ReusedFile()
_LINUX = (1, 2, 3, 6, 0x46494C45, 0x202, 0x401, 0x406, 0x46E62B7F)
_FREEBSD = (1, 3, 7, 10, 16)
_BSD = (1, 2, 10, 11, 20, 32, 33)


def use_core(data: bytes) -> None:
    """Open a core file and ask its target everything; what holds for every core is checked."""
    target = open_dump(_FILE.holding(data))
    areas = target.listers[0].areas()
    AreaMap(areas)  # refuses overlaps and impossible ranges
    assert all(0 <= left.end <= right.start < TOP for left, right in zip(areas, areas[1:]))
    classify(areas, module_paths=[m.path for m in target.modules.modules()])
    missing = RangeSet(target.absent.absent(0, TOP))
    list(target.untouched.untouched(0, TOP))
    list(target.dumped.parts())
    for ability in (target.threads, target.registers, target.signals, target.auxv):
        repr(ability)
    room = memoryview(bytearray(2 * PAGE))
    for area in areas[:20]:
        target.file_prover.proof([area])
        for start in (area.start, area.end - 1):
            got = target.readers[0].read_into(start, room)
            assert 0 <= got <= len(room)
            # Absent or readable: nothing else, and not both.
            assert (start in missing) == (got == 0)


def use_note(data: bytes) -> None:
    """Read one note of any system, of any machine."""
    choices = Choices(data)
    header, facts = header_from(choices), CoreFacts()
    read, kinds = choices.one_of(
        (linux.read_linux_note, _LINUX),
        (linux.read_more_registers, _LINUX),
        (freebsd.read_freebsd_note, _FREEBSD),
        (bsd.read_netbsd_note, _BSD),
        (bsd.read_openbsd_note, _BSD),
        (gdb.read_gdb_note, (gdb.NT_GDB_TDESC,)),
        (area_note.read_own_note, (1,)),
    )
    kind, thread = choices.one_of(*kinds), choices.one_of(None, 5)
    content = choices.rest
    # FreeBSD's and the thread's names belong to the thread that came last.
    for again in (kind, kind, 7):
        read(header, Note(b"", again, 0, len(content), thread), content, facts)


def use_minidump(data: bytes) -> None:
    """Find out which memory a minidump holds."""
    found = memory_of_minidump(reader_of(data), len(data))
    if found is not None:
        assert found.missing >= 0
        list(found.held)
        repr(found.problems)


def core(word_size: int, endian: str, machine: int) -> bytes:
    """A core with something of everything."""
    builder = CoreBuilder(word_size, endian, machine).process(7, b"prog").thread(7, bytes(216))
    builder.auxv(PHDR=0x10040, PHENT=56, PHNUM=3, PAGESZ=PAGE, EXECFN=0x20000, RANDOM=0x20010, BASE=0x10000)
    builder.files((0x10000, 0x12000, 0, b"/nowhere/lib"), (0x30000, 0x31000, PAGE, b"/nowhere/exe"))
    if machine == EM_386:
        entries = [(0x10000, 0x12000, "r-x"), (0x20000, 0x21000, "rw-"), (0x30000, 0x31000, "r--")]
        builder.vm_map(*(builder.vm_entry(*entry, path=b"/nowhere/lib") for entry in entries))
    builder.load(0x10000, elf_image(b"1" * 20, size=400, word_size=word_size, endian=endian), "r-x", 2 * PAGE)
    return (
        builder.load(0x20000, b"/bin/prog\0".ljust(64, b"s"), "rw-", PAGE)
        .load(0x30000, b"", "r--", PAGE)
        .build()
    )


def _note_seeds() -> list[bytes]:
    builder = CoreBuilder()
    rows = json.dumps([[4096, 8192, "rw-p", 0, "[heap]", "heap", "00:00", 0, None]]).encode()
    files = builder.pack("WW", 1, PAGE) + builder.pack("WWW", 0x1000, 0x2000, 0) + b"/a\0"
    entry = builder.pack("i", 1160) + builder.vm_entry(0x1000, 0x2000, "rw-", path=b"/lib")
    auxv = builder.pack("WWWW", 6, 4096, 0, 0)
    head = bytes(3)
    return [
        head + bytes([0, 4, 0]) + files,
        head + bytes([0, 3, 0]) + auxv,
        head + bytes([0, 0, 0]) + builder.status(7, bytes(216)),
        head + bytes([0, 2, 0]) + bytes(136),
        head + bytes([1, 7, 0]) + bytes(16),
        head + bytes([2, 3, 0]) + entry,
        head + bytes([2, 4, 0]) + bytes(4) + auxv,
        head + bytes([2, 0, 0]) + bytes(224),
        head + bytes([3, 0, 0]) + bytes(200),
        head + bytes([3, 6, 1]) + bytes(208),
        head + bytes([4, 2, 0]) + bytes(200),
        head + bytes([6, 0, 0]) + rows,
    ]


_RANGES = [(0x1000, b"a" * 40), (0x3000, b"b" * 30)]
_DUMPS = tuple(
    minidump(_RANGES, "1000-2000 r--p 0 00:00 0\n", is_aligned=a, is_64=w)
    for a, w in ((0, 0), (1, 0), (0, 1))
)

TARGETS = (
    Target(
        "core",
        use_core,
        tuple(core(*shape) for shape in SHAPES),
        (b"\x7fELF", b"CORE\0", b"FreeBSD\0"),
        cost=10,
    ),
    Target("core-notes", use_note, tuple(_note_seeds()), (b"rw-p", b"[heap]", b"[[", b"null")),
    Target("minidump", use_minidump, _DUMPS, (b"MDMP",)),
)
