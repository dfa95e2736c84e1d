"""backing_of: the mapped file is found and proven, also where its name leads to nothing or elsewhere."""

from __future__ import annotations

import os
import shlex
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ptatlas.core.images.mapped.backing import Backing, backing_of
from ptatlas.core.images.mapped.evidence import NOT_OPENED
from ptatlas.core.images.mapped.load import load_image
from ptatlas.core.inferior import Inferior
from ptatlas.core.maps.area import Area
from ptatlas.core.ports.files import NOT_PROVEN
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.sources.elf_core.core import core_target
from ptatlas.core.sources.procfs.process import process_target
from support.children import Child
from support.core_builder import CoreBuilder
from support.library import Library, delete, make_library, replace
from support.namespaces import unshared
from support.targets import area

START = 0x400000
OURS, OTHER = b"\x11" * 20, b"\x22" * 20
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only the privileged may open what map_files names")


def elf_image(build_id: bytes | None, fill: int = 0x5A, begins: int = 0) -> bytes:
    """A library of two pages, whose one segment `begins` there, with a note 512 bytes behind that."""
    note = b"" if build_id is None else struct.pack("<III4s", 4, len(build_id), 3, b"GNU") + build_id
    heads = [(1, begins, 0x2000 - begins), (4, begins + 0x200, len(note))]
    segments = [
        struct.pack("<IIQQQQQQ", kind, 4, at, at, at, size, size, 4) for kind, at, size in heads if size
    ]
    header = b"\x7fELF\2\1\1".ljust(16, b"\0")
    header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    content = bytearray([fill]) * 0x2000
    content[: len(header) + 56 * len(segments)] = header + b"".join(segments)
    content[begins + 0x200 : begins + 0x200 + len(note)] = note
    return bytes(content)


class Paths:
    """Ways to files as a process has them: below `root`, and `link`; None: the process is not apart."""

    def __init__(self, root: Path | None, link: Path) -> None:
        self._root, self._link = root, link

    def is_apart(self) -> bool:
        return self._root is not None

    def root(self) -> str:
        return str(self._root)

    def mapped(self, _area: Area) -> str:
        return str(self._link)


def mapping(path: object, content: Path | None = None) -> Area:
    """An area of this path, which maps the file `content`."""
    known = {} if content is None else {"inode": content.stat().st_ino}
    return area(START, START + 0x2000, str(path), 0, "r--p", **known)


def of(one: Area, memory: bytes, paths: Paths | None = None) -> Backing:
    (reader,) = buffer_target([(START, memory, "r--p")]).readers
    return backing_of([one], reader, None, paths)


# --- deleted and replaced files


