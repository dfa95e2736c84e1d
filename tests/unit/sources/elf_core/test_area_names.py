"""Names and kinds of areas without a file: the heap, the vDSO's data, guard pages."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from ptatlas.core.sources import core_target
from support.core_builder import EM_386, EM_X86_64, PAGE, PT_LOAD, PT_PHDR, CoreBuilder

NT_GDB_TDESC = 0xFF000000
PROGRAM, VDSO, TOP = 0x400000, 0x7F0000020000, 0x7F0000100000


def names(target):
    return {area.start: area.path for area in target.listers[0].areas()}


@pytest.mark.parametrize("listed", [True, False])
def test_the_kernel_s_areas_have_their_names(dumped, tmp_path, listed):
    core = dumped.core
    if not listed:
        data = bytearray(Path(core).read_bytes())
        struct.pack_into("<I", data, data.index(struct.pack("<I", 0x46494C45) + b"CORE\0"), 0x11111111)
        core = str(tmp_path / "core")
        (tmp_path / "core").write_bytes(data)
    found = names(core_target(core))
    wanted = {a.start: a.path for a in dumped.areas if a.path and a.path.startswith("[") and a.start in found}
    assert "[heap]" in wanted.values()
    assert ("[vvar]" in wanted.values()) == (dumped.by == "kernel")
    assert {start: found[start] for start in wanted} == wanted
    # And nothing else has such a name.
    assert {start for start, name in found.items() if name and name.startswith("[")} == set(wanted)


def static_program(word_size=8, machine=EM_X86_64, bss=0x2800):
    """A core of a program without libc's list of symbols, whose memory ends at PROGRAM + 0x800 + bss."""
    builder = CoreBuilder(word_size, "little", machine)
    rows = [(PT_PHDR, PROGRAM + 0x40, 112), (PT_LOAD, PROGRAM, 0x800 + bss)]
    table = b""
    for kind, address, size in rows:
        sizes = (0x800, size)
        wide, narrow = (kind, 6, 0, address, 0, *sizes, 1), (kind, 0, address, 0, *sizes, 6, 1)
        table += builder.pack("IIWWWWWW", *wide) if word_size == 8 else builder.pack("8W", *narrow)
    builder.load(PROGRAM, (bytes(0x40) + table).ljust(3 * PAGE, b"\0"), "rw-")
    builder.auxv(PHDR=PROGRAM + 0x40, PHENT=len(table) // 2, PHNUM=2, PAGESZ=PAGE)
    return builder


def listed(builder, tmp_path):
    builder.files((PROGRAM, PROGRAM + PAGE, 0, b"/bin/static"))
    return core_target(builder.write(tmp_path / "core"))


@pytest.mark.parametrize(("word_size", "machine", "gap"), [
    pytest.param(8, EM_X86_64, 0, id="right behind .bss"),
    pytest.param(8, EM_X86_64, 0x3FFFF000, id="as far as the kernel moves it"),
    pytest.param(4, EM_386, 0x1FFF000, id="32 bits"),
])  # fmt: skip
def test_without_libc_the_heap_is_the_area_behind_bss(tmp_path, word_size, machine, gap):
    builder = static_program(word_size, machine).load(PROGRAM + 4 * PAGE + gap, bytes(PAGE), "rw-")
    assert names(listed(builder, tmp_path))[PROGRAM + 4 * PAGE + gap] == "[heap]"


@pytest.mark.parametrize(
    ("start", "perms", "word_size"),
    [
        pytest.param(PROGRAM + (2 << 30), "rw-", 8, id="too far"),
        pytest.param(PROGRAM + (64 << 20), "rw-", 4, id="too far for 32 bits"),
        pytest.param(PROGRAM + 0x10000, "r-x", 8, id="not to be written"),
    ],
)
def test_what_cannot_be_the_heap_is_not_called_so(tmp_path, start, perms, word_size):
    machine = EM_X86_64 if word_size == 8 else EM_386
    builder = static_program(word_size, machine).load(start, bytes(PAGE), perms)
    assert names(listed(builder, tmp_path))[start] == ""


def test_a_file_behind_bss_is_no_heap(tmp_path):
    start = PROGRAM + 0x10000
    builder = static_program().load(start, bytes(PAGE)).load(start + PAGE, bytes(PAGE))
    builder.files((PROGRAM, PROGRAM + PAGE, 0, b"/bin/static"), (start, start + PAGE, 0, b"/var/db"))
    assert names(core_target(builder.write(tmp_path / "core")))[start + PAGE] == ""


def vdso_core(tmp_path, *below):
    """A core with a vDSO and below it areas of (pages, protection, content)."""
    builder, at = CoreBuilder(), VDSO
    for pages, perms, byte in below:
        at -= pages * PAGE
        builder.load(at, bytes([byte]) * (pages * PAGE), perms)
    builder.load(VDSO, b"\x7fELF".ljust(2 * PAGE, b"\0"), "r-x").auxv(SYSINFO_EHDR=VDSO, PAGESZ=PAGE).files()
    found = names(core_target(builder.write(tmp_path / "core")))
    return [name for start, name in found.items() if start < VDSO]


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        pytest.param([(4, "r--", 0)], ["[vvar]"], id="one area"),
        pytest.param([(2, "r--", 0), (4, "r--", 0)], ["[vvar]", "[vvar_vclock]"], id="two, from 6.13 on"),
        pytest.param([(4, "r--", 0), (1, "rw-", 0)], ["", "[vvar]"], id="a neighbour that may be written"),
        pytest.param([(2, "r--", 0), (4, "r--", 7)], ["", "[vvar]"], id="a neighbour with content"),
        pytest.param([(4, "r--", 7)], [""], id="content"),
        pytest.param([(4, "rw-", 0)], [""], id="to be written"),
        pytest.param([(64, "r--", 0)], [""], id="too large"),
    ],
)
def test_the_zeros_right_below_the_vdso_are_its_data(tmp_path, below, expected):
    assert vdso_core(tmp_path, *below) == expected


