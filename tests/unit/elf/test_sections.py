"""The sections of ELF files: where each lies, in the file and in memory."""

from __future__ import annotations

import importlib
import struct
import subprocess
import sys
import types
from pathlib import Path

import pytest
from ptatlas.core.elf import sections
from ptatlas.core.elf.sections import sections_of
from support.compile import compile_c

SOURCE = """
int zeros[5000];
__thread int own;
__thread int mine = 3;
int main(void) { return own + mine + zeros[0]; }
"""


@pytest.fixture
def program(build_dir: Path) -> Path:
    return compile_c(SOURCE, build_dir)


def read_of(content: bytes):
    return lambda offset, size: content[offset : offset + size]


def test_they_are_what_readelf_says(program: Path) -> None:
    content = program.read_bytes()
    text = subprocess.run(["readelf", "-SW", program], capture_output=True, text=True, check=True).stdout
    told = []
    for line in text.splitlines():
        _number, bracket, rest = line.partition("] ")
        words = rest.split()
        if bracket and len(words) > 5 and words[0] not in ("Name", "NULL"):
            told.append((words[0], int(words[2], 16), int(words[3], 16), int(words[4], 16)))
    found = sections_of(read_of(content), len(content))
    assert [one.name for one in found] == [name for name, *_ in told]
    for one, (_, address, offset, size) in zip(found, told):
        assert one.size == size
        assert one.offset in (offset, None)
        assert one.address in (address, None)


def test_what_lies_in_no_file_and_what_in_no_memory(program: Path) -> None:
    content = program.read_bytes()
    found = {one.name: one for one in sections_of(read_of(content), len(content))}
    assert found[".bss"].offset is None
    assert found[".bss"].size >= 20_000
    assert (found[".bss"].perms, found[".text"].perms, found[".rodata"].perms) == ("rw-", "r-x", "r--")
    assert found[".tbss"].address is None
    assert found[".tdata"].address is not None
    assert found[".symtab"].address is None


@pytest.mark.parametrize("cut", [0, 3, 16, 64, 1000, -1000, -100])
def test_a_damaged_file_has_none(program: Path, cut: int) -> None:
    content = program.read_bytes()[:cut]
    assert sections_of(read_of(content), len(content)) == []


def test_a_readline_that_completes_nothing_hinders_no_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """LLDB has such a module, and Python 3.13's pdb, which pyelftools imports, would fail because of it."""
    own = types.ModuleType("readline")
    monkeypatch.setattr(sys, "builtin_module_names", ("readline",))
    monkeypatch.setitem(sys.modules, "readline", own)
    monkeypatch.delitem(sys.modules, "rlcompleter", raising=False)
    with pytest.raises(AttributeError):
        importlib.import_module("rlcompleter")
    with sections._whole_readline():
        assert importlib.import_module("rlcompleter")
    assert sys.modules["readline"] is own


def sections_named(count: int, names: bytes) -> bytes:
    """An ELF file with so many sections, the first of which holds the names; all have the first name."""
    names_at = 64 + 64 * count
    head = b"\x7fELF\2\1\1".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, 64, 0, 64, 0, 0, 64, count, 0)
    first = struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, names_at, len(names), 0, 0, 1, 0)
    other = struct.pack("<IIQQQQIIQQ", 0, 1, 2, 0x1000, 64, 16, 0, 0, 4, 0)
    return head + first + other * (count - 1) + names


def test_sections_may_share_a_name() -> None:
    content = sections_named(500, b".text\0")
    assert [one.name for one in sections_of(read_of(content), len(content))] == [".text"] * 500


def test_names_that_are_read_again_and_again_are_no_sections() -> None:
    """They would have half a gigabyte."""
    content = sections_named(2000, b"a" * (1 << 18) + b"\0")
    read = 0

    def count(offset: int, size: int) -> bytes:
        nonlocal read
        found = content[offset : offset + size]
        read += len(found)
        return found

    assert sections_of(count, len(content)) == []
    assert read < 10 * len(content)
