"""-o FILE: the whole output or nothing, and never another file damaged."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.errors import SourceError
from ptatlas.core.files.whole import whole_file
from ptatlas.core.sources import BufferArea
from support.targets import over

OLD = "what was there\n"


@pytest.fixture
def shell():
    return over(BufferArea(0x1000, bytes(4096), "rw-p", "/bin/prog"))


def test_the_file_has_what_the_terminal_would_have_shown(shell, tmp_path):
    shown = shell.run("pt-maps")
    assert shell.run(f"pt-maps -o {tmp_path}/out") == ""
    assert (tmp_path / "out").read_text() == shown
    assert os.listdir(tmp_path) == ["out"]


def test_a_file_that_is_there_is_replaced_and_keeps_its_permissions(shell, tmp_path):
    out = tmp_path / "out"
    out.write_text(OLD * 1000)
    out.chmod(0o640)
    shell.run(f"pt-maps -o {out}")
    assert OLD not in out.read_text()
    assert out.stat().st_mode & 0o7777 == 0o640


def test_a_link_stays_and_what_it_points_to_is_replaced(shell, tmp_path):
    (tmp_path / "out").write_text(OLD)
    (tmp_path / "link").symlink_to("out")
    shell.run(f"pt-maps -o {tmp_path}/link")
    assert (tmp_path / "link").is_symlink()
    assert "/bin/prog" in (tmp_path / "out").read_text()


@pytest.mark.parametrize(
    ("error", "comes_as"),
    [(RuntimeError, RuntimeError), (KeyboardInterrupt, KeyboardInterrupt), (OSError, SourceError)],
)
def test_what_fails_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path, error, comes_as):
    out = tmp_path / "out"
    out.write_text(OLD)

    def fail():
        with whole_file(str(out)) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(comes_as):
        fail()
    assert out.read_text() == OLD
    assert os.listdir(tmp_path) == ["out"]


def test_an_error_of_the_command_leaves_the_old_file(shell, tmp_path):
    (tmp_path / "out").write_text(OLD)
    with pytest.raises(CommandFailed):
        shell.run(f"pt-find -x zz -o {tmp_path}/out")
    assert (tmp_path / "out").read_text() == OLD


@pytest.mark.parametrize(
    ("path", "why"),
    [
        pytest.param("{}", "Is a directory", id="a directory"),
        pytest.param("{}/no/such", "No such file or directory", id="in no directory"),
        pytest.param("{}/file/out", "Not a directory", id="below a file"),
        pytest.param("{}/" + "x" * 300, "File name too long", id="a name that is too long"),
        pytest.param("/dev/full", "No space left on device", id="a full device"),
        pytest.param("/proc/version", "", id="in a file system that takes none"),
    ],
)
def test_a_file_that_cannot_be_written_is_one_line(shell, tmp_path, path, why):
    (tmp_path / "file").write_text(OLD)
    with pytest.raises(CommandFailed) as caught:
        shell.run(f"pt-maps -o {path.format(tmp_path)}")
    assert str(caught.value).startswith("pt-maps: cannot write ")
    assert why in str(caught.value)
    assert str(caught.value).endswith(" (nothing was written)")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_is_one_line(shell, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(CommandFailed, match="Permission denied"):
        shell.run(f"pt-maps -o {tmp_path}/out")


def test_a_full_disk_leaves_the_old_file(shell, tmp_path, monkeypatch):
    import resource
    import signal

    out = tmp_path / "out"
    out.write_text(OLD)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that the write fails, with EFBIG, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        with pytest.raises(CommandFailed, match="cannot write"):
            shell.run(f"pt-maps -o {out}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert out.read_text() == OLD
    assert os.listdir(tmp_path) == ["out"]


def test_a_pipe_is_written_to_and_stays_a_pipe(shell, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with open(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)) as reader:
        shell.run(f"pt-maps -o {fifo}")
        assert "/bin/prog" in reader.read()
    assert fifo.is_fifo()


def test_a_pipe_that_nobody_reads_is_not_waited_for(shell, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(CommandFailed, match=r"cannot write .*/fifo: nobody reads this pipe"):
        shell.run(f"pt-maps -o {tmp_path}/fifo")


def test_a_name_that_is_no_text_is_written_escaped(tmp_path):
    shell = over(BufferArea(0x1000, b"x", "r--p", "/\udcff\n"))
    shell.run(f"pt-maps -o {tmp_path}/out")
    assert r"/\xff\x0a" in (tmp_path / "out").read_text()


BEYOND_THE_LIMIT = """
import resource, signal, sys
from ptatlas.core.errors import SourceError
from ptatlas.core.files.whole import whole_file
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
for _ in range(2):
    try:
        with whole_file(sys.argv[1]) as file:
            file.write(bytes(1 << 20))
    except SourceError as error:
        print(error)
print(signal.SIGXFSZ in signal.pthread_sigmask(signal.SIG_BLOCK, ()), signal.sigpending())
"""


def test_a_limit_on_the_size_of_files_is_an_error_and_ends_no_process(tmp_path):
    """By default, the signal that comes with it does: in LLDB, for one."""
    command = [sys.executable, "-c", BEYOND_THE_LIMIT, str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [f"cannot write {tmp_path}/out: File too large"] * 2 + ["False set()"]
    assert os.listdir(tmp_path) == []
