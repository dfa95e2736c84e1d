"""What is known to be in memory where nothing tells a map."""

from __future__ import annotations

import struct

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.ports.program import LoadedRange
from ptatlas.core.ports.threads import Thread
from ptatlas.core.ranges import TOP
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.loaded import (
    AT_BASE,
    AT_EXECFN,
    AT_PHDR,
    LoadedAreas,
    objects_in_memory,
    placed_objects,
    stacks_in_use,
)

PAGE = 4096
PT_LOAD, PT_DYNAMIC = 1, 2


def elf(arch: Arch, loads: list[tuple[int, int, int, int]], phentsize: int = 0) -> bytes:
    """The first page of an ELF object: header and program headers (offset, address, file and memory size)."""
    order = "<" if arch.endian == "little" else ">"
    wide = arch.word_size == 8
    size = 64 if wide else 52
    ident = b"\x7fELF" + bytes([1 + wide, 1 + (order == ">"), 1]) + bytes(9)
    layout = order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")
    entry = phentsize or (56 if wide else 32)
    header = struct.pack(layout, 3, 0, 1, 0, size, 0, 0, size, entry, len(loads) + 1, 0, 0, 0)
    table = b"".join(_program_header(order, wide, PT_LOAD, *load) for load in loads)
    table += _program_header(order, wide, PT_DYNAMIC, 0, 0, 0, 0)
    return (ident + header + table).ljust(PAGE, b"\0")


def _program_header(order, wide, kind, offset, address, file_size, memory_size):
    if wide:
        return struct.pack(
            order + "IIQQQQQQ", kind, 5, offset, address, address, file_size, memory_size, PAGE
        )
    return struct.pack(order + "8I", kind, offset, address, address, file_size, memory_size, 5, PAGE)


ARCHES = [
    pytest.param(Arch(word, endian), id=f"{8 * word} bits, {endian}-endian")
    for word in (4, 8)
    for endian in ("little", "big")
]


def reader(*pieces: tuple[int, bytes]):
    return buffer_target([BufferArea(*piece) for piece in pieces]).readers[0]


def header_size(arch: Arch) -> int:
    return 64 if arch.word_size == 8 else 52


@pytest.mark.parametrize("arch", ARCHES)
def test_the_program_is_found_by_its_own_headers_wherever_it_was_moved(arch):
    base = 0x40000000
    loads = [(0, 0, 0x500, 0x500), (0x1500, 0x2500, 0x700, 0x700), (0x2100, 0x5100, 0x80, 0x2000)]
    memory = reader((base, elf(arch, loads)))
    found = list(objects_in_memory(memory, arch, {AT_PHDR: base + header_size(arch)}, "/bin/a"))
    assert [one for one in found if one.start < one.end] == [
        LoadedRange(base, base + 0x1000, "/bin/a", 0),
        LoadedRange(base + 0x2000, base + 0x3000, "/bin/a", 0x1000),
        LoadedRange(base + 0x5000, base + 0x6000, "/bin/a", 0x2000),
        LoadedRange(base + 0x6000, base + 0x8000, None, None),
    ]


@pytest.mark.parametrize("arch", ARCHES)
def test_a_program_that_was_not_moved_lies_where_it_says(arch):
    base = 0x10000000
    memory = reader((base, elf(arch, [(0, base, 0x500, 0x500)])))
    found = list(objects_in_memory(memory, arch, {AT_PHDR: base + header_size(arch)}, "/bin/a"))
    assert found[0] == LoadedRange(base, base + 0x1000, "/bin/a", 0)


def test_the_interpreter_is_found_beside_it_without_a_name():
    arch = Arch()
    memory = reader((0x7000, elf(arch, [(0, 0, 0x10, 0x10)])))
    assert next(objects_in_memory(memory, arch, {AT_BASE: 0x7000}, "/bin/a")) == LoadedRange(0x7000, 0x8000)


@pytest.mark.parametrize(
    ("content", "auxv"),
    [
        pytest.param(b"x", {}, id="no auxiliary vector"),
        pytest.param(b"x", {AT_PHDR: 0x1040, AT_BASE: 0x9000}, id="nothing can be read there"),
        pytest.param(b"\x7fELF" + bytes(60), {AT_BASE: 0x1000}, id="no header"),
        pytest.param(elf(Arch(), [(0, 0, 1, 1)], phentsize=8), {AT_BASE: 0x1000}, id="damaged headers"),
        pytest.param(elf(Arch(), [(0x5000, 0, 1, 1)]), {AT_BASE: 0x1000}, id="no segment with its header"),
        pytest.param(b"\x7fELF", {AT_PHDR: 8}, id="headers below address 0"),
    ],
)
def test_what_is_not_understood_is_not_listed(content, auxv):
    assert list(objects_in_memory(reader((0x1000, content)), Arch(), auxv, "/bin/a")) == []