def test_a_deleted_file_is_opened_through_the_kernels_link(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(elf_image(None))
    found = of(mapping("/lib/x.so (deleted)", kept), kept.read_bytes(), Paths(None, kept))
    assert found.why is None
    assert found.file is not None
    assert (found.file.path, found.file.location) == ("/lib/x.so (deleted)", str(kept))


@pytest.mark.parametrize(
    ("on_disk", "why"),
    [
        pytest.param(elf_image(OURS), None, id="the same build"),
        pytest.param(elf_image(OTHER), "was replaced since it was mapped", id="another build"),
        pytest.param(elf_image(None), "was replaced since it was mapped", id="no build-id"),
    ],
)
def test_a_file_that_was_installed_anew_is_proven_by_its_build_id_alone(
    tmp_path: Path, on_disk: bytes, why: str | None
) -> None:
    path = tmp_path / "x.so"
    path.write_bytes(on_disk)
    one = mapping(f"{path} (deleted)")._replace(inode=path.stat().st_ino + 1)
    for paths in (None, Paths(None, tmp_path / "may-not-be-opened")):
        found = of(one, elf_image(OURS), paths)
        assert found.why == why
        if why is None:
            assert found.file is not None
            assert found.file.path == str(path)


def test_without_a_build_id_a_file_that_was_installed_anew_is_no_proof(tmp_path: Path) -> None:
    path = tmp_path / "x.so"
    path.write_bytes(elf_image(None))
    one = mapping(f"{path} (deleted)")._replace(inode=path.stat().st_ino + 1)
    assert of(one, elf_image(None)).why == "was replaced since it was mapped"


# --- other mounts


@pytest.fixture
def apart(tmp_path: Path) -> tuple[Path, Path]:
    """A file, and the one that a process in another mount namespace means by its name."""
    ours, theirs = tmp_path / "x.so", Path(f"{tmp_path}/root{tmp_path}/x.so")
    theirs.parent.mkdir(parents=True)
    ours.write_bytes(elf_image(OTHER))
    theirs.write_bytes(elf_image(OURS))
    return ours, theirs


def test_a_file_of_other_mounts_is_opened_below_the_processes_root(
    apart: tuple[Path, Path], tmp_path: Path
) -> None:
    ours, theirs = apart
    found = of(mapping(ours, theirs), elf_image(OURS), Paths(tmp_path / "root", tmp_path / "none"))
    assert found.why is None
    assert found.file is not None
    assert (found.file.path, found.file.location) == (str(ours), str(theirs))


def test_nor_is_a_file_said_to_be_replaced_that_only_lies_elsewhere(
    apart: tuple[Path, Path], tmp_path: Path
) -> None:
    ours, theirs = apart
    one = mapping(ours, theirs)
    theirs.unlink()
    found = of(one, elf_image(OURS), Paths(tmp_path / "root", tmp_path / "none"))
    assert found.why == "lies in another mount namespace, and can't be opened there"
    # Unless ours is the same build: an image's layer, mounted twice.
    ours.write_bytes(elf_image(OURS))
    assert of(one, elf_image(OURS), Paths(tmp_path / "root", tmp_path / "none")).why is None


@pytest.mark.parametrize("link", ["the file", "a folder"])
def test_no_link_leads_out_of_the_processes_root(apart: tuple[Path, Path], tmp_path: Path, link: str) -> None:
    ours, theirs = apart
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "x.so").write_bytes(elf_image(OURS))
    theirs.unlink()
    if link == "the file":
        theirs.symlink_to(secret / "x.so")
    else:
        theirs.parent.rmdir()
        theirs.parent.symlink_to(secret)
    one = mapping(ours, secret / "x.so")
    found = of(one, elf_image(OURS), Paths(tmp_path / "root", tmp_path / "none"))
    assert found.why == "lies in another mount namespace, and can't be opened there"


def test_a_file_of_another_device_that_has_the_same_inode_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.so"
    path.write_bytes(elf_image(None, fill=1))
    one = mapping(path, path)._replace(device="7f:7f")
    assert of(one, elf_image(None, fill=2)).why == "begins differently from what is mapped"
    # Some file systems tell another device in the map.
    assert of(one, elf_image(None, fill=1)).why is None


# --- where the kernel tells nothing: a stub, a dump of another format


def test_an_inode_that_a_stub_tells_proves_nothing(tmp_path: Path) -> None:
    """It can be guessed. Where memory shows nothing of the file, it isn't even opened."""
    path = tmp_path / "private.txt"
    path.write_bytes(b"secret" * 1000)
    for memory in (bytes(0x10), bytes(0x1000), b"secret" * 10):
        one = mapping(path, path)
        (reader,) = buffer_target([(START, memory, "r--p")]).readers
        assert backing_of([one], reader).why in (NOT_OPENED, NOT_PROVEN)
    assert of(mapping(path, path), bytes(0x10), Paths(None, path)).file is not None


def test_without_build_id_and_inode_the_beginning_is_compared(tmp_path: Path) -> None:
    path = tmp_path / "x.so"
    path.write_bytes(elf_image(None, fill=1))
    assert of(mapping(path), elf_image(None, fill=1)).why is None
    assert of(mapping(path), elf_image(None, fill=2)).why == "begins differently from what is mapped"


def test_what_was_written_or_hooked_in_memory_does_not_count_against_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.so"
    path.write_bytes(elf_image(None, fill=1))
    hooked = bytearray(elf_image(None, fill=1))
    hooked[0x800] = 0xE9
    one = mapping(path)
    for perms in ("rw-p", "r-xp"):
        assert of(area(START, one.end, one.path or "", 0, perms), bytes(hooked)).why is None


