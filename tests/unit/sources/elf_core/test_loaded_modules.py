"""The loaded objects, from the dynamic linker's list in the dumped memory."""

from __future__ import annotations

import pytest
from ptatlas.core.sources import core_target
from support.core_builder import EM_386, EM_PPC64, EM_X86_64, PAGE, PT_DYNAMIC, PT_PHDR, CoreBuilder

PROGRAM, LINKER, LIBRARY, HEAP = 0x10000, 0x20000, 0x30000, 0x40000
NEXT = 3  # l_next's index in struct link_map


def dynamic_core(word_size=8, endian="little", machine=EM_X86_64, *, phdr=0x40, debug=HEAP, links=None):
    """A core of a program at PROGRAM, moved by as much, with the linker's list in the heap."""
    builder = CoreBuilder(word_size, endian, machine)
    headers = b""
    for kind, address in ((PT_PHDR, 0x40), (PT_DYNAMIC, 0x200)):
        fields = (kind, 4) if word_size == 8 else (kind,)
        rest = (0, address, 0, 0, 0, 0) if word_size == 8 else (0, address, 0, 0, 0, 4, 0)
        headers += builder.pack("II" if word_size == 8 else "I", *fields) + builder.pack(
            "W" * len(rest), *rest
        )
    dynamic = builder.pack("WWWWWW", 5, 1, 21, debug, 0, 0)
    program = bytes(0x40) + headers
    program = program.ljust(0x200, b"\0") + dynamic
    heap = builder.pack("WW", 1, HEAP + 0x100).ljust(0x100, b"\0")
    for index, (section, following) in enumerate(
        links or [(PROGRAM + 0x200, 1), (LIBRARY, 2), (LINKER, None)]
    ):
        at = 0 if following is None else HEAP + 0x100 * (following + 1)
        heap = heap.ljust(0x100 * (index + 1), b"\0") + builder.pack("WWWWW", 0, 0, section, at, 0)
    for address, content in ((PROGRAM, program), (LINKER, b""), (LIBRARY, b""), (HEAP, heap)):
        builder.load(address, content.ljust(PAGE, b"\0"), "r--")
    builder.files(
        *(
            (at, at + PAGE, 0, name)
            for at, name in ((PROGRAM, b"/bin/p"), (LINKER, b"/ld"), (LIBRARY, b"/lib"))
        )
    )
    size = 56 if word_size == 8 else 32
    return builder.auxv(PHDR=PROGRAM + phdr, PHENT=size, PHNUM=2, BASE=LINKER)


def modules(tmp_path, builder):
    return [module.path for module in core_target(builder.write(tmp_path / "core")).modules.modules()]


@pytest.mark.parametrize(
    ("word_size", "endian", "machine"),
    [(8, "little", EM_X86_64), (4, "little", EM_386), (8, "big", EM_PPC64), (4, "big", EM_PPC64)],
)
def test_the_program_comes_first_then_the_objects_in_the_linker_s_order(tmp_path, word_size, endian, machine):
    assert modules(tmp_path, dynamic_core(word_size, endian, machine)) == ["/bin/p", "/lib", "/ld"]


def test_a_static_program_is_its_only_module(tmp_path):
    builder = CoreBuilder().load(PROGRAM, bytes(PAGE)).files((PROGRAM, PROGRAM + PAGE, 0, b"/bin/static"))
    builder.auxv(PHDR=PROGRAM + 0x40, PHENT=56, PHNUM=1, ENTRY=PROGRAM + 0x100)
    assert modules(tmp_path, builder) == ["/bin/static"]


def test_objects_that_lie_in_no_file_are_left_out(tmp_path):
    builder = dynamic_core(links=[(PROGRAM, 1), (HEAP, 2), (0, 3), (0xDEAD000, 4), (LIBRARY, None)])
    assert modules(tmp_path, builder) == ["/bin/p", "/lib", "/ld"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"debug": 0}, id="a linker that hasn't begun"),
        pytest.param({"debug": 0xDEAD000}, id="a list that wasn't dumped"),
        pytest.param({"links": [(PROGRAM, 0)]}, id="a list that is a circle"),
        pytest.param({"links": [(PROGRAM, 500)]}, id="a list that leads out of memory"),
    ],
)
def test_a_damaged_list_ends_where_it_is_damaged(tmp_path, options):
    assert modules(tmp_path, dynamic_core(**options)) == ["/bin/p", "/ld"]


def test_a_core_without_auxiliary_vector_names_no_module(tmp_path):
    assert modules(tmp_path, CoreBuilder().load(PROGRAM, bytes(PAGE))) == []
