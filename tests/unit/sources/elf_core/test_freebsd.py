"""Core files of FreeBSD: its map, threads and process, by the layouts of sys/user.h and sys/procfs.h."""

from __future__ import annotations

import os

import pytest
from ptatlas.core.maps.kinds import classify
from ptatlas.core.ports.threads import Thread, ThreadName
from ptatlas.core.sources import core_target
from support.core_builder import EM_386, EM_AARCH64, EM_X86_64, NT_PROCSTAT_VMMAP, PAGE, CoreBuilder

DEFAULT, VNODE, SWAP, DEVICE, GUARD = 1, 2, 3, 4, 9
COPY_ON_WRITE, GROWS_DOWN, SYSV, POSIX = 0x1, 0x20, 0x80, 0x100


SHAPES = [
    pytest.param(8, "little", EM_X86_64, id="amd64"),
    pytest.param(4, "little", EM_386, id="i386"),
    pytest.param(8, "little", EM_AARCH64, id="arm64"),
    pytest.param(8, "big", 21, id="powerpc64"),
]


def with_map(builder, *entries):
    return builder.vm_map(*(builder.vm_entry(*e[:-1], **e[-1]) for e in entries))


def areas(tmp_path, builder):
    return core_target(builder.write(tmp_path / "core")).listers[0].areas()


@pytest.mark.parametrize(("word_size", "endian", "machine"), SHAPES)
def test_the_map_is_the_kernel_s_own(tmp_path, word_size, endian, machine):
    builder = CoreBuilder(word_size, endian, machine).load(0x1000, bytes(PAGE), "r-x")
    with_map(
        builder,
        (0x1000, 0x3000, "r-x", VNODE, COPY_ON_WRITE, {"path": b"/bin/cat", "offset": 0x2000, "inode": 7}),
        (0x3000, 0x5000, "rw-", VNODE, 0, {"path": b"/var/db", "offset": 0}),
        (0x5000, 0x6000, "rw-", {}),
        (0x6000, 0x7000, "rw-", SWAP, POSIX, {}),
        (0x8000, 0x9000, "rw-", DEVICE, {}),
        (0x9000, 0xA000, "---", GUARD, {}),
        (0xA000, 0xB000, "rw-", DEFAULT, GROWS_DOWN, {}),
    )
    found = classify(areas(tmp_path, builder))
    assert [(a.start, a.end, a.perms, a.offset, a.path, a.kind) for a in found] == [
        (0x1000, 0x3000, "r-xp", 0x2000, "/bin/cat", "module"),
        (0x3000, 0x5000, "rw-s", 0, "/var/db", "file"),
        (0x5000, 0x6000, "rw-?", 0, "", "anon"),
        (0x6000, 0x7000, "rw-s", 0, "", "shared"),
        (0x8000, 0x9000, "rw-?", 0, "", "device"),
        (0x9000, 0xA000, "---?", 0, "", "guard"),
        (0xA000, 0xB000, "rw-?", 0, "", "stack"),
    ]
    assert found[0].inode == 7


def test_a_file_whose_name_the_kernel_had_lost_is_not_said_to_have_none(tmp_path):
    builder = with_map(CoreBuilder().load(0x1000, b"x"), (0x1000, 0x2000, "r--", VNODE, {}))
    assert areas(tmp_path, builder)[0].path is None


def test_addresses_at_the_top_and_names_byte_by_byte(tmp_path):
    builder = CoreBuilder().load(0x1000, b"x")
    with_map(builder, (2**64 - 2 * PAGE, 2**64 - PAGE, "r--", VNODE, {"path": b"/\xff \x1b"}))
    (area,) = areas(tmp_path, builder)
    assert (area.end, area.path) == (2**64 - PAGE, "/\udcff \x1b")


def test_a_map_of_32_bits_ends_with_them_and_offsets_with_those_of_files(tmp_path):
    builder = CoreBuilder(4, "little", EM_386).load(0x1000, bytes(PAGE), "r-x")
    with_map(
        builder,
        (0x1000, 0x2000, "r-x", VNODE, 0, {"path": b"/a", "offset": (1 << 63) - 1}),
        (0x3000, 0x4000, "r--", VNODE, 0, {"path": b"/b", "offset": 1 << 63}),
        (0xFFFF_F000, 0x1_0000_1000, "rw-", {}),
        (0x2_0000_0000, 0x2_0000_1000, "rw-", {}),
    )
    target = core_target(builder.write(tmp_path / "core"))
    assert [(area.start, area.end, area.offset) for area in target.listers[0].areas()] == [
        (0x1000, 0x2000, (1 << 63) - 1),
        (0x3000, 0x4000, None),
        (0xFFFF_F000, 1 << 32, 0),
    ]
    assert any("3 areas lie where" in problem for problem in target.problems)


