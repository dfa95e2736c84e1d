"""What an image holds of files that nothing proves: it stays said, whatever becomes of the image."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ptatlas.core.files.pinned import RegularFile
from ptatlas.core.images.model.asid import Asid
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.section import FileContent, Section
from ptatlas.core.images.model.unproven import unproven_files, unproven_parts
from ptatlas.core.ports.files import TRUSTED
from ptatlas.core.sources.elf_core.core import core_target
from support.core_builder import PAGE, CoreBuilder
from support.shell import Shell

BASE, OTHER = 0x7F0000000000, 0x7F0000010000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.write_bytes(b"content" * 1200)
    os.utime(path, (0, 0))
    return path


@pytest.fixture
def shell(tmp_path: Path, file: Path) -> Shell:
    """A core that maps a file of which it holds nothing, and whose user trusts it; and other memory."""
    builder = CoreBuilder().load(BASE, b"", "r--", 2 * PAGE).load(OTHER, b"memory" * 700)
    core = builder.files((BASE, BASE + 2 * PAGE, 0, bytes(file))).write(tmp_path / "core")
    return Shell(core_target(core, trust_files=True))


def test_parts_are_told_where_they_are_seen(file: Path) -> None:
    image = Image("it")
    content = FileContent(RegularFile.at(file), TRUSTED)
    image.add_section(Section(BASE, BASE + PAGE, content, 0, Asid(cr3=1)))
    image.add_bytes(b"over it", BASE, Asid(cr3=1))
    ((start, end, path, why),) = unproven_parts(image)
    assert (start, end, path, why) == (BASE + 7, BASE + PAGE, str(file), TRUSTED)
    assert not unproven_files(image, Asid(cr3=2))


@pytest.mark.parametrize("way", ["load", "snapshot", "stored load", "stored snapshot", "add-core"])
def test_each_way_out_repeats_it(shell: Shell, tmp_path: Path, file: Path, way: str) -> None:
    kept = tmp_path / "store"
    store = f" --store {kept}" if way == "stored snapshot" else ""
    if way == "add-core":
        made = shell.json(f"pt-image add-core it {tmp_path / 'core'} --trust-files")
    else:
        made = shell.json(f"pt-image {way.removeprefix('stored ')} it{store}")
    if way == "stored load":
        shell.run(f"pt-image attach {kept}")
        shell.run(f"pt-image save it {kept}")
    if way.startswith("stored"):
        shell.run(f"pt-image detach {kept}")
        shell.run(f"pt-image attach {kept}")
    told = [{"path": str(file), "why": TRUSTED}]
    assert made["unproven"] == told
    assert shell.json("pt-image show it")["unproven"] == told
    line = f"not proven: {file}, {TRUSTED}"
    for option in (f"--core {tmp_path / 'out'}", f"--raw {tmp_path / 'raw'}"):
        assert line in shell.lines(f"pt-image export it {option}")
    assert shell.json(f"pt-image export it --core {tmp_path / 'out'}")["unproven"] == told
    if "load" in way:
        assert f"# {line}" in shell.lines("pt-image export it --ptxed")
    (problem,) = shell.json("pt-find content --image it")["problems"]
    assert problem.startswith("not proven: ")


def test_nothing_is_said_where_nothing_of_it_is_carried(shell: Shell, tmp_path: Path) -> None:
    taken = shell.json(f"pt-image snapshot it --in {OTHER:#x}")
    assert "problems" not in taken
    assert "unproven" not in taken
    assert "unproven" not in shell.json(f"pt-image export it --core {tmp_path / 'out'}")
    assert not any(
        "not proven" in line for line in shell.lines(f"pt-image export it --core {tmp_path / 'o'}")
    )
