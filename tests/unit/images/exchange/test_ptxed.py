"""Arguments and files for Intel's decoder tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ptatlas.core.errors import Interrupted, SourceError
from ptatlas.core.images.exchange.ptxed import INDEX, export_raw, ptxed_arguments
from ptatlas.core.images.model.asid import Asid
from ptatlas.core.images.model.image import Image
from ptatlas.core.ranges import Range
from ptatlas.core.watch import Watch


@pytest.fixture
def image(tmp_path: Path) -> Image:
    (tmp_path / "file").write_bytes(bytes(range(100)))
    image = Image("image")
    image.add_file(tmp_path / "file", 0x10, 0x20, 0x1000)
    image.add_bytes(b"captured", 0x1008)
    return image


def test_arguments_name_the_parts_of_files(image: Image, tmp_path: Path) -> None:
    words, left_out = ptxed_arguments(image)
    path = tmp_path / "file"
    assert words == (
        "--raw",
        f"{path}:0x10-0x18:0x1000",
        "--raw",
        f"{path}:0x20-0x30:0x1010",
    )
    assert left_out == (Range(0x1008, 0x1010),)


def test_arguments_are_those_of_one_address_space(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(100))
    image = Image()
    for cr3 in (1, 2):
        image.add_file(tmp_path / "file", cr3, 10, 0x1000, Asid(cr3=cr3))
    assert ptxed_arguments(image, Asid(cr3=2)).words == ("--raw", f"{tmp_path / 'file'}:0x2-0xc:0x1000")


def test_arguments_are_read_from_their_ends_as_ptxed_does(tmp_path: Path) -> None:
    """It looks for the last colon, behind which is the base, then for the last one before, for the range."""
    path = tmp_path / "odd:0x1-0x2:name"
    path.write_bytes(bytes(100))
    image = Image()
    image.add_file(path, 0x10, 0x20, 0x1000)
    _, word = ptxed_arguments(image).words
    file, places, base = word.rsplit(":", 2)
    assert (file, int(base, 0), [int(place, 0) for place in places.split("-")]) == (
        str(path),
        0x1000,
        [0x10, 0x30],
    )


def test_each_section_is_a_file_and_the_index_says_which(image: Image, tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    files = export_raw(image, folder)
    assert [Path(file.path).read_bytes() for file in files] == [
        bytes(range(0x10, 0x18)),
        b"captured",
        bytes(range(0x20, 0x30)),
    ]
    assert files[1].words == ("--raw", f"{files[1].path}:0x0-0x8:0x1008")
    index = json.loads((folder / INDEX).read_text())
    assert (index["schema"], index["image"]) == ("ptatlas.raw/1", "image")
    assert index["sections"][:2] == [
        {
            "file": Path(files[0].path).name,
            "start": "0x1000",
            "end": "0x1008",
            "asid": {"cr3": None, "vmcs": None},
            "content": {"kind": "file", "path": str(tmp_path / "file"), "offset": 16},
        },
        {
            "file": Path(files[1].path).name,
            "start": "0x1008",
            "end": "0x1010",
            "asid": {"cr3": None, "vmcs": None},
            "content": {"kind": "captured"},
        },
    ]


def test_sections_of_all_address_spaces_are_files(tmp_path: Path) -> None:
    image = Image()
    image.add_bytes(b"one", 0, Asid(cr3=1))
    image.add_bytes(b"two", 0, Asid(cr3=2))
    files = export_raw(image, tmp_path / "raw")
    assert {file.section.asid.cr3: Path(file.path).read_bytes() for file in files} == {1: b"one", 2: b"two"}
    (file,) = export_raw(image, tmp_path / "one", Asid(cr3=1))
    assert Path(file.path).read_bytes() == b"one"


def test_an_empty_folder_is_filled_and_another_one_refused(image: Image, tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    export_raw(image, folder)
    before = sorted(folder.iterdir())
    with pytest.raises(SourceError):
        export_raw(image, folder)
    assert sorted(folder.iterdir()) == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "raw"]


def test_a_lost_file_or_an_interrupt_leaves_nothing(image: Image, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        export_raw(image, tmp_path / "raw", watch=Watch(lambda: True))
    (tmp_path / "file").unlink()
    with pytest.raises(SourceError):
        export_raw(image, tmp_path / "raw")
    assert list(tmp_path.iterdir()) == []
