"""A core file from anywhere may name any file; one that nothing proves shows up nowhere."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from ptatlas.core.ports.program import Module
from ptatlas.core.sources.elf_core.core import core_target
from support.core_builder import PAGE, CoreBuilder
from support.opened import opened_files
from support.shell import Shell

BASE = 0x7F0000000000
SECRET = b"the key of somebody who only opened a core "


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A file of the analyst's own, which is older than the core."""
    path = tmp_path / "private.txt"
    path.write_bytes(SECRET * 400)
    os.utime(path, (0, 0))
    return path


def naming(tmp_path: Path, name: Path, dumped: bytes = b"", size: int = 2 * PAGE, perms: str = "r--") -> str:
    """A core that says that it had mapped this file, with some bytes that it claims to be there."""
    builder = CoreBuilder().load(BASE, dumped, perms, size).load(BASE + 16 * PAGE, b"stack" * 900)
    return builder.files((BASE, BASE + size, 0, bytes(name))).write(tmp_path / "core")


GUESSES = [
    pytest.param(b"", id="nothing dumped"),
    pytest.param(bytes(PAGE), id="zeros"),
    pytest.param(SECRET[:7], id="the right beginning, less than a page"),
    pytest.param(b"x" * PAGE, id="another page"),
]


@pytest.mark.parametrize("dumped", GUESSES)
@pytest.mark.parametrize("kind", ["linux", "freebsd"])
def test_a_private_file_shows_up_in_no_command(
    tmp_path: Path, private: Path, dumped: bytes, kind: str
) -> None:
    core = naming(tmp_path, private, dumped)
    if kind == "freebsd":
        builder = CoreBuilder().load(BASE, dumped, "r--", 2 * PAGE).load(BASE + 16 * PAGE, b"stack" * 900)
        entry = builder.vm_entry(BASE, BASE + 2 * PAGE, "r--", kind=2, path=bytes(private))
        stack = builder.vm_entry(BASE + 16 * PAGE, BASE + 17 * PAGE, "rw-")
        core = builder.vm_map(entry, stack).write(tmp_path / "core")
    shell = Shell(core_target(core))
    before = private.stat().st_atime_ns
    assert shell.json("pt-find 'somebody who only'")["count"] == 0
    assert shell.json("pt-image load files")["sections"] == []
    shell.run("pt-image snapshot taken")
    shell.run(f"pt-image add-core added {core}")
    for image in ("taken", "added"):
        out = tmp_path / image
        shell.run(f"pt-image export {image} --core {out}")
        assert b"somebody who only" not in out.read_bytes()
        assert shell.json(f"pt-find 'somebody who only' --image {image}")["count"] == 0
    if not dumped.strip(b"\0"):
        assert private.stat().st_atime_ns == before  # not even looked at


def test_one_that_was_dumped_in_part_is_proven_and_read(tmp_path: Path, private: Path) -> None:
    page = private.read_bytes()[:PAGE]
    shell = Shell(core_target(naming(tmp_path, private, page)))
    assert shell.json("pt-find 'somebody who only'")["count"] == 2 * PAGE // len(SECRET)


def test_who_trusts_names_reads_it_and_is_told_that_nothing_proves_it(tmp_path: Path, private: Path) -> None:
    shell = Shell(core_target(naming(tmp_path, private)))
    document = shell.json("pt-find 'somebody who only' --trust-files")
    assert document["count"] == 2 * PAGE // len(SECRET)
    (told,) = document["problems"]
    assert told.startswith("not proven: ")
    assert str(private) in told
    assert [row["why"] for row in document["coverage"]["because"] if row["what"] == "problems"] == [told]
    assert any("not proven" in line for line in shell.lines("pt-image snapshot taken --trust-files"))
    assert shell.json("pt-image load files --trust-files")["unproven"][0]["path"] == str(private)
    assert shell.json("pt-find 'somebody who only'")["count"] == 0


