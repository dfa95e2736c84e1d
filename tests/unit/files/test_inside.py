"""open_inside: a path as a process of that root means it; nothing leads out, nothing waits."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.files.inside import open_inside


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a file, and a file of the same name outside of it."""
    (tmp_path / "secret").write_bytes(b"outside")
    root = tmp_path / "root"
    (root / "lib").mkdir(parents=True)
    (root / "lib" / "real").write_bytes(b"inside")
    return root


def content(root: Path, path: str) -> bytes:
    found = open_inside(str(root), path)
    try:
        assert Path(found.location).read_bytes() == os.pread(found.descriptor, 100, 0)
        assert not Path(found.location).is_symlink()
        return os.pread(found.descriptor, 100, 0)
    finally:
        os.close(found.descriptor)


@pytest.mark.parametrize(
    ("link", "target"),
    [
        pytest.param("lib/x.so", "real", id="beside it"),
        pytest.param("lib/x.so", "/lib/real", id="absolute: from the root"),
        pytest.param("lib/x.so", "../../../../lib/real", id="further up than the root"),
        pytest.param("usr", "lib", id="a folder"),
        pytest.param("usr", "/lib/./", id="a folder, absolute"),
    ],
)
def test_links_lead_where_they_do_inside(root: Path, link: str, target: str) -> None:
    (root / link).symlink_to(target)
    assert content(root, "/lib/x.so" if link.startswith("lib") else "/usr/real") == b"inside"
    assert content(root, "/../lib/../lib//real") == b"inside"


@pytest.mark.parametrize(
    "up", ["{outside}", "../../secret", "/../../{outside}", "loop", "/proc/self/cwd/real"]
)
def test_none_leads_out(root: Path, up: str) -> None:
    (root / "lib" / "loop").symlink_to("loop")
    (root / "lib" / "x.so").symlink_to(up.format(outside=root.parent / "secret"))
    with pytest.raises(SourceError):
        open_inside(str(root), "/lib/x.so")


def test_the_kernels_own_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    with (tmp_path / "file").open() as opened:
        (tmp_path / "file").unlink()
        with pytest.raises(SourceError):
            open_inside("/", f"/proc/self/fd/{opened.fileno()}")


@pytest.mark.parametrize("kind", ["a FIFO", "a socket", "a directory", "nothing"])
def test_only_regular_files_are_opened(root: Path, kind: str) -> None:
    path = root / "odd"
    if kind == "a FIFO":
        os.mkfifo(path)
    elif kind == "a socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(path))
    elif kind == "a directory":
        path.mkdir()
    with pytest.raises(SourceError):
        open_inside(str(root), "/odd")


@pytest.mark.parametrize("name", ["/dev/zero", "/", "/a\0b", "/lib/real/below", "/" + "n" * 300])
def test_what_is_no_file_is_an_error_of_ours(root: Path, name: str) -> None:
    for place in ("/", str(root)):
        with pytest.raises(SourceError):
            open_inside(place, name)


def test_no_descriptor_stays_open(root: Path) -> None:
    before = os.listdir("/proc/self/fd")
    content(root, "/lib/real")
    with pytest.raises(SourceError):
        open_inside(str(root), "/lib/missing")
    assert os.listdir("/proc/self/fd") == before
