"""What GDB prints of memory regions, sections and the auxiliary vector."""

from __future__ import annotations

import pytest
from ptatlas.core.ports.program import LoadedRange
from ptatlas.core.ranges import Range
from ptatlas.gdbext.sections import parse_auxv, parse_held, parse_regions, parse_sections

REGIONS_32 = (
    "Using memory regions provided by the target.\n"
    "Num Enb Low Addr   High Addr  Attrs \n"
    "0   y  \t0x08000000 0x08100000 flash blocksize 0x800 nocache \n"
    "1   y  \t0x10000000 0x10010000 ro nocache \n"
    "2   n  \t0x20000000 0x20010000 wo 32 nocache \n"
    "3   y  \t0x30000000 0x30010000 wo 32 cache \n"
    "4   y  \t0xf0000000 0x100000000 rw nocache \n"
)
REGIONS_64 = (
    "Using user-defined memory regions.\n"
    "Num Enb Low Addr           High Addr          Attrs \n"
    "1   y  \t0xfffffffff0000000 0x10000000000000000 rw nocache \n"
)
SECTIONS = """\
Exec file: `/tmp/fw.elf', file type elf32-powerpc.
 [0]      0x100000f4->0x10000118 at 0x000000f4: .note.gnu.build-id ALLOC LOAD READONLY DATA HAS_CONTENTS
 [1]      0x100cc000->0x100cd000 at 0x000cc000: .bss ALLOC
 [2]      0x10000180->0x1008643c at 0x00000180: .text ALLOC LOAD READONLY CODE HAS_CONTENTS
 [3]      0x100ccb48->0x100ccb6c at 0x000bcb48: .tbss ALLOC
 [4]      0x200ccb48->0x200ccb48 at 0x000bcb48: .empty ALLOC LOAD
 [5]      0x00000000->0x0000001f at 0x000c1274: .comment READONLY HAS_CONTENTS
Object file: \u2018/lib/it's a lib.so\u2019, file type elf32-powerpc.
 [14]     0x40000000->0x40000010 at 0x00000000: .text ALLOC LOAD READONLY CODE HAS_CONTENTS
Object file: `system-supplied DSO at 0x7fc6db8ef000', file type elf32-powerpc.
 [7]      0x7fffe580->0x7fffe5a8 at 0x00000580: .rodata ALLOC LOAD DATA HAS_CONTENTS
"""
AUXV = """\
22   AT_IGNOREPPC         Entry should be ignored        22
3    AT_PHDR              Program headers for program    0x10000034
6    AT_PAGESZ            System page size               65536
16   AT_HWCAP             Machine-dependent CPU capability hints 0x8000000
31   AT_EXECFN            File name of executable        0x40800fec "./a 0x12 b"
0    AT_NULL              End of vector                  0x0
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            REGIONS_32,
            [
                (0x08000000, 0x08100000, "r???"),
                (0x10000000, 0x10010000, "r-??"),
                (0x30000000, 0x30010000, "-w??"),
                (0xF0000000, 1 << 32, "rw??"),
            ],
            id="32 bits",
        ),
        pytest.param(REGIONS_64, [(0xFFFFFFFFF0000000, 1 << 64, "rw??")], id="64 bits, up to the top"),
        pytest.param(
            "Using memory regions provided by the target.\nThere are no memory regions defined.\n",
            [],
            id="none",
        ),
    ],
)
def test_regions_tell_what_their_modes_say_and_no_more(text, expected):
    assert [(area.start, area.end, area.perms) for area in parse_regions(text, "gdb")] == expected


def test_sections_in_memory_are_told_with_their_files_those_with_content_first():
    assert parse_sections(SECTIONS) == [
        LoadedRange(0x100000F4, 0x10000118, "/tmp/fw.elf", 0xF4),
        LoadedRange(0x10000180, 0x1008643C, "/tmp/fw.elf", 0x180),
        LoadedRange(0x40000000, 0x40000010, "/lib/it's a lib.so", 0),
        LoadedRange(0x100CC000, 0x100CD000, "/tmp/fw.elf", None),
        LoadedRange(0x7FFFE580, 0x7FFFE5A8, None, None),
    ]


def test_what_a_core_file_holds_is_told_apart_from_what_it_left_out_and_from_other_files():
    core = (
        "Core file: `/tmp/core', file type elf64-x86-64.\n"
        " [0]      0x00000000->0x000005cc at 0x000000b0: note0 READONLY HAS_CONTENTS\n"
        " [1]      0x7f0000000000->0x7f0000002000 at 0x0000067c: load1 ALLOC READONLY\n"
        " [2]      0x7fffe000->0x7ffff000 at 0x0000067c: load2 ALLOC LOAD HAS_CONTENTS\n"
    )
    assert list(parse_held(SECTIONS + core)) == [Range(0x7FFFE000, 0x7FFFF000)]
    assert list(parse_held(SECTIONS)) == []


def test_the_auxiliary_vector_gives_numbers_by_type():
    assert parse_auxv(AUXV) == {0: 0, 3: 0x10000034, 6: 65536, 16: 0x8000000, 22: 22, 31: 0x40800FEC}


def test_what_is_no_auxiliary_vector_gives_nothing():
    assert parse_auxv("The program has no auxiliary information now.\n") == {}


def test_a_number_may_begin_with_zeros():
    assert parse_auxv("6    AT_PAGESZ            System page size               04096\n") == {6: 4096}
