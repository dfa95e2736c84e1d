"""Regular files, opened for each read and kept open, and everything that is none."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from ptatlas.core.errors import InvalidArgument, SourceDenied, SourceError
from ptatlas.core.files.pinned import OpenFile, RegularFile


def contents(file: RegularFile, offset: int, size: int) -> bytes:
    buffer = bytearray(size)
    file.read_into(offset, memoryview(buffer))
    return bytes(buffer)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)))
    return path


def test_a_file_is_read_at_its_offsets(path: Path) -> None:
    file = RegularFile.at(path)
    assert file.size == 256
    assert contents(file, 16, 4) == bytes([16, 17, 18, 19])
    assert contents(file, 255, 1) == b"\xff"


def test_a_relative_path_is_kept_as_given_and_outlives_a_change_of_directory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    file = RegularFile.at("file")
    monkeypatch.chdir("/")
    assert file.path == "file"
    assert contents(file, 0, 2) == b"\x00\x01"


def test_nothing_stays_open(path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    file = RegularFile.at(path)
    contents(file, 0, 10)
    file.check()
    assert os.listdir("/proc/self/fd") == before


def make_directory(path: Path) -> None:
    path.mkdir()


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    ("make", "what"),
    [
        pytest.param(make_directory, "directory", id="directory"),
        pytest.param(os.mkfifo, "FIFO", id="fifo-without-a-writer"),
        pytest.param(make_socket, "socket", id="socket"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), "character device", id="device"),
        pytest.param(lambda path: path.symlink_to(path), "symbolic link", id="link-to-itself"),
        pytest.param(lambda _: None, "No such file", id="nothing"),
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(make: object, what: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    make(place)
    with pytest.raises(SourceError, match=what):
        RegularFile.at(place)


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(SourceError):
        RegularFile.at("a\0b")


AS_ANOTHER_USER = """
import os, sys
from ptatlas.core.errors import SourceDenied
from ptatlas.core.files.pinned import OpenFile, RegularFile
if os.getuid() == 0:
    os.setgroups([])
    os.setuid(65534)
try:
    RegularFile.at(sys.argv[1])
except SourceDenied as error:
    print(error.hint)
"""


def test_an_unreadable_file_is_denied() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder, "unreadable")
        path.touch(mode=0)
        command = [sys.executable, "-c", AS_ANOTHER_USER, path]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("check its permissions\n", "")


def test_a_file_that_was_cut_since_is_refused(path: Path) -> None:
    file = RegularFile.at(path)
    os.truncate(path, 100)
    with pytest.raises(SourceError, match="cut"):
        contents(file, 0, 10)


def test_a_file_that_was_written_since_is_refused(path: Path) -> None:
    file = RegularFile.at(path)
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceError, match="changed"):
        file.check()


def test_a_file_that_was_replaced_since_is_refused(path: Path) -> None:
    file = RegularFile.at(path)
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.rename(path)
    with pytest.raises(SourceError, match="replaced"):
        contents(file, 0, 10)


def test_a_file_that_is_gone_is_refused(path: Path) -> None:
    file = RegularFile.at(path)
    path.unlink()
    with pytest.raises(SourceError, match="No such file"):
        contents(file, 0, 10)


def test_reading_past_the_end_is_refused(path: Path) -> None:
    with pytest.raises(SourceError, match="ends at 0x100"):
        contents(RegularFile.at(path), 250, 10)


def test_denied_is_told_from_other_failures() -> None:
    assert issubclass(SourceDenied, SourceError)


class TestOpenFile:
    def test_it_is_the_file_that_was_opened_whatever_its_path_leads_to(self, path: Path) -> None:
        file = OpenFile.open(path)
        path.unlink()
        path.write_bytes(b"another")
        assert (file.path, file.size, file.read(250, 100)) == (str(path), 256, bytes(range(250, 256)))

    def test_what_is_written_and_cut_later_is_seen(self, path: Path) -> None:
        file = OpenFile.open(path)
        with open(path, "r+b") as stream:
            stream.write(b"new")
            stream.truncate(8)
        assert file.read(0, 100) == b"new\x03\x04\x05\x06\x07"
        assert (file.size, file.size_now) == (256, 8)

    def test_a_shared_file_may_be_closed(self, path: Path) -> None:
        with open(path, "rb") as stream:
            file = OpenFile.shared(stream)
        assert file.read(16, 2) == b"\x10\x11"
        assert file.identity == RegularFile.at(path).identity

    def test_it_is_closed_with_its_last_user(self, path: Path) -> None:
        before = os.listdir("/proc/self/fd")
        file = OpenFile.open(path)
        assert len(os.listdir("/proc/self/fd")) == len(before) + 1
        del file
        assert os.listdir("/proc/self/fd") == before

    def test_an_open_file_that_is_no_regular_one_is_refused_and_left_alone(self) -> None:
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as pipe, os.fdopen(writing, "wb"):
            before = os.listdir("/proc/self/fd")
            with pytest.raises(SourceError, match="FIFO"):
                OpenFile.shared(pipe)
            assert os.listdir("/proc/self/fd") == before
            assert not pipe.closed

    @pytest.mark.parametrize("file", [io.BytesIO(b"abc"), 3.5], ids=["no descriptor", "no file"])
    def test_what_is_no_open_file_is_refused(self, file: object) -> None:
        with pytest.raises(InvalidArgument):
            OpenFile.shared(file)  # type: ignore[arg-type]
