"""Bytes that the dump left out come from the file that was mapped, if it is proven to be the same."""

from __future__ import annotations

import os
import resource

import pytest
from ptatlas.core.ports.program import Module
from ptatlas.core.ranges import TOP
from ptatlas.core.sources import core_target
from support.core_builder import PAGE, CoreBuilder, elf_image

BASE = 0x7F0000000000
OURS, OTHER = b"\x11" * 20, b"\x22" * 20


@pytest.fixture
def lib(tmp_path):
    """Where the process had mapped its library."""
    (tmp_path / "usr").mkdir()
    return tmp_path / "usr" / "libx.so.1"


def dump(tmp_path, lib, image, *, dumped=PAGE, name=None, size=None, age=0):
    """A core of a process that had mapped `lib`, and of which `dumped` bytes were dumped.

    The file itself need not exist; the core is `age` seconds older than now.
    """
    size = size or -(-len(image) // PAGE) * PAGE
    builder = CoreBuilder().load(BASE, image[:dumped], "r--", size)
    builder.files((BASE, BASE + size, 0, name or bytes(lib)))
    path = builder.write(tmp_path / "core")
    now = os.stat(path).st_mtime
    os.utime(path, (now - age, now - age))
    return path


def read(target, address, size):
    room = bytearray(size)
    return bytes(room[: target.readers[0].read_into(address, memoryview(room))])


def absent(target):
    return [tuple(r) for r in target.absent.absent(0, TOP)]


def test_the_same_build_id_proves_the_file_however_new_it_is(tmp_path, lib):
    image = elf_image(OURS)
    lib.write_bytes(image)
    target = core_target(dump(tmp_path, lib, image, age=1000))
    assert read(target, BASE, 3 * PAGE) == image
    assert absent(target) == []
    assert target.problems == ()


def test_the_core_s_own_bytes_lie_over_the_file_s(tmp_path, lib):
    image = bytearray(elf_image(OURS))
    lib.write_bytes(image)
    image[200:204] = b"live"
    assert read(core_target(dump(tmp_path, lib, bytes(image))), BASE + 200, 4) == b"live"


@pytest.mark.parametrize("build_id", [OTHER, OURS[:8], None], ids=["another", "a shorter one", "none"])
def test_a_file_of_another_build_id_is_never_used(tmp_path, lib, build_id):
    lib.write_bytes(elf_image(build_id))
    os.utime(lib, (0, 0))
    target = core_target(dump(tmp_path, lib, elf_image(OURS)))
    assert absent(target) == [(BASE + PAGE, BASE + 2 * PAGE)]
    (problem,) = target.problems
    assert str(lib) in problem
    assert OURS.hex() in problem
    assert (build_id.hex() if build_id else "missing") in problem


def test_a_file_that_is_gone_leaves_its_part_absent_and_is_said_to_be(tmp_path, lib):
    target = core_target(dump(tmp_path, lib, elf_image(OURS)))
    assert absent(target) == [(BASE + PAGE, BASE + 2 * PAGE)]
    assert str(lib) in target.problems[0]


def test_a_file_that_the_core_holds_whole_is_not_looked_for(tmp_path, lib):
    target = core_target(dump(tmp_path, lib, elf_image(OURS), dumped=2 * PAGE))
    assert target.problems == ()


@pytest.mark.parametrize("where", ["debugger's module", "same name elsewhere"])
def test_a_module_of_the_debugger_serves_if_its_build_id_is_the_same(tmp_path, lib, where):
    image = elf_image(OURS)
    module = tmp_path / ("renamed.so" if where == "debugger's module" else lib.name)
    module.write_bytes(image)
    known = Module(str(module), OURS if where == "debugger's module" else None)
    target = core_target(dump(tmp_path, lib, image), modules=[Module("/nowhere/a"), known])
    assert read(target, BASE + PAGE, PAGE) == image[PAGE:]
    assert target.problems == ()


def test_a_module_that_lies_about_its_build_id_is_not_used(tmp_path, lib):
    module = tmp_path / "module.so"
    module.write_bytes(elf_image(OTHER))
    target = core_target(dump(tmp_path, lib, elf_image(OURS)), modules=[Module(str(module), OURS)])
    assert absent(target) == [(BASE + PAGE, BASE + 2 * PAGE)]


def test_a_sysroot_is_looked_at_first(tmp_path, lib):
    image = elf_image(OURS)
    lib.write_bytes(elf_image(OTHER))
    inside = tmp_path / "root" / str(lib).lstrip("/")
    inside.parent.mkdir(parents=True)
    inside.write_bytes(image)
    target = core_target(dump(tmp_path, lib, image), sysroot=str(tmp_path / "root"))
    assert read(target, BASE + PAGE, PAGE) == image[PAGE:]


def test_a_deleted_file_that_was_put_back_is_proven_by_its_build_id(tmp_path, lib):
    image = elf_image(OURS)
    lib.write_bytes(image)
    target = core_target(dump(tmp_path, lib, image, name=bytes(lib) + b" (deleted)"))
    assert read(target, BASE + PAGE, PAGE) == image[PAGE:]


def test_a_deleted_file_without_build_id_is_not_taken_for_its_successor(tmp_path, lib):
    image = elf_image(None)
    lib.write_bytes(image)
    os.utime(lib, (0, 0))
    target = core_target(dump(tmp_path, lib, image, name=bytes(lib) + b" (deleted)"))
    assert absent(target) == [(BASE + PAGE, BASE + 2 * PAGE)]


def test_without_build_id_an_older_file_of_that_name_serves(tmp_path, lib):
    image = elf_image(None)
    lib.write_bytes(image)
    os.utime(lib, (0, 0))
    assert read(core_target(dump(tmp_path, lib, image)), BASE, 2 * PAGE) == image


def test_without_build_id_a_newer_file_does_not(tmp_path, lib):
    image = elf_image(None)
    lib.write_bytes(image)
    target = core_target(dump(tmp_path, lib, image, age=1000))
    assert absent(target) == [(BASE + PAGE, BASE + 2 * PAGE)]
    assert "newer" in target.problems[0]


def test_without_build_id_a_file_that_begins_differently_does_not(tmp_path, lib):
    lib.write_bytes(b"quite another file".ljust(2 * PAGE, b"."))
    os.utime(lib, (0, 0))
    target = core_target(dump(tmp_path, lib, elf_image(None)))
    assert absent(target) == [(BASE + PAGE, BASE + 2 * PAGE)]
    assert "begins differently" in target.problems[0]


def test_a_file_that_was_not_dumped_at_all_serves_if_it_is_older(tmp_path, lib):
    lib.write_bytes(b"data" * PAGE)
    os.utime(lib, (0, 0))
    assert read(core_target(dump(tmp_path, lib, b"data" * PAGE, dumped=0)), BASE, 4 * PAGE) == b"data" * PAGE


def test_the_rest_of_a_file_s_last_page_is_zeros_and_what_follows_is_absent(tmp_path, lib):
    lib.write_bytes(b"x" * 100)
    os.utime(lib, (0, 0))
    target = core_target(dump(tmp_path, lib, b"", dumped=0, size=3 * PAGE))
    assert read(target, BASE, 3 * PAGE) == b"x" * 100 + bytes(PAGE - 100)
    assert absent(target) == [(BASE + PAGE, BASE + 3 * PAGE)]


def test_offsets_into_the_file_are_kept(tmp_path, lib):
    lib.write_bytes(b"".join(bytes([n]) * PAGE for n in range(8)))
    os.utime(lib, (0, 0))
    builder = CoreBuilder().load(BASE, b"", "r--", 2 * PAGE).load(BASE + 4 * PAGE, b"", "r--", PAGE)
    builder.files(
        (BASE, BASE + 2 * PAGE, 3 * PAGE, bytes(lib)),
        (BASE + 4 * PAGE, BASE + 5 * PAGE, 7 * PAGE, bytes(lib)),
    )
    target = core_target(builder.write(tmp_path / "core"))
    assert read(target, BASE + PAGE - 1, 2) == b"\3\4"
    assert read(target, BASE + 4 * PAGE, 1) == b"\7"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda lib: lib.write_bytes(b"changed" * PAGE), id="changed"),
        pytest.param(lambda lib: lib.unlink(), id="deleted"),
        pytest.param(lambda lib: (lib.unlink(), os.mkfifo(lib)), id="replaced by a FIFO"),
    ],
)
def test_a_file_that_is_changed_after_it_was_checked_is_read_no_more(tmp_path, lib, change):
    image = elf_image(OURS)
    lib.write_bytes(image)
    target = core_target(dump(tmp_path, lib, image))
    assert read(target, BASE, 2 * PAGE) == image
    change(lib)
    assert read(target, BASE, 2 * PAGE) == image[:PAGE]


