"""Cores and stubs from elsewhere name files of this machine: what nothing proves is no memory.

The core holds no build-id and no page of what it names: the program, which the user has loaded, another one
of the same layout, and a text. GDB itself opens each of them and shows it as memory.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from elftools.elf.elffile import ELFFile
from ptatlas.core.ports.files import LOADED
from support.asking import run_json
from support.bare_stub import Mapped, bare_stub
from support.compile import compile_c
from support.core_builder import PAGE, CoreBuilder
from support.session import Session
from support.sessions import GdbSession, LldbSession

SOURCE = """
const char mark[] = "MARK %s OF THE FILE";
void _start(void) { for (;;) ; }
"""
FLAGS = ("-static", "-nostdlib", "-no-pie", "-fno-pie", "-Wl,--build-id=none")
TEXT, STACK = 0x10000000, 0x7FFFE000
OTHER_BASE = 0x20000000
NT_X86_XSTATE = 0x202
NOTE_OPENED = (
    "import os; opened = []; was = os.open; "
    "os.open = lambda path, *more, **options: (opened.append(str(path)), was(path, *more, **options))[1]"
)


class Opened(NamedTuple):
    session: Session
    program: Path
    other: Path
    text: Path


def program(build_dir: Path, name: str, base: int) -> Path:
    return compile_c(SOURCE % name, build_dir, *FLAGS, f"-Wl,-Ttext-segment={base:#x}")


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def opened(request, build_dir, tmp_path_factory) -> Iterator[Opened]:
    folder = tmp_path_factory.mktemp("files_of_others")
    text = folder / "private.txt"
    text.write_bytes(b"MARK PRIVATE OF THE FILE ".ljust(2 * PAGE, b"."))
    core = CoreBuilder().thread(42, struct.pack("<27Q", *[0] * 19, STACK, *[0] * 7))
    core.note(b"LINUX", NT_X86_XSTATE, bytes(1024))  # LLDB takes the core for one of Linux by it
    core.load(TEXT, b"", "r--", 2 * PAGE)
    named = [(TEXT, TEXT + 2 * PAGE, 0, bytes(text))]
    loaded, other = program(build_dir, "LOADED", 0x400000), program(build_dir, "OTHER", OTHER_BASE)
    for each in (loaded, other):
        os.utime(each, (0, 0))
        named += mapped(core, each)
    core.load(STACK, b"MARK".ljust(PAGE, b"\1"))
    core.files(*sorted(named)).write(folder / "core")
    os.utime(text, (0, 0))
    with request.param.start(loaded, core=folder / "core") as session:
        assert session.load_ptatlas() == ""
        session.run_python(NOTE_OPENED)
        yield Opened(session, loaded, other, text)


def mapped(core: CoreBuilder, path: Path) -> Iterator[tuple[int, int, int, bytes]]:
    """Map a program's segments, of which the core holds nothing."""
    with path.open("rb") as stream:
        for one in ELFFile(stream).iter_segments("PT_LOAD"):
            start, end = one["p_vaddr"] & -PAGE, -(-(one["p_vaddr"] + one["p_filesz"]) // PAGE) * PAGE
            perms = "".join(
                letter if one["p_flags"] & bit else "-" for bit, letter in ((4, "r"), (2, "w"), (1, "x"))
            )
            core.load(start, b"", perms, end - start)
            yield start, end, one["p_offset"] & -PAGE, bytes(path)


@pytest.fixture(params=["auto", "debugger"])
def session(opened, request) -> Session:
    """The session, which reads the core directly, or as GDB or LLDB does itself."""
    switch = {"gdb": "set ptatlas source {}", "lldb": "ptatlas set source {}"}[opened.session.name]
    assert opened.session.run(switch.format(request.param)) == ""
    return opened.session


def test_only_what_the_user_has_loaded_is_read_and_it_is_said_to_be_unproven(session, opened):
    document = run_json(session, "pt-find 'OF THE FILE'")
    loaded = [hit["area"] for hit in document["hits"]]
    if session.name == "lldb" and document["source"] == "lldb":
        assert loaded == []  # LLDB reads the core alone
        return
    assert loaded == [str(opened.program)]
    told = [text for text in document["problems"] if text.startswith("not proven: ")]
    assert [text.partition(" as in the file ")[2] for text in told] == [f"{opened.program}, {LOADED}"]


def test_nothing_else_comes_into_an_image_or_out_of_it(session, opened, tmp_path):
    loaded = run_json(session, "pt-image load it")
    paths = {section["content"]["path"] for section in loaded["sections"]}
    assert paths <= {str(opened.program)}
    session.run("pt-image snapshot taken")
    for image in ["taken", *(["it"] if paths else [])]:
        out = tmp_path / image
        text = session.run(f"pt-image export {image} --core {out}")
        content = out.read_bytes()
        assert b"PRIVATE" not in content
        assert b"OTHER" not in content
        is_carried = b"LOADED" in content
        assert (f"not proven: {opened.program}, {LOADED}" in text.splitlines()) == is_carried
        again = run_json(session, f"pt-image export {image} --core {out}")
        told = [{"path": str(opened.program), "why": LOADED}]
        assert again.get("unproven", []) == (told if is_carried else [])
    for image in ("it", "taken"):
        session.run(f"pt-image drop {image}")


def test_it_is_not_even_opened(session, opened):
    session.run("pt-maps")
    session.run("pt-find MARK")
    session.run_python("names = ' '.join(opened)")
    assert session.run_python(f"print({opened.program.parent.name!r} in names)").strip() == "True"
    for name in (opened.text.name, opened.other.parent.name):
        assert session.run_python(f"print({name!r} in names)").strip() == "False"


def test_who_trusts_the_names_reads_all_of_them(session, opened):
    document = run_json(session, "pt-find 'OF THE FILE' --trust-files")
    is_read = document["source"] != "lldb"
    assert {hit["area"] for hit in document["hits"]} == (set(map(str, opened[1:])) if is_read else set())


# --- a stub, whose map names a file and its very inode, and whose memory is a guess of how it begins


CONNECT = {"gdb": "target remote :{}", "lldb": "process connect --plugin gdb-remote connect://127.0.0.1:{}"}
SETTINGS = {
    # With its system GDB reads the map, through the stub.
    "gdb": ("set architecture i386:x86-64", "set osabi GNU/Linux"),
    "lldb": ("settings set target.default-arch x86_64", "script lldb.debugger.SetAsync(False)"),
}


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def behind_stub(request, tmp_path_factory) -> Iterator[tuple[Session, Path]]:
    text = tmp_path_factory.mktemp("named_by_a_stub") / "private.txt"
    text.write_bytes(b"MARK PRIVATE OF THE FILE ".ljust(2 * PAGE, b"."))
    maps = [
        Mapped(TEXT, TEXT + 2 * PAGE, "r--p", 0, str(text), text.stat().st_ino),
        Mapped(STACK, STACK + PAGE, "rw-p", 0, "[stack]", 0),
    ]
    memory = [(TEXT, b"MARK PRI"), (STACK, b"MARK".ljust(PAGE, b"\1"))]
    with bare_stub(memory, maps) as port, request.param.start() as session:
        assert session.load_ptatlas() == ""
        for line in SETTINGS[session.name]:
            session.run(line)
        session.run(CONNECT[session.name].format(port))
        yield session, text


def test_what_a_stub_names_comes_into_no_image(behind_stub, tmp_path):
    session, text = behind_stub
    assert str(text) in session.run("pt-maps")
    assert run_json(session, "pt-image load it")["sections"] == []
    assert run_json(session, f"pt-image check --in {TEXT:#x}")["compared"] == 0
    session.run("pt-image snapshot taken")
    session.run(f"pt-image export taken --core {tmp_path / 'out'}")
    assert b"PRIVATE" not in (tmp_path / "out").read_bytes()
