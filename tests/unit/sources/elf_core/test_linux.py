"""The notes of Linux, as each machine lays them out."""

from __future__ import annotations

import pytest
from ptatlas.core.ports.threads import Thread, ThreadName
from ptatlas.core.sources import core_target
from ptatlas.core.sources.elf_core.linux import NT_ARM_TLS
from support.core_builder import (
    EM_386,
    EM_AARCH64,
    EM_ARM,
    EM_LOONGARCH,
    EM_MIPS,
    EM_PPC,
    EM_PPC64,
    EM_RISCV,
    EM_S390,
    EM_X86_64,
    NT_PRPSINFO,
    NT_PRSTATUS,
    CoreBuilder,
)

# How many registers of how many bytes, and which of them is the stack pointer.
MACHINES = [
    pytest.param(EM_X86_64, 8, "little", 27, 8, 19, id="x86-64"),
    pytest.param(EM_X86_64, 4, "little", 27, 8, 19, id="x32"),
    pytest.param(EM_386, 4, "little", 17, 4, 15, id="i386"),
    pytest.param(EM_AARCH64, 8, "little", 34, 8, 31, id="aarch64"),
    pytest.param(EM_AARCH64, 8, "big", 34, 8, 31, id="aarch64, big-endian"),
    pytest.param(EM_ARM, 4, "little", 18, 4, 13, id="arm"),
    pytest.param(EM_PPC64, 8, "big", 48, 8, 1, id="ppc64"),
    pytest.param(EM_PPC64, 8, "little", 48, 8, 1, id="ppc64le"),
    pytest.param(EM_PPC, 4, "big", 48, 4, 1, id="ppc"),
    pytest.param(EM_S390, 8, "big", 27, 8, 2 + 15, id="s390x"),
    pytest.param(EM_S390, 4, "big", 36, 4, 2 + 15, id="s390"),
    pytest.param(EM_MIPS, 8, "big", 45, 8, 29, id="mips64"),
    pytest.param(EM_MIPS, 4, "big", 45, 4, 6 + 29, id="mips"),
    pytest.param(EM_MIPS, 4, "little", 45, 4, 6 + 29, id="mipsel"),
    pytest.param(EM_RISCV, 8, "little", 32, 8, 2, id="riscv64"),
    pytest.param(EM_RISCV, 4, "little", 32, 4, 2, id="riscv32"),
    pytest.param(EM_LOONGARCH, 8, "little", 45, 8, 3, id="loongarch64"),
]


def registers(count, size, endian):
    """Each register holds its own number times 0x1000, so that a wrong one is seen."""
    return b"".join((0x1000 * number).to_bytes(size, endian) for number in range(count))


@pytest.mark.parametrize(("machine", "word_size", "endian", "count", "size", "which"), MACHINES)
def test_threads_and_their_stack_pointers(tmp_path, machine, word_size, endian, count, size, which):
    builder = CoreBuilder(word_size, endian, machine).process(77, b"prog").load(0x1000, b"x")
    for tid in (78, 77):
        builder.thread(tid, registers(count, size, endian))
    target = core_target(builder.write(tmp_path / "core"))
    assert [thread[:2] for thread in target.threads.threads()] == [(77, 0x1000 * which), (78, 0x1000 * which)]
    assert (target.arch.word_size, target.arch.endian) == (word_size, endian)
    assert target.problems == ()


@pytest.mark.parametrize(
    ("machine", "word_size", "count", "pc", "pointer"),
    [
        pytest.param(EM_X86_64, 8, 27, 16, 21, id="x86-64: rip, fs_base"),
        pytest.param(EM_386, 4, 17, 12, None, id="i386: eip"),
        pytest.param(EM_AARCH64, 8, 34, 32, 0xABC, id="aarch64: pc, and the thread pointer in a note"),
    ],
)
def test_program_counters_thread_pointers_and_numbers(tmp_path, machine, word_size, count, pc, pointer):
    builder = CoreBuilder(word_size, "little", machine).process(77, b"prog").load(0x1000, b"x")
    for tid in (78, 77):
        builder.thread(tid, registers(count, word_size, "little"))
        if machine == EM_AARCH64:
            builder.note(b"LINUX", NT_ARM_TLS, (0xABC).to_bytes(8, "little"))
    target = core_target(builder.write(tmp_path / "core"))
    assert [thread.program_counter for thread in target.threads.threads()] == [0x1000 * pc] * 2
    known = pointer if machine == EM_AARCH64 else pointer and 0x1000 * pointer
    assert target.thread_pointers.thread_pointers([77]) == ({} if known is None else {77: known})
    # In the order of the notes, as both debuggers number threads of a core.
    assert target.thread_names.names() == {78: ThreadName(1), 77: ThreadName(2)}


@pytest.mark.parametrize(
    ("machine", "size"),
    [
        pytest.param(EM_MIPS, 440, id="MIPS n32, whose registers are wider"),
        pytest.param(9999, 336, id="a machine that is not known"),
    ],
)
def test_of_another_layout_the_stack_pointer_is_not_guessed(tmp_path, machine, size):
    builder = CoreBuilder(4, "big", machine).load(0x1000, b"x")
    builder.note(b"CORE", NT_PRSTATUS, (bytes(24) + (5).to_bytes(4, "big")).ljust(size, b"\x11"))
    assert core_target(builder.write(tmp_path / "core")).threads.threads() == (Thread(5, None),)