def stacks_core(tmp_path, *, by_gdb=True, guard="r--", byte=0, size=PAGE, pointer=0x800):
    """A core of a thread whose stack has an area below it; return the kind of that."""
    builder = CoreBuilder().load(TOP - PAGE, bytes([byte]) * size, guard, PAGE).load(TOP, bytes(4 * PAGE))
    registers = b"".join((TOP + pointer if n == 19 else 0).to_bytes(8, "little") for n in range(27))
    builder.thread(7, registers).files()
    if by_gdb:
        builder.note(b"GDB", NT_GDB_TDESC, b"<target/>\0")
    return core_target(builder.write(tmp_path / "core")).listers[0].areas()[0].kind


def test_what_gdb_wrote_as_readable_below_a_stack_is_its_guard(tmp_path):
    assert stacks_core(tmp_path) == "guard"
    assert stacks_core(tmp_path, size=0) == "guard"  # GDB 18 writes nothing


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"by_gdb": False}, id="not by GDB, so it is readable"),
        pytest.param({"guard": "rw-"}, id="to be written"),
        pytest.param({"byte": 7}, id="with content"),
        pytest.param({"pointer": 0x10000}, id="below no stack"),
    ],
)
def test_what_need_not_be_a_guard_is_none(tmp_path, options):
    assert stacks_core(tmp_path, **options) is None


def test_many_guards_stay_areas_of_their_own_as_in_the_process(tmp_path):
    builder, count = CoreBuilder().files(), 50
    builder.note(b"GDB", NT_GDB_TDESC, b"<target/>\0")
    for number in range(count):
        stack = TOP + number * 4 * PAGE
        builder.load(stack - PAGE, bytes(PAGE), "r--").load(stack, bytes(3 * PAGE))
        builder.thread(number + 1, builder.pack("27Q", *[0] * 19, stack + 0x800, *[0] * 7))
    areas = core_target(builder.write(tmp_path / "core")).listers[0].areas()
    assert [area.kind for area in areas] == ["guard", None] * count
