"""Cores that don't list mapped files: the names come from what is in memory, and from the debugger."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from ptatlas.core.maps.kinds import classify
from ptatlas.core.ports.program import Module
from ptatlas.core.sources import core_target
from support.core_builder import NT_AUXV, NT_FILE, PAGE, PT_LOAD, CoreBuilder, elf_image

BASE, STACK = 0x10000, 0x90000
BUILD_ID = b"\x11" * 20


def without_list(core, path):
    """Write a copy of a core whose list of mapped files is a note that nobody knows."""
    data = bytearray(Path(core).read_bytes())
    # A kernel's note, and GDB's: the size of the owner, that of the content, the type, the owner.
    at = data.index(struct.pack("<I", NT_FILE) + b"CORE\0")
    struct.pack_into("<I", data, at, 0x11111111)
    path.write_bytes(data)
    return str(path)


def test_loaded_objects_are_named_where_they_lie_as_the_process_had_them(dumped, odd_program, tmp_path):
    target = core_target(without_list(dumped.core, tmp_path / "core"))
    live = {area.start: area for area in dumped.areas}
    found = [a for a in target.listers[0].areas() if a.path and a.path[0] == "/" and a.start in live]
    named = {os.path.realpath(area.path) for area in found}
    assert str(odd_program) in named
    assert {os.path.basename(path) for path in named} >= {"libc.so.6", "ld-linux-x86-64.so.2"}
    assert [(os.path.realpath(a.path), a.offset) for a in found] == [
        (live[a.start].path, live[a.start].offset) for a in found
    ]
    assert len(found) > 12 or dumped.by == "gdb"  # GDB leaves out what files have
    kinds = classify(target.listers[0].areas(), module_paths=[m.path for m in target.modules.modules()])
    assert {area.kind for area in kinds if area.path in {a.path for a in found}} == {"module"}
    assert not [problem for problem in target.problems if "libc" in problem or str(odd_program) in problem]


def test_code_that_was_left_out_comes_from_the_files(dumped, tmp_path):
    target = core_target(without_list(dumped.core, tmp_path / "core"))
    code = [a for a in target.listers[0].areas() if a.path and "libc" in a.path and "x" in a.perms]
    for area in code:
        room = bytearray(area.size)
        assert target.readers[0].read_into(area.start, memoryview(room)) == area.size
        assert bytes(room) == dumped.contents[area.start]
    assert code or dumped.by == "gdb"


def program_core(tmp_path, *, build_id=BUILD_ID, name=b"", comm=b"prog", command=b"", modules=()):
    """A core of a static program of two pages of which only the first was dumped."""
    image = bytearray(elf_image(build_id))
    image[56:58] = (2).to_bytes(2, "little")  # e_phnum: its notes, and one segment of both pages
    content_at = struct.unpack_from("<Q", image, 64 + 8)[0]
    notes = bytes(image[content_at : content_at + 64])
    headers = bytearray(image[64 : 64 + 56])
    load = struct.pack("<IIQQQQQQ", PT_LOAD, 5, 0, 0, 0, 2 * PAGE, 2 * PAGE, PAGE)
    struct.pack_into("<QQ", headers, 8, 64 + 112, 64 + 112)  # the notes follow
    image[64 : 64 + 112 + 64] = bytes(headers) + load + notes
    (tmp_path / "prog").write_bytes(image)
    builder = CoreBuilder().load(BASE, bytes(image[:PAGE]), "r-x", 2 * PAGE)
    builder.load(STACK, name + b"\0" * (PAGE - len(name)))
    builder.process(7, comm, command)
    builder.auxv(PHDR=BASE + 64, PHENT=56, PHNUM=2, PAGESZ=PAGE, EXECFN=STACK)
    return core_target(builder.write(tmp_path / "core"), modules)


def names(target):
    return [area.path for area in target.listers[0].areas()]


def test_the_program_is_named_as_it_was_started(tmp_path):
    path = bytes(tmp_path / "prog")
    target = program_core(tmp_path, name=path)
    assert names(target) == [path.decode(), "[stack]"]
    room = bytearray(PAGE)
    assert target.readers[0].read_into(BASE + PAGE, memoryview(room)) == PAGE
    assert target.problems == ()


def test_a_name_that_is_not_absolute_is_that_of_the_debugger_s_module_with_the_build_id(tmp_path):
    modules = [Module("/bin/other", b"2" * 20), Module(str(tmp_path / "prog"), BUILD_ID)]
    assert names(program_core(tmp_path, name=b"./prog", modules=modules))[0] == str(tmp_path / "prog")
    assert names(program_core(tmp_path, name=b"./prog"))[0] == "./prog"


def test_without_a_name_on_the_stack_the_command_line_has_it(tmp_path):
    assert names(program_core(tmp_path, command=b"/opt/prog --option"))[0] == "/opt/prog"
    # Programs may overwrite their command line; then there is the name that the kernel, or Valgrind, knows.
    assert names(program_core(tmp_path, command=b"/nginx: worker process"))[0] == "prog"
    assert names(program_core(tmp_path))[0] == "prog"


def test_without_an_auxiliary_vector_the_program_leads_to_the_linker_s_list_itself(
    dumped, odd_program, tmp_path
):
    core = without_list(dumped.core, tmp_path / "core")
    data = bytearray(Path(core).read_bytes())
    struct.pack_into("<I", data, data.index(struct.pack("<I", NT_AUXV) + b"CORE\0"), 0x11111112)
    Path(core).write_bytes(data)
    areas = core_target(core, [Module(str(odd_program))]).listers[0].areas()
    found = {os.path.basename(area.path) for area in areas if area.path}
    assert found >= {odd_program.name[:15], "libc.so.6", "ld-linux-x86-64.so.2", "[heap]"}
    assert not any("vdso" in name for name in found)


def test_a_script_is_not_the_program_that_runs_it(tmp_path):
    target = program_core(tmp_path, name=b"/bin/run.py", comm=b"run.py", command=b"/opt/prog /bin/run.py x")
    assert names(target)[0] == "/opt/prog"


def test_another_build_under_that_name_is_told_and_not_read(tmp_path):
    program_core(tmp_path, build_id=b"3" * 20, name=bytes(tmp_path / "other"))
    (tmp_path / "other").write_bytes(elf_image(b"4" * 20))
    target = core_target(str(tmp_path / "core"))
    assert [str(tmp_path / "other") in problem for problem in target.problems] == [True]
    assert target.readers[0].read_into(BASE + PAGE, memoryview(bytearray(1))) == 0


@pytest.mark.parametrize("modules", [[], [Module("/bin/prog", b"5" * 20)]])
def test_an_object_that_nothing_names_stays_without_a_name(tmp_path, modules):
    builder = CoreBuilder().load(BASE, elf_image(BUILD_ID)[:PAGE], "r-x", 2 * PAGE)
    assert names(core_target(builder.write(tmp_path / "core"), modules)) == [None]


def test_a_core_that_lists_files_is_believed(tmp_path):
    builder = CoreBuilder().load(BASE, elf_image(BUILD_ID)[:PAGE], "r-x", PAGE).files()
    target = core_target(builder.write(tmp_path / "core"), [Module("/bin/prog", BUILD_ID)])
    assert names(target) == [""]