@pytest.mark.parametrize(
    ("on_disk", "why"), [(OURS, None), (OTHER, "has another build-id")], ids=["the same", "another"]
)
def test_a_build_id_is_read_where_the_headers_are_in_no_segment(
    tmp_path: Path, on_disk: bytes, why: str | None
) -> None:
    """What is mapped of the file is its second page, in which the note lies."""
    path = tmp_path / "x.so"
    path.write_bytes(elf_image(on_disk, begins=0x1000))
    one = area(START, START + 0x1000, str(path), 0x1000, "r--p")
    (reader,) = buffer_target([(START, elf_image(OURS, begins=0x1000)[0x1000:], "r--p")]).readers
    told = backing_of([one], reader).why
    assert told is None if why is None else why in (told or "")


# --- core files: what reading refuses, load refuses


def core_of(tmp_path: Path, path: Path, dumped: bytes) -> Inferior:
    """A core file that holds the first page of a mapped file and left out the second."""
    builder = CoreBuilder().load(START, dumped[:0x1000], "r--", 0x2000)
    builder.files((START, START + 0x2000, 0, str(path).encode()))
    return Inferior(core_target(builder.write(tmp_path / "core")))


def test_load_refuses_what_reading_refuses_of_a_core_file(tmp_path: Path) -> None:
    path = tmp_path / "x.so"
    path.write_bytes(elf_image(None, fill=1))
    os.utime(path, (1, 1))  # older than the core, as a build that was moved there is
    inferior = core_of(tmp_path, path, elf_image(None, fill=2))
    assert inferior.memory.read_into(START + 0x1000, memoryview(bytearray(1))) == 0
    loaded = load_image(None, inferior.areas, inferior.mapped_files())
    assert len(loaded.image) == 0
    assert [item.why for item in loaded.left_out] == ["begins differently from what was mapped"]


def test_a_file_that_a_core_file_calls_deleted_is_proven_by_its_build_id(tmp_path: Path) -> None:
    path = tmp_path / "x.so"
    path.write_bytes(elf_image(OURS))
    inferior = core_of(tmp_path, Path(f"{path} (deleted)"), elf_image(OURS))
    assert inferior.memory.read(START + 0x1000, 1) == b"\x5a"
    loaded = load_image(None, inferior.areas, inferior.mapped_files())
    assert loaded.left_out == ()
    assert {section.content.path for section in loaded.image.sections} == {str(path)}


# --- real processes


def files_of(child: Child, name: str) -> list[Backing]:
    inferior = Inferior(process_target(child.pid))
    files = inferior.mapped_files()
    found = [files.backing(each) for each in inferior.areas if name in (each.path or "")]
    return [each for each in found if each is not None]


@contextmanager
def using(library: Library) -> Iterator[Child]:
    with Child(library.program) as child:
        yield child


@needs_root
@pytest.mark.parametrize("change", [delete, replace])
def test_the_old_file_is_opened_although_its_name_is_gone_or_anothers(tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    library = make_library(tmp_path)
    old = library.path.read_bytes()
    with using(library) as child:
        change(library)
        found = files_of(child, "libchanging")
        assert found
        for each in found:
            assert each.file is not None
            assert each.file.read(0, len(old)) == old


def test_a_library_that_was_installed_anew_is_proven(tmp_path: Path) -> None:
    library = make_library(tmp_path)
    with using(library) as child:
        shutil.copy(library.path, tmp_path / "same")
        (tmp_path / "same").rename(library.path)
        assert [each.why for each in files_of(child, "libchanging")] == [None] * 5


def test_a_process_in_another_mount_namespace_maps_its_own_files(tmp_path: Path, build_dir: Path) -> None:
    library = make_library(tmp_path)
    theirs = tmp_path / "theirs.so"
    shutil.copy(library.path, theirs)
    shutil.copy(library.newer, library.path)
    start = tmp_path / "start"
    inside = f"mount --bind {theirs} {library.path}; exec {library.program}"
    start.write_text(f"#!/bin/sh\nexec {shlex.join([*unshared('mount'), 'sh', '-c', inside])}\n")
    start.chmod(0o755)
    with Child(start) as child:
        found = files_of(child, "libchanging")
        assert found
        for each in found:
            assert each.file is not None
            assert each.file.read(0, 1 << 20) == theirs.read_bytes()
