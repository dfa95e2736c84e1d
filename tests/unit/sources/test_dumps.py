"""Formats of dumps: tried in turn, the first that recognises the file opens it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ptatlas.core.errors import SourceDenied, SourceError
from ptatlas.core.ports.program import Module
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.dumps import ELF_CORE, FORMATS, Format, format_of, is_dump, open_dump
from support.core_builder import CoreBuilder

MAGIC = b"MADE UP!"
BASE = 0x1000


def made_up_target(path, modules):
    """Everything behind the magic number, at BASE; the first module's path is the name of its area."""
    content = Path(path).read_bytes()[len(MAGIC) :]
    return buffer_target([BufferArea(BASE, content, "rw-p", modules[0].path if modules else "")])


def refused_as(why):
    return lambda _read: why


MADE_UP = Format("made-up dump", lambda read: None if read(0, 8) == MAGIC else "not made up", made_up_target)
BOTH = (*FORMATS, MADE_UP)


@pytest.fixture
def made_up(tmp_path):
    path = tmp_path / "made-up"
    path.write_bytes(MAGIC + b"content")
    return str(path)


@pytest.fixture
def elf_core(tmp_path):
    return str(CoreBuilder().load(BASE, b"content").write(tmp_path / "core"))


def read(target, address, size):
    room = bytearray(size)
    return bytes(room[: target.readers[0].read_into(address, memoryview(room))])


def test_elf_cores_are_known():
    assert ELF_CORE in FORMATS


@pytest.mark.parametrize("formats", [BOTH, BOTH[::-1]], ids=["elf first", "elf last"])
def test_each_file_is_opened_by_the_format_that_recognises_it(elf_core, made_up, formats):
    assert [format_of(path, formats) for path in (elf_core, made_up)] == [ELF_CORE, MADE_UP]
    for path, source in ((elf_core, "core"), (made_up, "buffer")):
        target = open_dump(path, formats=formats)
        assert read(target, BASE, 7) == b"content"
        assert target.readers[0].source == source


def test_the_first_that_recognises_a_file_has_it(made_up):
    special = MADE_UP._replace(name="a special case")
    assert format_of(made_up, (special, MADE_UP)) is special


def test_a_format_gets_what_the_debugger_has_loaded(made_up):
    target = open_dump(made_up, [Module("/lib/a")], BOTH)
    assert [area.path for area in target.listers[0].areas()] == ["/lib/a"]


def test_what_no_format_recognises_names_those_that_were_tried(tmp_path):
    path = tmp_path / "text"
    path.write_text("text")
    with pytest.raises(SourceError) as caught:
        open_dump(str(path), formats=BOTH)
    assert str(caught.value) == f"{path}: not an ELF file; not made up"
    assert caught.value.hint == "formats tried: ELF core file, made-up dump"


def test_a_program_is_none_and_the_message_says_what_it_is():
    with pytest.raises(SourceError, match="not a core file; not made up"):
        open_dump("/proc/self/exe", formats=BOTH)


def test_what_a_format_recognises_and_finds_damaged_is_left_to_no_other(tmp_path):
    path = CoreBuilder().write(tmp_path / "core")
    anything = Format("anything", refused_as(None), made_up_target)
    with pytest.raises(SourceError, match="without program headers") as caught:
        open_dump(str(path), formats=(ELF_CORE, anything))
    assert caught.value.hint == "was it cut off?"


def test_a_format_may_look_anywhere_in_the_file_and_gets_what_is_there(made_up):
    looked = []

    def look(read):
        looked.append((read(0, 100), read(10, 2), read(100, 2), read(-1, 2)))
        return "nothing"

    with pytest.raises(SourceError):
        open_dump(made_up, formats=(Format("looks", look, made_up_target),))
    assert looked == [(MAGIC + b"content", b"nt", b"", b"")]


@pytest.mark.parametrize("name", ["missing", "folder", "fifo"])
def test_what_is_no_file_is_shown_to_no_format(tmp_path, name):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    path = str(tmp_path / name)
    with pytest.raises(SourceError) as caught:
        open_dump(path, formats=(Format("anything", refused_as(None), made_up_target),))
    assert name in str(caught.value)
    assert not is_dump(path, BOTH)


def test_what_may_not_be_read_is_denied(made_up):
    if os.geteuid() != 0:
        os.chmod(made_up, 0)
        with pytest.raises(SourceDenied):
            open_dump(made_up, formats=BOTH)
        return
    os.chmod(made_up, 0o600)
    pid = os.fork()
    if pid == 0:
        os.setresuid(65534, 65534, 65534)
        try:
            open_dump(made_up, formats=BOTH)
        except SourceDenied:
            os._exit(7)
        finally:
            os._exit(8)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


def test_whether_a_file_is_a_dump_at_all(elf_core, made_up):
    assert [is_dump(path) for path in (elf_core, made_up, "/proc/self/exe")] == [True, False, False]
    assert is_dump(made_up, BOTH)