@pytest.mark.parametrize("name", [b"/dev/zero", b"/proc/self/mem", b"relative", b"/", b"/a\0b"])
def test_what_is_no_regular_file_is_not_opened(tmp_path, lib, name):
    target = core_target(dump(tmp_path, lib, b"", dumped=0, size=PAGE, name=name))
    assert absent(target) == [(BASE, BASE + PAGE)]
    assert len(target.problems) == 1


def test_hundreds_of_files_need_no_descriptors(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    builder = CoreBuilder()
    mappings = []
    for number in range(300):
        file = tmp_path / f"lib{number}"
        file.write_bytes(bytes([number % 251]) * PAGE)
        os.utime(file, (0, 0))
        start = BASE + 2 * PAGE * number
        mappings.append((start, start + PAGE, 0, bytes(file)))
        builder.load(start, b"", "r--", PAGE)
    path = builder.files(*mappings).write(tmp_path / "core")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 100), hard))
    try:
        target = core_target(path)
        assert [read(target, m[0], 1)[0] for m in mappings] == [n % 251 for n in range(300)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("folder", ["", "gone/", "gone/too/"])
def test_a_file_that_is_missing_is_told_in_the_same_words_whether_its_folder_is_there(tmp_path, lib, folder):
    name = f"{tmp_path}/usr/{folder}lib"
    target = core_target(dump(tmp_path, lib, bytes(PAGE), dumped=0, name=name.encode()))
    assert target.problems == (f"{name!r} can't be read: No such file or directory",)


def test_a_folder_that_is_missing_is_looked_for_once(tmp_path, monkeypatch):
    looked_for: list[str] = []
    stat = os.stat
    monkeypatch.setattr(os, "stat", lambda path, **more: looked_for.append(str(path)) or stat(path, **more))
    files = [(BASE + n * PAGE, BASE + (n + 1) * PAGE, 0, b"/nowhere/at/all/%d" % n) for n in range(100)]
    target = core_target(CoreBuilder().files(*files).load(0x1000, b"x").write(tmp_path / "core"))
    assert len(target.problems) == 100
    assert [path for path in looked_for if path.startswith("/nowhere")] == ["/nowhere/at/all"]