def listed(memory, *candidates: LoadedRange):
    areas = LoadedAreas("gdb", memory, lambda: candidates).areas()
    return [(a.start, a.end, a.perms, a.path, a.offset) for a in areas]


@pytest.mark.parametrize("arch", ARCHES)
def test_an_object_is_listed_by_its_segments_instead_of_its_sections(arch):
    loads = [(0, 0, 0x800, 0x800), (PAGE, PAGE, 0x700, 0x700), (2 * PAGE + 0x100, 0x3100, 0x200, 0x1000)]
    sections = [
        LoadedRange(0x50318, 0x50334, "/lib/x", 0x318),
        LoadedRange(0x51000, 0x51700, "/lib/x", 0x1000),
        LoadedRange(0x53100, 0x53300, "/lib/x", 0x2100),
        LoadedRange(0x53300, 0x54100, "/lib/x"),
    ]
    found = placed_objects(reader((0x50000, elf(arch, loads))), PAGE, sections)
    assert found.segments == [
        LoadedRange(0x50000, 0x51000, "/lib/x", 0),
        LoadedRange(0x51000, 0x51000),
        LoadedRange(0x51000, 0x52000, "/lib/x", 0x1000),
        LoadedRange(0x52000, 0x52000),
        LoadedRange(0x53000, 0x54000, "/lib/x", 0x2000),
        LoadedRange(0x54000, 0x55000),
    ]
    assert found.others == []


def test_an_object_without_its_headers_in_memory_is_listed_as_the_debugger_says():
    sections = [
        LoadedRange(0x318, 0x334, "/lib/moved", 0x318),
        LoadedRange(0x51000, 0x51700, "/lib/headless", 0x100000),
        LoadedRange(0x60000, 0x60100),
    ]
    found = placed_objects(reader((0x50000, bytes(PAGE))), PAGE, sections)
    assert (found.segments, list(found.others)) == ([], sections)


def test_only_what_can_be_read_is_listed_with_unknown_protection():
    memory = reader((0x1000, bytes(PAGE)), (0x5000, bytes(PAGE)))
    candidates = [
        LoadedRange(0x5000, 0x6000, "/b", 0),
        LoadedRange(0x1000, 0x2000),
        LoadedRange(0x3000, 0x4000, "/c", 0),
    ]
    assert listed(memory, *candidates) == [
        (0x1000, 0x2000, "????", None, None),
        (0x5000, 0x6000, "????", "/b", 0),
    ]


def test_what_ends_where_nothing_can_be_read_is_not_listed():
    memory = reader((0x1000, bytes(PAGE)))
    assert listed(memory, LoadedRange(0x1000, 0x2001), LoadedRange(0x1800, 0x2000)) == [
        (0x1800, 0x2000, "????", None, None)
    ]


def test_of_what_overlaps_the_first_that_was_named_stands():
    memory = reader((0x1000, bytes(4 * PAGE)))
    candidates = [
        LoadedRange(0x2000, 0x3000, "/sure"),
        LoadedRange(0x1000, 0x2001, "/less"),
        LoadedRange(0x1000, 0x2000, "/fits"),
    ]
    assert [row[3] for row in listed(memory, *candidates)] == ["/fits", "/sure"]


def test_the_top_of_the_address_space_can_be_listed():
    memory = reader((TOP - PAGE, bytes(PAGE)))
    assert listed(memory, LoadedRange(TOP - PAGE, TOP))[0][:2] == (TOP - PAGE, TOP)


def test_nothing_found_is_a_map_without_areas():
    assert not listed(reader((0x1000, b"x")), LoadedRange(0x8000, 0x9000), LoadedRange(0x1000, 0x1000))


def test_the_main_stack_reaches_from_its_pointer_to_the_program_s_name():
    threads = [Thread(1, 0x7FFE1234), Thread(2, 0x7FFD0010), Thread(3, None)]
    assert list(stacks_in_use(threads, PAGE, {AT_EXECFN: 0x7FFFFFEB})) == [
        LoadedRange(0x7FFE1000, 0x80000000),
        LoadedRange(0x7FFD0000, 0x7FFD1000),
    ]


@pytest.mark.parametrize("name", [0, 0x1000, 0x7FFE0FFF, 0x90000000], ids=hex)
def test_a_stack_elsewhere_does_not_reach_to_the_program_s_name(name):
    assert list(stacks_in_use([Thread(1, 0x7FFE1234)], PAGE, {AT_EXECFN: name})) == [
        LoadedRange(0x7FFE1000, 0x7FFE2000)
    ]


def test_without_an_auxiliary_vector_only_the_page_of_each_pointer_is_known():
    assert list(stacks_in_use([Thread(1, 0x7FFE1234)], PAGE)) == [LoadedRange(0x7FFE1000, 0x7FFE2000)]
