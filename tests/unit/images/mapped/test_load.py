"""load_image: the files of an inferior where they are mapped; and the files that aren't what is mapped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.images.mapped.backing import backing_of
from ptatlas.core.images.mapped.load import LoadResult, load_image
from ptatlas.core.images.mapped.mapped_files import MappedFiles
from ptatlas.core.images.model.asid import Asid
from ptatlas.core.images.model.image import LIVE
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.sources.procfs.process import process_target
from support.children import Child
from support.compile import compile_c
from support.targets import area


def mapping(
    path: str, start: int = 0x10000, size: int = 0x1000, offset: int = 0, perms: str = "r--p"
) -> Area:
    return area(start, start + size, path, offset, perms)


def load(name: str | None, areas: Sequence[Area], asid: Asid | None = None) -> LoadResult:
    """The image of areas whose memory can't be read."""
    return load_image(name, areas, MappedFiles(AreaMap(areas), trusts=True), asid)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 20)
    return path


def test_each_file_is_placed_where_it_is_mapped(path: Path) -> None:
    areas = [mapping(str(path), 0x10000, 0x1000, 0x1000), mapping(str(path), 0x20000)]
    image, left_out = load("program", areas, Asid(cr3=0x1000))
    assert [(s.start, s.end, s.content.path, s.file_offset, s.asid) for s in image.sections] == [
        (0x10000, 0x10400, str(path), 0x1000, Asid(cr3=0x1000)),  # cut at the end of the file
        (0x20000, 0x21000, str(path), 0, Asid(cr3=0x1000)),
    ]
    assert (image.name, left_out) == ("program", ())


@pytest.mark.parametrize(
    "name",
    [
        "[heap]",
        "[vdso]",
        "",
        None,
        "/dev/zero (deleted)",
        "/dev/ashmem/x (deleted)",
        "/memfd:x (deleted)",
        "/SYSV0",
        "/[aio] (deleted)",
        "/drm mm object (deleted)",
        "/i915 (deleted)",
        "/dmabuf:",
        "/secretmem (deleted)",
        "/anon_hugepage (deleted)",
        "anon_inode:[perf_event]",
        "socket:[1234]",
    ],
)
def test_what_shows_no_file_is_no_part_of_it(name: str | None) -> None:
    image, left_out = load(None, [mapping(name)])
    assert (len(image), left_out) == (0, ())


@pytest.mark.parametrize(
    ("make", "why"),
    [
        pytest.param(lambda path: path.unlink(), "can't be read", id="gone"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "a directory", id="directory"),
        pytest.param(lambda path: (path.unlink(), os.mkfifo(path)), "a FIFO", id="fifo"),
        pytest.param(lambda path: os.truncate(path, 0), "ends before 0x0", id="empty"),
    ],
)
def test_files_that_cannot_be_taken_are_told(path: Path, make: object, why: str) -> None:
    make(path)
    image, ((where, reason),) = load(None, [mapping(str(path))])
    assert len(image) == 0
    assert where == mapping(str(path))
    assert why in reason


def test_a_deleted_file_is_told() -> None:
    _, ((_, why),) = load(None, [mapping("/lib/gone.so (deleted)")])
    assert why == "was deleted since it was mapped"


def test_a_file_that_is_called_deleted_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "odd (deleted)"
    path.write_bytes(b"data")
    assert len(load(None, [mapping(str(path))]).image) == 1


def test_a_replaced_file_is_told_by_its_inode(path: Path) -> None:
    mapped = mapping(str(path))._replace(inode=path.stat().st_ino)
    assert load(None, [mapped]).left_out == ()
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.rename(path)
    assert load(None, [mapped]).left_out[0].why == "was replaced since it was mapped"


def test_a_file_that_was_written_later_is_told_by_its_time(path: Path) -> None:
    os.utime(path, (1000, 1000))
    assert backing_of([mapping(str(path))], as_of=1001, trusts=True).why is None
    assert backing_of([mapping(str(path))], as_of=999, trusts=True).why == "was written since it was mapped"


PROGRAM = "int main(void) { return %d; }"


def test_build_ids_decide_before_inodes_do(build_dir: Path, tmp_path: Path) -> None:
    first, second = (compile_c(PROGRAM % n, build_dir, "-Wl,--build-id").read_bytes() for n in (1, 2))
    path = tmp_path / "program"
    path.write_bytes(first)
    mapped = [mapping(str(path), 0x400000, 0x1000)._replace(inode=1)]
    (reader,) = buffer_target([(0x400000, first, "r--p")]).readers
    assert backing_of(mapped, reader).why is None  # another inode, the same file
    path.write_bytes(second)
    assert "another build-id" in (backing_of(mapped, reader).why or "")


def test_bytes_behind_a_segment_are_not_the_files(build_dir: Path) -> None:
    """A loader fills the last page of initialised data up with zeros, which become variables."""
    program = compile_c("int data[3] = {1}; char bss[99999]; int main(void) { return bss[1]; }", build_dir)
    image, _ = load(None, [mapping(str(program), 0x400000, 0x10000, perms="rw-p")])
    (section,) = image.sections
    assert section.size < program.stat().st_size
    whole, _ = load(None, [mapping(str(program), 0x400000, 0x10000, perms="r--p")])
    assert whole.sections[0].size == program.stat().st_size


def test_the_inferiors_own_name_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        load(LIVE, [])


def test_the_image_of_a_process_is_what_its_code_is(areas_child: Child) -> None:
    target = process_target(areas_child.pid)
    (lister, *_), (reader, *_) = target.listers, target.readers
    areas = lister.areas()
    image, left_out = load_image("areas", areas, MappedFiles(AreaMap(areas), reader))
    assert left_out == ()
    code = [each for each in areas if each.perms == "r-xp" and (each.path or "").startswith("/")]
    assert code
    for each in code:
        live = bytearray(each.size)
        assert reader.read_into(each.start, memoryview(live)) == each.size
        section = image.find(each.start)
        assert image.read(each.start, section.size) == live[: section.size]


def test_bytes_behind_a_segment_are_not_the_files_where_no_protection_is_known(build_dir: Path) -> None:
    program = compile_c("int data[3] = {1}; char bss[99999]; int main(void) { return bss[1]; }", build_dir)
    mapped = mapping(str(program), 0x400000, 0x10000)._replace(protection=None)
    (section,) = load(None, [mapped]).image.sections
    assert section.size < program.stat().st_size
