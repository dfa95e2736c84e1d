"""The ELF format: headers, notes, dynamic tables, sections, and the linker's list in memory."""

from __future__ import annotations

import struct

from ptatlas.core.arch import Arch
from ptatlas.core.elf.auxv import parse_auxv
from ptatlas.core.elf.bsd_registers import NETBSD_REGISTERS, OPENBSD_REGISTERS
from ptatlas.core.elf.dynamic import DynamicSymbols
from ptatlas.core.elf.headers import ElfHeader, program_header_count, usual_page_size
from ptatlas.core.elf.link_map import linked_objects
from ptatlas.core.elf.notes import find_build_id, notes
from ptatlas.core.elf.prstatus import freebsd_status, linux_status, stack_pointer
from ptatlas.core.elf.register_sets import SETS, by_note_name, program_counter
from ptatlas.core.elf.relocations import Relocations
from ptatlas.core.elf.sections import sections_of
from ptatlas.core.elf.segments import Elf
from support.core_builder import EM_386, EM_PPC64, EM_X86_64, CoreBuilder, elf_image

from fuzz.target import Choices, Target, reader_of

MACHINES = (62, 3, 183, 40, 21, 8, 20, 22, 243, 258, 2, 18, 43, 50, 0x9026)
SHAPES = ((8, "little", EM_X86_64), (4, "little", EM_386), (8, "big", EM_PPC64), (4, "big", EM_386))


def header_from(choices: Choices) -> ElfHeader:
    """Return the header of a core file, of the machine, word size and byte order that the input chooses."""
    machine = choices.one_of(*MACHINES)
    return ElfHeader(choices.one_of(8, 4), choices.one_of("little", "big"), 4, machine)


def use_elf(data: bytes) -> None:
    """Ask all that an ELF file can be asked by its headers."""
    read = reader_of(data)
    find_build_id(read)
    elf = Elf.parse(read)
    if elf is None:
        return
    program_header_count(elf.header, read)
    elf.build_id(read, in_memory=False)
    elf.build_id(read, in_memory=True)
    elf.interpreter(read)
    usual_page_size(elf.header.machine, (each.address for each in elf.segments))
    assert elf.top >= 0
    for address in (0, elf.base, elf.top, 1 << 63):
        elf.offset_of(address)
        elf.is_code(address)
        elf.is_code(address, address)
        elf.loads(address, elf.base + address)


def use_dynamic(data: bytes) -> None:
    """Read the dynamic section with all tables that it names, and look symbols and slots up."""
    read = reader_of(data)
    elf = Elf.parse(read)
    if elf is None:
        return
    found = Relocations(elf, read)
    for slot in list(found.within(0, 1 << 64))[:50]:
        found.size_of(slot)
        found.symbol(slot)
        assert len(found.in_file(slot)) <= max(found.size_of(slot), 0)
    symbols = DynamicSymbols(found.dynamic)
    for number in (0, 1, len(symbols) - 1, len(symbols)):
        symbol = symbols.symbol(number)
        if symbol is not None:
            list(symbols.named(symbol.name))


def use_notes(data: bytes) -> None:
    """Walk over a segment of notes."""
    elf = Elf.parse(reader_of(data))
    if elf is not None:
        for segment in elf.segments:
            list(notes(elf.order, segment, reader_of(data)))


def use_registers(data: bytes) -> None:
    """Decode what the notes of a thread have, and an auxiliary vector."""
    choices = Choices(data)
    header = header_from(choices)
    content = choices.rest
    for each in SETS.get(header.machine, ()):
        found = each.decode(content, header.endian)
        program_counter(found)
        each.encode(by_note_name(header.machine, found), header.endian)
    for layout in (linux_status(header, len(content)), freebsd_status(header, len(content))):
        if layout is not None:
            stack_pointer(header, layout, content)
    for known in (NETBSD_REGISTERS, OPENBSD_REGISTERS):
        if header.machine in known:
            known[header.machine].decode(header, content)
    parse_auxv(content, Arch(header.word_size, header.endian))


def use_link_map(data: bytes) -> None:
    """Follow the linker's list through memory that begins at 0x1000."""
    choices = Choices(data)
    header = header_from(choices)
    objects = list(linked_objects(header, reader_of(choices.rest, 0x1000), 0x1000))
    assert len(objects) <= len(data)


