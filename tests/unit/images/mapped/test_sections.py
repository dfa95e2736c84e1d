"""The sections of loaded objects, where they lie in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from ptatlas.core.images.mapped.mapped_files import MappedFiles
from ptatlas.core.images.mapped.sections import Sections, Untold
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.sources.procfs.process import process_target
from support.children import Child
from support.compile import compile_c
from support.shell import Shell
from support.targets import Reader, area


@pytest.fixture(scope="module")
def shell(areas_program):
    with Child(areas_program) as child:
        yield Shell(process_target(child.pid))


def test_every_section_of_every_object_is_listed_with_its_addresses(shell):
    document = shell.json("pt-maps --sections")
    assert document["schema"] == "ptatlas.sections/1"
    listed = document["sections"]
    by_name = {(one["path"].rpartition("/")[2], one["name"]): one for one in listed}
    program = {name for path, name in by_name if path == "areas"}
    assert {".text", ".data", ".bss", ".dynamic"} <= program
    assert ("[vdso]", ".text") in by_name
    assert any(path.startswith("libc.so") and name == ".text" for path, name in by_name)
    for one in listed:
        assert int(one["end"], 16) - int(one["start"], 16) == one["size"]
    assert document["not_told"] == []


def test_the_sections_of_some_objects(shell):
    paths = {one["path"].rpartition("/")[2] for one in shell.json("pt-maps --sections areas")["sections"]}
    assert paths == {"areas"}
    text = shell.run("pt-maps --sections areas")
    assert ".bss" in text
    assert "of 1 object," in text


def test_an_address_is_in_its_section_in_the_file_and_behind_it(shell):
    for one in shell.json("pt-maps --sections areas")["sections"]:
        for address in (int(one["start"], 16), int(one["end"], 16) - 1):
            assert shell.json(f"pt-maps {address}")["at"]["section"] == one["name"]


def test_what_lies_between_sections_is_in_none(shell):
    sections = shell.json("pt-maps --sections areas")["sections"]
    ends = {int(one["end"], 16) for one in sections} - {int(one["start"], 16) for one in sections}
    places = [shell.json(f"pt-maps {end}")["at"] for end in ends]
    assert {place["section"] for place in places} == {None}


def test_why_an_objects_sections_are_not_known(tmp_path: Path, build_dir: Path) -> None:
    gone = tmp_path / "gone"
    areas = AreaMap([area(0x400000, 0x401000, str(gone), perms="r-xp", kind="module")])
    (found,) = Sections(MappedFiles(areas, trusts=True), Reader()).of(areas)
    assert isinstance(found, Untold)
    assert (found.path, "can't be read" in found.why) == (str(gone), True)


def test_a_file_that_no_loader_placed_has_sections_by_their_place_in_it(build_dir: Path) -> None:
    program = compile_c("int main(void) { return 0; }", build_dir)
    size = -(-program.stat().st_size // 4096) * 4096
    areas = AreaMap([area(0x10_0000, 0x10_0000 + size, str(program), perms="r--p", kind="file")])
    sections = Sections(MappedFiles(areas, trusts=True), Reader())
    (mapped,) = areas
    assert sections.name_at(0x10_0000, mapped) is None
    names = {sections.name_at(0x10_0000 + offset, mapped) for offset in range(0, size, 16)}
    assert {".text", ".symtab", ".shstrtab"} <= names
