"""MappedFiles: each file is opened and proven once; what may be code, by protection or by the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from ptatlas.core.images.mapped.mapped_files import MappedFiles
from ptatlas.core.inferior import Inferior
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.ports.target import Target
from ptatlas.core.sources.fixed import FixedAreas
from ptatlas.core.sources.procfs.process import process_target
from support.children import Child
from support.compile import compile_c
from support.library import make_library
from support.opened import opened_files
from support.shell import Shell
from support.targets import area


def mapping(perms: str | None, path: str, offset: int = 0) -> Area:
    return area(0x400000, 0x401000, path, offset, perms)


def may_be_code(one: Area) -> bool:
    return MappedFiles(AreaMap([one]), trusts=True).may_be_code(one)


@pytest.mark.parametrize(
    ("perms", "may_be"),
    [
        pytest.param("r-xp", True, id="executable"),
        pytest.param("rw-p", False, id="not-executable"),
        pytest.param(None, True, id="not-known"),
    ],
)
def test_the_protection_decides_where_it_is_known(perms: str | None, may_be: bool) -> None:
    assert may_be_code(mapping(perms, "/no/such/file")) is may_be


def test_else_the_file_does_which_is_looked_at_once(build_dir: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(compile_c("int main(void) { return 0; }", build_dir).read_bytes())
    with program.open("rb") as stream:
        loads = [s for s in ELFFile(stream).iter_segments() if s["p_type"] == "PT_LOAD"]
        told = {segment["p_offset"]: bool(segment["p_flags"] & 1) for segment in loads}
    assert set(told.values()) == {True, False}
    files = MappedFiles(AreaMap(), trusts=True)
    for _ in range(2):
        found = {offset: files.may_be_code(mapping(None, str(program), offset)) for offset in told}
        assert found == told
        program.unlink(missing_ok=True)


def test_what_no_file_is_behind_may_be_code() -> None:
    assert all(may_be_code(mapping(None, name)) for name in ("", "[stack]", "/dev/mem", "/proc/version"))


# --- each file once per command


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Target]]:
    """A process's library, which no other test opens, and the process as a target."""
    made = make_library(tmp_path_factory.mktemp("mapped_files"))
    with Child(made.program) as child:
        yield str(made.path), process_target(child.pid)


def without_protections(target: Target) -> Target:
    areas = [each._replace(protection=None) for each in target.listers[0].areas()]
    return replace(target, listers=(FixedAreas(areas, "fixed"),))


@pytest.mark.parametrize("known", [True, False], ids=["protections", "no-protections"])
def test_check_opens_each_file_once_to_prove_it_and_once_to_compare_a_chunk(
    library: tuple[str, Target], known: bool
) -> None:
    path, target = library
    shell = Shell(target if known else without_protections(target))
    with opened_files() as counts:
        document = shell.json("pt-image check")
    assert [item["path"] for item in document["ranges"] if item["path"] == path] == []
    assert counts[path] == 1 + 1


def test_load_opens_each_file_once(library: tuple[str, Target]) -> None:
    path, target = library
    shell = Shell(target)
    with opened_files() as counts:
        shell.json("pt-image load it")
    files = {each.path for each in target.listers[0].areas() if (each.path or "").startswith("/")}
    assert path in files
    assert {name: counts[name] for name in files} == dict.fromkeys(files, 1)


def test_locating_an_address_opens_its_file_once_to_prove_it_and_once_for_its_sections(
    library: tuple[str, Target],
) -> None:
    path, target = library
    shell = Shell(target)
    start = next(each.start for each in target.listers[0].areas() if each.path == path)
    with opened_files() as counts:
        shell.run(f"pt-maps {start:#x}")
    assert counts[path] == 1 + 1


def test_a_command_proves_what_it_looks_at_and_the_next_one_looks_anew(library: tuple[str, Target]) -> None:
    path, target = library
    inferior = Inferior(target)
    areas = [each for each in inferior.areas if each.path == path]
    with opened_files() as counts:
        files = inferior.mapped_files()
        assert not counts[path]
        backings = {files.backing(each) for each in areas}
        assert len(backings) == counts[path] == 1
        assert inferior.mapped_files().backing(areas[0]) in backings
        assert counts[path] == 2
