"""Core files of NetBSD and OpenBSD, by the structures of their sys/exec_elf.h."""

from __future__ import annotations

import pytest
from ptatlas.core.ports.threads import Thread
from ptatlas.core.sources import core_target
from support.core_builder import EM_386, EM_AARCH64, EM_SPARCV9, EM_X86_64, PAGE, CoreBuilder

SHAPES = [
    pytest.param(8, "little", EM_X86_64, 24, 33, id="amd64"),
    pytest.param(8, "big", EM_AARCH64, 31, 32, id="aarch64eb"),
    pytest.param(4, "little", EM_386, 4, 33, id="i386"),
]


def netbsd_process(builder, pid=4242, name=b"postgres", signal=11, thread=2):
    """struct netbsd_elfcore_procinfo: 160 bytes."""
    head = builder.pack("IIII", 1, 160, signal, 1) + bytes(64) + builder.pack("iiii", pid, 1, pid, pid)
    return head + bytes(24) + builder.pack("i", 2) + name.ljust(32, b"\0") + builder.pack("i", thread)


def openbsd_process(builder, pid=4242, name=b"postgres"):
    """struct elfcore_procinfo: 104 bytes."""
    head = builder.pack("IIII", 1, 104, 11, 1) + bytes(16) + builder.pack("iiii", pid, 1, pid, pid)
    return head + bytes(24) + name.ljust(32, b"\0")


def registers(builder, pointer_at, pointer):
    return b"".join(builder.pack("W", pointer if n == pointer_at else n) for n in range(40))


def target_of(tmp_path, builder):
    target = core_target(builder.load(0x10000, bytes(2 * PAGE), "r-x").write(tmp_path / "core"))
    assert target.problems == ()
    return target


@pytest.mark.parametrize(("word_size", "endian", "machine", "pointer_at", "getregs"), SHAPES)
def test_netbsd_tells_process_threads_and_auxiliary_vector(
    tmp_path, word_size, endian, machine, pointer_at, getregs
):
    builder = CoreBuilder(word_size, endian, machine)
    builder.note(b"NetBSD-CORE", 1, netbsd_process(builder))
    pair = "i4xQ" if word_size == 8 else "iI"
    entries = [(6, 2 * PAGE), (2014, 0x10008), (25, 0x10000), (0, 0)]
    builder.note(b"NetBSD-CORE", 2, b"".join(builder.pack(pair, *entry) for entry in entries))
    for thread in (2, 1):
        content = registers(builder, pointer_at, 0x10000 * thread)
        builder.note(b"NetBSD-CORE@%d" % thread, getregs, content)
        builder.note(b"NetBSD-CORE@%d" % thread, getregs + 2, bytes(512))  # floating-point registers
    target = target_of(tmp_path, builder)
    assert (target.pid, target.name, target.arch.page_size) == (4242, "postgres", 2 * PAGE)
    assert [thread[:2] for thread in target.threads.threads()] == [(2, 0x20000), (1, 0x10000)]
    assert target.signals.signals() == {2: 11}
    assert [tid for tid, _ in target.registers.registers()] == [2, 1]
    # Linux's names for what its auxiliary vector points to belong to Linux's cores.
    assert [area.path for area in target.listers[0].areas()] == [None]


@pytest.mark.parametrize(("word_size", "endian", "machine", "pointer_at"), [
    pytest.param(8, "little", EM_X86_64, 15, id="amd64"),
    pytest.param(8, "little", EM_AARCH64, 31, id="arm64"),
    pytest.param(4, "little", EM_386, 4, id="i386"),
])  # fmt: skip
def test_openbsd_tells_process_threads_and_page_size(tmp_path, word_size, endian, machine, pointer_at):
    builder = CoreBuilder(word_size, endian, machine)
    builder.note(b"OpenBSD", 10, openbsd_process(builder))
    builder.note(b"OpenBSD", 11, builder.pack("WWWW", 6, 4 * PAGE, 0, 0))
    for thread in (100123, 100124):
        builder.note(b"OpenBSD@%d" % thread, 20, registers(builder, pointer_at, thread))
    target = target_of(tmp_path, builder)
    assert (target.pid, target.name, target.arch.page_size) == (4242, "postgres", 4 * PAGE)
    assert [thread[:2] for thread in target.threads.threads()] == [(100123, 100123), (100124, 100124)]


def test_threads_of_a_machine_whose_registers_are_not_known_are_there(tmp_path):
    builder = CoreBuilder(8, "big", EM_SPARCV9).note(b"NetBSD-CORE@1", 32, bytes(160))
    target = target_of(tmp_path, builder)
    assert target.threads.threads() == (Thread(1, None),)
    assert target.registers is None
    assert target.pid is None  # a thread's number is no process's


@pytest.mark.parametrize(("owner", "kind"), [(b"NetBSD-CORE", 1), (b"OpenBSD", 10)])
def test_a_note_that_is_too_short_is_told(tmp_path, owner, kind):
    builder = CoreBuilder().note(owner, kind, bytes(40)).load(0x10000, b"x")
    assert core_target(builder.write(tmp_path / "core")).problems
