"""RememberedFile: a store from elsewhere may name any file; one that it has no proof of isn't opened."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from ptatlas.core.files.pinned import RegularFile
from ptatlas.core.images.model.section import FileContent
from ptatlas.core.images.stored.remembered_files import NOT_OPENED, LostContent, RememberedFile
from ptatlas.core.ports.files import TRUSTED
from ptatlas.core.store.about import Fields
from support.core_builder import elf_image
from support.opened import opened_files


@pytest.fixture
def private(tmp_path: Path) -> Path:
    path = tmp_path / "private.txt"
    path.write_bytes(b"the key of somebody " * 5000)
    return path


def remembered(path: Path) -> RememberedFile:
    found = RememberedFile.of(FileContent(RegularFile.at(path)))
    assert RememberedFile.of_fields(Fields(found.fields)) == found
    return found


def guessed(path: Path) -> RememberedFile:
    """What somebody writes who knows the size and the time of a file, but not what is in it."""
    return replace(remembered(path), build_id=None, digest=None)


def test_a_file_is_proven_by_its_build_id_or_by_a_digest(private: Path, tmp_path: Path) -> None:
    library = tmp_path / "x.so"
    library.write_bytes(elf_image(b"\x11" * 20))
    for path in (private, library):
        record = remembered(path)
        assert bool(record.build_id) != bool(record.digest)
        content = record.content()
        assert isinstance(content, FileContent)
        assert (content.path, content.unproven) == (str(path), None)
        assert content.file.read(0, 20) == path.read_bytes()[:20]


@pytest.mark.parametrize("zeros", [False, True])
def test_size_and_time_prove_nothing_and_the_file_is_not_opened(private: Path, zeros: bool) -> None:
    if zeros:
        private.write_bytes(bytes(100_000))
    record = remembered(private) if zeros else guessed(private)
    with opened_files() as counts:
        content = record.content()
    assert not counts
    assert isinstance(content, LostContent)
    assert content.why == f"'{private}' {NOT_OPENED}"
    trusted = record.content(trusts=True)
    assert isinstance(trusted, FileContent)
    assert trusted.unproven == TRUSTED


@pytest.mark.parametrize("place", [0, 50_000, -1])
def test_another_digest_is_another_file(private: Path, place: int) -> None:
    record = remembered(private)
    changed = bytearray(private.read_bytes())
    changed[place] ^= 1
    private.write_bytes(changed)
    os.utime(private, ns=(record.mtime_ns, record.mtime_ns))
    for trusts in (False, True):
        content = record.content(trusts=trusts)
        if place in (0, -1):
            assert isinstance(content, LostContent)
            assert "has other bytes" in content.why
        else:
            assert isinstance(content, FileContent)


@pytest.mark.parametrize("kind", ["a FIFO", "a device", "a folder", "nothing"])
def test_nothing_but_a_regular_file_is_opened(private: Path, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "odd"
    if kind == "a FIFO":
        os.mkfifo(place)
    elif kind == "a folder":
        place.mkdir()
    record = replace(remembered(private), location="/dev/zero" if kind == "a device" else str(place))
    assert isinstance(record.content(trusts=True), LostContent)