def test_files_of_the_map_give_what_the_dump_left_out(tmp_path):
    (tmp_path / "lib").write_bytes(b"from the file".ljust(PAGE, b"."))
    os.utime(tmp_path / "lib", (0, 0))
    builder = CoreBuilder().load(0x1000, b"", "r--", PAGE)
    with_map(builder, (0x1000, 0x2000, "r--", VNODE, COPY_ON_WRITE, {"path": bytes(tmp_path / "lib")}))
    room = bytearray(13)
    target = core_target(builder.write(tmp_path / "core"), trust_files=True)
    assert target.readers[0].read_into(0x1000, memoryview(room)) == 13
    assert room == b"from the file"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0\0\0\0" + b"\x01\0\0\0" * 50, id="an entry that is too small"),
        pytest.param(b"\0\0\0\0" + b"\xff\xff\xff\x7f" * 50, id="an entry that never ends"),
    ],
)
def test_a_damaged_map_leaves_the_segments(tmp_path, content):
    builder = CoreBuilder().load(0x1000, bytes(PAGE)).note(b"FreeBSD", NT_PROCSTAT_VMMAP, content)
    assert [a.start for a in areas(tmp_path, builder)] == [0x1000]


@pytest.mark.parametrize(
    ("machine", "word_size", "head", "size", "at"),
    [
        pytest.param(EM_X86_64, 8, 48, 176, 160, id="amd64"),
        pytest.param(EM_386, 4, 28, 76, 64, id="i386"),
        pytest.param(EM_AARCH64, 8, 48, 272, 248, id="arm64"),
    ],
)
def test_threads_and_their_stack_pointers(tmp_path, machine, word_size, head, size, at):
    builder = CoreBuilder(word_size, "little", machine).load(0x1000, b"x")
    registers = b"".join((8 * n).to_bytes(word_size, "little") for n in range(size // word_size))
    content = bytes(head - 8 if word_size == 8 else head - 4)
    content += (100123).to_bytes(4, "little") + bytes(4 if word_size == 8 else 0) + registers
    builder.note(b"FreeBSD", 1, content)
    builder.note(b"FreeBSD", 7, b"worker".ljust(24, b"\0"))
    target = core_target(builder.write(tmp_path / "core"))
    assert target.thread_names.names() == {100123: ThreadName(1, "worker")}
    assert target.threads.threads() == (Thread(100123, 8 * (at // word_size)),)
    assert target.pid is None  # threads have numbers of their own


def test_the_auxiliary_vector_has_freebsd_s_own_numbers(tmp_path):
    builder = CoreBuilder().load(0x1000, b"/bin/sh\0".ljust(PAGE, b"s"))
    # AT_PAGESZ, AT_EXECPATH, AT_HWCAP, AT_ENVV, AT_FXRNG: Linux's 25, 31 and 33 are other things.
    entries = [(6, 8192), (15, 0x1000), (25, 0x1010), (31, 0x1020), (33, 0x1000), (0, 0)]
    builder.note(b"FreeBSD", 16, bytes(4) + b"".join(builder.pack("WW", *entry) for entry in entries))
    target = core_target(builder.write(tmp_path / "core"))
    assert (target.name, target.arch.page_size) == ("sh", 8192)
    assert [area.path for area in target.listers[0].areas()] == [None]


@pytest.mark.parametrize(("word_size", "name_at", "pid_at"), [(8, 16, 116), (4, 8, 108)])
def test_the_process_and_its_name(tmp_path, word_size, name_at, pid_at):
    content = bytearray(pid_at + 4)
    content[name_at : name_at + 8] = b"postgres"
    content[pid_at:] = (4242).to_bytes(4, "little")
    machine = EM_X86_64 if word_size == 8 else EM_386
    builder = CoreBuilder(word_size, "little", machine).load(0x1000, b"x").note(b"FreeBSD", 3, bytes(content))
    target = core_target(builder.write(tmp_path / "core"))
    assert (target.pid, target.name) == (4242, "postgres")
