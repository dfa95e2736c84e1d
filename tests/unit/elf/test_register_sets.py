"""Registers in the notes of core files: every set is read as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.elf.headers import EM_386, EM_AARCH64, EM_PPC, EM_X86_64
from ptatlas.core.elf.register_sets import (
    NT_PRSTATUS,
    NT_XSTATE,
    SETS,
    RegisterSet,
    by_note_name,
    finish_xsave,
)

MACHINES = {EM_386: "i386", EM_PPC: "PowerPC", EM_X86_64: "x86-64", EM_AARCH64: "AArch64"}
# The sizes that Linux's core files have: sizeof(struct elf_prstatus), elf_fpregset_t, user_fxsr_struct.
SIZES = {EM_386: [144, 108, 512], EM_PPC: [268], EM_X86_64: [336, 512], EM_AARCH64: [392, 528]}

every_set = pytest.mark.parametrize(
    "each", [pytest.param(one, id=f"{MACHINES[m]} {one.type:#x}") for m, sets in SETS.items() for one in sets]
)


def test_every_machine_here_is_one_that_is_written():
    assert set(SETS) == set(MACHINES)


@pytest.mark.parametrize("machine", MACHINES, ids=MACHINES.values())
def test_notes_have_the_sizes_that_linux_gives_them(machine):
    assert [each.size for each in SETS[machine] if each.type != NT_XSTATE] == SIZES[machine]


@pytest.mark.slow
@every_set
@pytest.mark.parametrize("endian", ["little", "big"])
@given(data=st.data())
def test_registers_are_read_as_they_were_written(each: RegisterSet, endian: str, data):
    sizes: dict[str, int] = {}
    for field in each.fields:
        sizes[field.name] = max(sizes.get(field.name, 0), 8 * field.size + field.shift)
    registers = {name: data.draw(st.integers(0, (1 << bits) - 1), name) for name, bits in sizes.items()}
    content = bytes(each.encode(registers, endian))
    assert len(content) == each.size
    assert each.decode(content, endian) == registers


@every_set
def test_no_two_registers_share_bytes(each: RegisterSet):
    places = sorted((field.at, field.at + field.size) for field in each.fields)
    assert all(end <= start for (_, end), (start, _) in zip(places, places[1:]))
    assert places[-1][1] <= each.size


def test_a_note_that_is_cut_off_gives_what_it_has():
    status = next(each for each in SETS[EM_X86_64] if each.type == NT_PRSTATUS)
    content = bytes(status.encode({"r15": 1, "gs": 2}, "little"))
    assert status.decode(content[:120], "little") == {"r15": 1}


def test_lldbs_names_and_both_forms_of_the_tag_word_are_understood():
    named = by_note_name(EM_X86_64, {"rflags": 0x246, "ftag": 0xFFF0, "ymm3": 1 << 200 | 5})
    assert (named["eflags"], named["ftw"], named["xmm3"]) == (0x246, 0b11, 5)
    assert by_note_name(EM_AARCH64, {"lr": 1, "fp": 2, "pstate": 3}) == {"x30": 1, "x29": 2, "cpsr": 3}
    assert by_note_name(EM_386, {"ftag": 0xFFFF})["ftag"] == 0xFFFF


def test_an_xsave_area_says_which_parts_it_has():
    """GDB and the kernel take them from XCR0 in the part for software, and from XSTATE_BV."""
    content = bytearray(832)
    finish_xsave(content, b"\x01" * 512)
    assert content[:464] == b"\x01" * 464
    assert content[464:472] == content[512:520] == b"\x07" + bytes(7)