@pytest.mark.parametrize(
    ("word_size", "size", "pid_at", "name_at"),
    [
        pytest.param(8, 136, 24, 40, id="64 bits"),
        pytest.param(4, 124, 12, 28, id="32 bits, short user identifiers"),
        pytest.param(4, 128, 16, 32, id="32 bits, long user identifiers"),
    ],
)
def test_the_process_and_its_name(tmp_path, word_size, size, pid_at, name_at):
    content = bytearray(size)
    content[pid_at : pid_at + 4] = (4242).to_bytes(4, "little")
    content[name_at : name_at + 16] = b"sixteen_letters_"
    machine = EM_X86_64 if word_size == 8 else EM_386
    builder = (
        CoreBuilder(word_size, "little", machine).note(b"CORE", NT_PRPSINFO, bytes(content)).load(0, b"x")
    )
    target = core_target(builder.write(tmp_path / "core"))
    assert (target.pid, target.name) == (4242, "sixteen_letters_")


def test_the_whole_name_comes_from_the_stack_if_it_is_there(tmp_path):
    builder = CoreBuilder().process(1, b"a_long_program_n").auxv(EXECFN=0x7000_0100)
    builder.load(0x7000_0000, bytes(0x100) + b"/opt/bin/a_long_program_name\0rest")
    assert core_target(builder.write(tmp_path / "core")).name == "a_long_program_name"


def test_the_only_thread_names_the_process_where_no_note_does(tmp_path):
    builder = CoreBuilder().thread(9, bytes(27 * 8)).load(0, b"x")
    assert core_target(builder.write(tmp_path / "core")).pid == 9
    builder.thread(10, bytes(27 * 8))
    assert core_target(builder.write(tmp_path / "core")).pid is None


@pytest.mark.parametrize("told", [4096, 16384, 65536])
def test_the_page_size_is_the_one_of_the_auxiliary_vector(tmp_path, told):
    builder = CoreBuilder(machine=EM_AARCH64).auxv(PAGESZ=told).load(0, b"x")
    assert core_target(builder.write(tmp_path / "core")).arch.page_size == told


@pytest.mark.parametrize(
    ("masks", "ignored"),
    [
        pytest.param(None, 0xFF << 56, id="tags alone"),
        pytest.param((0x7F << 48, 0x7F << 48), 0xFF7F << 48, id="signatures"),
        pytest.param((0x3F << 49, 0x7F << 48), 0xFF7F << 48, id="more of code's addresses"),
        pytest.param(((1 << 64) - 1, 0), 0xFF7FFFFF << 32, id="a mask that can't be"),
    ],
)
@pytest.mark.parametrize("endian", ["little", "big"])
def test_the_bits_of_addresses_that_are_tags_or_signatures_are_known(tmp_path, endian, masks, ignored):
    builder = CoreBuilder(8, endian, EM_AARCH64).thread(9, bytes(34 * 8)).load(0, b"x")
    if masks is not None:
        builder.note(b"LINUX", 0x406, builder.pack("QQ", *masks))
    assert core_target(builder.write(tmp_path / "core")).arch.ignored_bits == ignored


def test_addresses_of_other_machines_have_no_tags(tmp_path):
    for machine in (EM_X86_64, EM_PPC64):
        builder = CoreBuilder(8, "little", machine).load(0, b"x")
        assert core_target(builder.write(tmp_path / "core")).arch.ignored_bits == 0


@pytest.mark.parametrize("told", [0, 1, 4095, 1 << 60])
def test_an_impossible_page_size_is_not_believed(tmp_path, told):
    builder = CoreBuilder().auxv(PAGESZ=told).load(0, b"x")
    assert core_target(builder.write(tmp_path / "core")).arch.page_size == 4096


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        pytest.param(1, b"short", id="a thread's"),
        pytest.param(3, bytes(50), id="a process's"),
        pytest.param(0x46494C45, b"short", id="of mapped files, too short"),
        pytest.param(0x46494C45, (1 << 40).to_bytes(8, "little") + bytes(8), id="of mapped files, too many"),
    ],
)
def test_a_damaged_note_is_a_problem_and_the_rest_counts(tmp_path, kind, content):
    builder = CoreBuilder().note(b"CORE", kind, content).process(5, b"after").load(0, b"x")
    target = core_target(builder.write(tmp_path / "core"))
    assert (target.pid, target.name) == (5, "after")
    assert len(target.problems) == 1


def test_a_process_of_number_zero_is_that_of_its_only_thread(tmp_path):
    builder = CoreBuilder().load(0x1000, b"x").process(0, b"valgrind")
    builder.thread(4242, registers(27, 8, "little"))
    target = core_target(builder.write(tmp_path / "core"))
    assert (target.pid, target.name) == (4242, "valgrind")


@pytest.mark.parametrize(
    ("machine", "noted", "size"),
    [
        pytest.param(EM_PPC64, None, 65536, id="by the machine"),
        pytest.param(EM_PPC64, 4096, 4096, id="by the list of files"),
        pytest.param(EM_X86_64, 1, 4096, id="GDB's list of files has offsets in bytes"),
    ],
)
def test_without_an_auxiliary_vector_the_page_size_is_known(tmp_path, machine, noted, size):
    builder = CoreBuilder(8, "little", machine).load(0x10000, b"x")
    if noted is not None:
        builder.files((0x10000, 0x20000, 0, b"/nowhere"), page_size=noted)
    assert core_target(builder.write(tmp_path / "core")).arch.page_size == size