def library(word_size: int, endian: str, *, gnu: bool, machine: int = EM_X86_64) -> bytes:
    """A library with two symbols, a hash table of either kind, and relocations of each form."""
    builder = CoreBuilder(word_size, endian, machine)
    builder.type = 3
    word, wide = word_size, word_size == 8
    pack = builder.pack
    strings = b"\0one\0two\0"

    def symbol(name: int, value: int) -> bytes:
        return (
            pack("IBBHQQ", name, 0x11, 0, 5, value, word)
            if wide
            else pack("IIIBBH", name, value, word, 0x11, 0, 5)
        )

    symbols = bytes(24 if wide else 16) + symbol(1, 0x40) + symbol(5, 0x48)
    hashes = (
        pack("IIII", 1, 1, 1, 0) + pack("W", 1) + pack("III", 1, 2, 3)
        if gnu
        else pack("II5I", 1, 3, 1, 0, 2, 0, 0)
    )
    relocation = pack("WWW", 0x48, (1 << 32 | 6) if wide else (1 << 8 | 6), 4)
    relative = pack("WW", 0x50, 8)
    packed = pack("WW", 0x58, 7)
    tables = [
        (5, strings),
        (6, symbols),
        (0x6FFFFEF5 if gnu else 4, hashes),
        (7, relocation),
        (17, relative),
        (36, packed),
    ]
    # Two segments of program headers stand before all.
    at = 64 + 2 * 56 if wide else 52 + 2 * 32
    body, entries = (
        b"",
        [(10, len(strings)), (8, len(relocation)), (18, len(relative)), (35, len(packed)), (3, 0x30)],
    )
    for tag, table in tables:
        body += bytes(-(at + len(body)) % 8)
        entries.append((tag, at + len(body)))
        body += table
    body += bytes(-(at + len(body)) % 8)
    dynamic_at = at + len(body)
    dynamic = b"".join(pack("WW", *entry) for entry in [*entries, (0, 0)])
    whole = body + dynamic
    size = at + len(whole)
    head = b"\x7fELF" + bytes([word // 4, 1 if endian == "little" else 2, 1])
    start = 64 if wide else 52
    header = head.ljust(16, b"\0") + pack(
        "HHIWWWIHHHHHH", 3, machine, 1, 0, start, 0, 0, start, 56 if wide else 32, 2, 0, 0, 0
    )
    rows = [(1, 6, 0, 0, size, size), (2, 6, dynamic_at, dynamic_at, len(dynamic), len(dynamic))]
    table = b"".join(
        pack("IIQQQQQQ", kind, flags, offset, address, 0, held, memory, 8)
        if wide
        else pack("8I", kind, offset, address, 0, held, memory, flags, 8)
        for kind, flags, offset, address, held, memory in rows
    )
    return header + table + whole


def with_sections(word_size: int = 8) -> bytes:
    """An ELF file with a section, and one of the sections' names."""
    names = b"\0.text\0.shstrtab\0"
    header_size, size = (64, 64) if word_size == 8 else (52, 40)
    builder = CoreBuilder(word_size)
    names_at = header_size + 3 * size
    rows = [
        (0,) * 10,
        (1, 1, 6, 0x1000, header_size, 16, 0, 0, 4, 0),
        (7, 3, 0, 0, names_at, len(names), 0, 0, 1, 0),
    ]
    head = (b"\x7fELF" + bytes([word_size // 4, 1, 1])).ljust(16, b"\0")
    head += builder.pack("HHIWWWIHHHHHH", 3, 62, 1, 0, 0, header_size, 0, header_size, 0, 0, size, 3, 2)
    return head + b"".join(builder.pack("IIWWWWIIWW", *row) for row in rows) + names


def _notes(word_size: int, endian: str, machine: int) -> bytes:
    builder = CoreBuilder(word_size, endian, machine)
    builder.note(b"GNU", 3, b"1" * 20).note(b"NetBSD-CORE@12", 1, b"").note(b"CORE", 4, bytes(9), align=8)
    return builder.build(xnum=word_size == 8)


def _link_map() -> bytes:
    words = [1, 0x1040, 0, 0, 0, 0, 0, 0, 0x5000, 0, 0x6000, 0x1068, 0, 0x7000, 0, 0x8000, 0, 0x1040]
    return bytes(3) + struct.pack(f"<{len(words)}Q", *words)


HEADS = tuple(elf_image(b"1" * 20, size=600, word_size=w, endian=e) for w, e, _ in SHAPES)
LIBRARIES = tuple(library(w, e, gnu=gnu) for w, e, _ in SHAPES for gnu in (True, False))

TARGETS = (
    Target("elf-headers", use_elf, (*HEADS, *LIBRARIES[:2]), (b"\x7fELF", b"\xff\xff", b"GNU\0")),
    Target("elf-dynamic", use_dynamic, LIBRARIES, (b"\x7fELF", struct.pack("<Q", 0x6FFFFEF5))),
    Target("elf-notes", use_notes, tuple(_notes(*shape) for shape in SHAPES), (b"GNU\0", b"@1\0")),
    Target(
        "elf-sections",
        lambda data: sections_of(reader_of(data), len(data)),
        (with_sections(), with_sections(4), *HEADS[:2]),
    ),
    Target(
        "elf-registers", use_registers, tuple(bytes([n, n & 1, 0]) + bytes(range(256)) * 4 for n in range(9))
    ),
    Target("elf-link-map", use_link_map, (_link_map(),)),
)