def test_what_was_found_with_trust_is_what_the_next_search_narrows(tmp_path: Path, private: Path) -> None:
    shell = Shell(core_target(naming(tmp_path, private)))
    found = shell.json("pt-find 'somebody who only' --trust-files")["count"]
    assert len(shell.inferior.last_hits) == found
    assert shell.json("pt-find --next 'somebody who only' --trust-files")["count"] == found


# --- a program that the debugger has loaded


def loaded(tmp_path: Path, perms: str = "r-x", image: bytes | None = None) -> tuple[str, Module]:
    program = tmp_path / "program"
    program.write_bytes(image or a_program())
    os.utime(program, (0, 0))
    return naming(tmp_path, program, b"", 2 * PAGE, perms), Module(str(program))


def a_program() -> bytes:
    """An ELF file of two pages, all of which one segment loads, `r-x`, and that has no build-id."""
    header = b"\x7fELF\2\1\1".ljust(16, b"\0")
    header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 2 * PAGE, 2 * PAGE, PAGE)
    return (header + segment).ljust(2 * PAGE, b"Z")


def test_a_program_that_the_debugger_has_loaded_serves_and_is_said_to_be_unproven(tmp_path: Path) -> None:
    core, module = loaded(tmp_path, "r-x")
    assert core_target(core).unproven == ()
    target = core_target(core, [module])
    assert target.readers[0].read_into(BASE + PAGE, memoryview(bytearray(PAGE))) == PAGE
    (part,) = target.unproven
    assert part[:3] == (BASE, BASE + 2 * PAGE, module.path)
    assert "the debugger has loaded" in part.why


@pytest.mark.parametrize("change", ["its rights", "its place", "no ELF file"])
def test_not_if_it_is_not_laid_out_like_that(tmp_path: Path, change: str) -> None:
    core, module = loaded(tmp_path, "rwx" if change == "its rights" else "r-x")
    if change == "no ELF file":
        core, module = loaded(tmp_path, "r-x", SECRET * 400)
    elif change == "its place":
        builder = CoreBuilder().load(BASE, b"", "r-x", 2 * PAGE)
        builder.files((BASE, BASE + 2 * PAGE, 5 * PAGE, module.path.encode()))
        core = builder.write(tmp_path / "core")
    assert core_target(core, [module]).unproven == ()
    assert core_target(core, [module]).readers[0].read_into(BASE, memoryview(bytearray(1))) == 0


def test_a_sysroot_is_not_left_through_links(tmp_path: Path, private: Path) -> None:
    root = tmp_path / "root"
    (root / "lib").mkdir(parents=True)
    (root / "lib" / "x").symlink_to(private)
    core = naming(tmp_path, Path("/lib/x"), private.read_bytes()[:PAGE])
    target = core_target(core, sysroot=str(root))
    assert target.readers[0].read_into(BASE + PAGE, memoryview(bytearray(1))) == 0


@pytest.mark.parametrize("trusts", [False, True])
@pytest.mark.parametrize("kind", ["a FIFO", "a device", "a folder", "the kernel's link"])
def test_nothing_but_a_regular_file_is_touched(
    tmp_path: Path, private: Path, kind: str, trusts: bool
) -> None:
    odd = tmp_path / "odd"
    if kind == "a FIFO":
        os.mkfifo(odd)
    elif kind == "a folder":
        odd.mkdir()
    page = private.read_bytes()[:PAGE]
    with private.open() as stream:
        private.unlink()
        name = {"a device": "/dev/zero", "the kernel's link": f"/proc/self/fd/{stream.fileno()}"}.get(
            kind, odd
        )
        core = naming(tmp_path, Path(name), page)
        with opened_files() as counts:
            target = core_target(core, trust_files=trusts)
            assert target.readers[0].read_into(BASE + PAGE, memoryview(bytearray(1))) == 0
    assert str(name) not in counts
