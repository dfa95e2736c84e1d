"""displaced_code: code of loaded files that isn't mapped from them is found, and compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ptatlas.core.arch import LITTLE
from ptatlas.core.elf.headers import PT_LOAD, ElfHeader, ProgramHeader
from ptatlas.core.elf.segments import Elf
from ptatlas.core.files.pinned import RegularFile
from ptatlas.core.images.mapped.displaced import PlacedFile, displaced_code
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.sources.procfs.process import process_target
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.library import make_library
from support.shell import Shell
from support.targets import area

AT, PATH = 0x400000, "/lib/x.so"
# Headers, text, data: the data at one page more of memory than of the file.
ELF = Elf(
    ElfHeader(8, LITTLE, 3, 62),
    tuple(
        ProgramHeader(PT_LOAD, flags, offset, address, size, size)
        for flags, offset, address, size in (
            (4, 0, 0, 0x500),
            (5, 0x1000, 0x1000, 0x2800),
            (6, 0x4000, 0x5000, 0x100),
        )
    ),
)
HEAD, DATA = area(AT, AT + 0x1000, PATH, 0, "r--p"), area(AT + 0x5000, AT + 0x6000, PATH, 0x4000, "rw-p")


def text(start: int, end: int, path: str | None = PATH) -> Area:
    return area(AT + start, AT + end, path or "", start, "r-xp")._replace(path=path)


def found(tmp_path: Path, *areas: Area) -> list[tuple[int, int, int]]:
    """Where something is displaced in a map of these areas, and at which offset of the file."""
    (tmp_path / "file").write_bytes(b"x")
    file = RegularFile.at(tmp_path / "file")
    placed = [PlacedFile(each, AT, ELF, file) for each in areas if each.path == PATH]
    told = displaced_code(placed, AreaMap(areas))
    return [(each.part.start - AT, each.part.end - AT, each.offset) for each in told]


@pytest.mark.parametrize(
    ("areas", "parts"),
    [
        pytest.param([HEAD, text(0x1000, 0x4000), DATA], [], id="all from the file"),
        pytest.param([HEAD, text(0x1000, 0x4000, ""), DATA], [(0x1000, 0x3800, 0x1000)], id="anonymous"),
        pytest.param(
            [HEAD, text(0x1000, 0x2000), text(0x2000, 0x3000, ""), text(0x3000, 0x4000), DATA],
            [(0x2000, 0x3000, 0x2000)],
            id="the middle, as with huge pages",
        ),
        pytest.param([DATA, text(0x1000, 0x4000, "/memfd:x")], [(0x1000, 0x3800, 0x1000)], id="another file"),
        pytest.param([HEAD, DATA], [], id="no code is mapped"),
        pytest.param([HEAD, text(0x1000, 0x4000, None), DATA], [], id="perhaps the file: no name is known"),
        pytest.param([HEAD, text(0x1000, 0x4000, "")], [], id="a header that was looked at"),
    ],
)
def test_what_is_mapped_in_the_place_of_code_is_found(
    tmp_path: Path, areas: list[Area], parts: list[tuple[int, int, int]]
) -> None:
    assert found(tmp_path, *areas) == parts


# --- real processes


@contextmanager
def displacing(tmp_path: Path, *arguments: str) -> Iterator[tuple[Shell, str, int]]:
    """The commands over a process that displaced its library's code; the library, and its function."""
    library = make_library(tmp_path)
    program = compile_c(PROGRAMS / "displaced.c", tmp_path, str(library.path))
    with Child(program, *arguments) as child:
        yield Shell(process_target(child.pid)), str(library.path), child.facts["serve"]


@pytest.mark.parametrize("line", ["pt-image check", "pt-image check -n libchanging -p x"])
@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("anonymous", "is not mapped from a file"),
        ("memfd", "is mapped from /memfd:implant (deleted)"),
    ],
)
def test_code_that_was_displaced_is_told_and_compared_all_the_same(
    tmp_path: Path, what: str, told: str, line: str
) -> None:
    with displacing(tmp_path, what) as (shell, path, serve):
        document = shell.json(line)
        assert document["ranges"] == []
        (displaced,) = document["displaced"]
        assert displaced["path"] == path
        assert int(displaced["start"], 16) <= serve < int(displaced["end"], 16)
        assert f"the code of {path} at {displaced['start']}" in shell.run(line)
        assert told in shell.run(line)
    with displacing(tmp_path / "again", what, "patched") as (shell, path, serve):
        (patched,) = shell.json(line)["ranges"]
        assert (patched["start"], patched["path"]) == (hex(serve + 1), path)
        assert shell.found is True


def test_load_takes_the_files_own_code(tmp_path: Path) -> None:
    with displacing(tmp_path, "anonymous", "patched") as (shell, path, serve):
        assert f"the code of {path} at" in shell.run("pt-image load it")
        sections = shell.json("pt-image show it")["sections"]
        assert [
            each["content"]["path"]
            for each in sections
            if int(each["start"], 16) <= serve < int(each["end"], 16)
        ] == [path]
