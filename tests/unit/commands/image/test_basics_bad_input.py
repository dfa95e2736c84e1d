"""pt-image over files that are none, that can't be read or that shrink, and over numbers at the edges."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.sources import BufferArea
from support.core_builder import CoreBuilder
from support.sessions import CHECKOUT
from support.shell import Shell
from support.targets import over

PAGE = 0x1000


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A session with an image and a cached section, which no bad input may change."""
    (tmp_path / "data").write_bytes(b"0123456789" * 100)
    shell = over(BufferArea(0x500000, bytes(PAGE), "rw-p", "[heap]", 0, "heap"))
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {tmp_path}/data 0 16 0x5000")
    shell.run(f"pt-image cache add {tmp_path}/data 0 16 0x6000")
    return shell


def state(shell: Shell) -> tuple[object, ...]:
    return tuple(shell.json(f"pt-image {call}") for call in ("list", "show it", "cache list"))


def refusal(shell: Shell, line: str) -> str:
    """What the command says against the line; that must be one line, and nothing has changed."""
    before = state(shell)
    with pytest.raises(CommandFailed) as caught:
        shell.run(line)
    assert state(shell) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- what is no file to take

Make = Callable[[Path], None]


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


CALLS = [
    pytest.param("add-file it {} 0 1 0x1000", id="add-file"),
    pytest.param("cache add {} 0 1 0x1000", id="cache-add"),
    pytest.param("add-core core {}", id="add-core"),
]
NO_FILES = [
    pytest.param(Path.mkdir, "directory", id="directory"),
    pytest.param(os.mkfifo, "FIFO", id="fifo-without-a-writer"),
    pytest.param(make_socket, "socket", id="socket"),
    pytest.param(lambda path: path.symlink_to("/dev/zero"), "character device", id="device"),
    pytest.param(lambda path: path.symlink_to(path), "symbolic links", id="link-to-itself"),
    pytest.param(lambda _: None, "No such file", id="nothing"),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("make", "what"), NO_FILES)
def test_what_is_no_regular_file_is_refused_at_once(
    shell: Shell, tmp_path: Path, call: str, make: Make, what: str
) -> None:
    place = tmp_path / "place"
    make(place)
    assert what in refusal(shell, f"pt-image {call.format(place)}")


@pytest.mark.parametrize("call", CALLS)
def test_a_file_without_content_has_no_sections(shell: Shell, tmp_path: Path, call: str) -> None:
    (tmp_path / "empty").touch()
    assert str(tmp_path / "empty") in refusal(shell, f"pt-image {call.format(tmp_path / 'empty')}")


@pytest.mark.parametrize("call", CALLS)
def test_the_memory_of_this_very_process_is_no_file(shell: Shell, call: str) -> None:
    """proc_pid_mem(5) is a regular file of no size."""
    assert "/proc/self/mem" in refusal(shell, f"pt-image {call.format('/proc/self/mem')}")


AS_ANOTHER_USER = """
import os, sys
sys.path.append(sys.argv[1])
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell

def told():
    shell = Shell(buffer_target([BufferArea(0x1000, bytes(4096), "r-xp", sys.argv[2], 0, "module")]))
    shell.run("pt-image new it")
    for line in sys.argv[3:]:
        try:
            yield (shell.run("pt-image " + line).splitlines() or ["done"])[-1]
        except CommandFailed as error:
            yield error

list(told())  # imports everything: Python itself may be where only root may look
if os.getuid() == 0:
    os.setgroups([])
    os.setuid(65534)
for line in told():
    print(line)
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into; pytest's own are closed."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_an_unreadable_file_is_denied_with_a_hint(open_folder: Path) -> None:
    path = open_folder / "unreadable"
    path.write_bytes(bytes(PAGE))
    path.chmod(0)
    lines = [call.values[0].format(path) for call in CALLS]
    command = [sys.executable, "-c", AS_ANOTHER_USER, str(CHECKOUT / "tests"), str(path)]
    command += [*lines, "load mapped", "check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    *refused, left_out, not_compared = run.stdout.splitlines()
    assert len(refused) == len(lines)
    for line in refused:
        assert line.startswith("pt-image: ")
        assert "unreadable" in line
        assert "check its permissions" in line
    assert left_out == f"left out: {path} may not be read"
    assert not_compared == f"nothing could be compared: {path} may not be read (4K)"


# --- files that change while they are used


def test_a_file_that_shrinks_while_it_is_used_is_told(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "shrinking"
    path.write_bytes(bytes(8 * PAGE))
    shell.run(f"pt-image add-file it {path} 0 8K 0x10000")
    shell.run(f"pt-image cache add {path} 0 8K 0x20000")
    shell.run("pt-image add-cached it 2")
    assert shell.json("pt-image read it 0x10000 1")["bytes"] == "00"
    os.truncate(path, 10)
    for address in (0x10000, 0x10000 + PAGE, 0x20000):
        with pytest.raises(CommandFailed, match="cannot read"):
            shell.run(f"pt-image read it {address} 16")


def test_a_core_file_that_shrinks_while_it_is_used_is_told(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "core"
    builder = CoreBuilder()
    builder.load(0x10000, b"\1" * (8 * PAGE))
    path.write_bytes(builder.build())
    shell.run(f"pt-image add-core it-was {path}")
    assert shell.json("pt-image read it-was 0x10000 2")["bytes"] == "0101"
    os.truncate(path, PAGE)
    with pytest.raises(CommandFailed, match="cannot read"):
        shell.run(f"pt-image read it-was {0x10000 + 7 * PAGE} 16")


# --- numbers at the edges

EDGES = [2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**64 + 1, 2**100]


@pytest.mark.parametrize("call", ["add-file it", "cache add"])
@pytest.mark.parametrize("offset", EDGES)
def test_an_offset_at_the_edge_is_beyond_the_end(
    shell: Shell, tmp_path: Path, call: str, offset: int
) -> None:
    for text in (str(offset), hex(offset)):
        assert "is beyond the end of" in refusal(shell, f"pt-image {call} {tmp_path}/data {text} 1 0x1000")


@pytest.mark.parametrize("call", ["add-file it", "cache add"])
@pytest.mark.parametrize("size", EDGES)
def test_a_size_at_the_edge_is_cut_at_the_end_of_the_file(
    shell: Shell, tmp_path: Path, call: str, size: int
) -> None:
    shell.run(f"pt-image {call} {tmp_path}/data 0x10 {size} 0x10000")
    if call == "cache add":
        shell.run("pt-image add-cached it 2")
    ends = [section["end"] for section in shell.json("pt-image show it")["sections"]]
    assert hex(0x10000 + 1000 - 0x10) in ends


@pytest.mark.parametrize("call", ["add-file it", "cache add"])
@pytest.mark.parametrize("address", [2**64, 2**64 + 1, 2**100, -(2**63) - 1])
def test_what_is_no_address_is_refused(shell: Shell, tmp_path: Path, call: str, address: int) -> None:
    assert "is no address" in refusal(shell, f"pt-image {call} {tmp_path}/data 0 1 -- {address}")


@pytest.mark.parametrize("call", ["add-file it", "cache add"])
def test_a_section_that_would_go_beyond_the_top_is_refused(shell: Shell, tmp_path: Path, call: str) -> None:
    for address in (2**64 - 999, 2**64 - 1):
        assert "range" in refusal(shell, f"pt-image {call} {tmp_path}/data 0 1000 {address}")
    shell.run(f"pt-image {call} {tmp_path}/data 0 1000 {2**64 - 1000}")


def test_sections_overlap_at_the_top_as_elsewhere(shell: Shell, tmp_path: Path) -> None:
    shell.run(f"pt-image add-file it {tmp_path}/data 0 100 {2**64 - 100}")
    shell.run(f"pt-image add-file it {tmp_path}/data 7 1 {2**64 - 1}")
    shell.run(f"pt-image add-file it {tmp_path}/data 3 1 {2**64 - 100}")
    assert shell.json(f"pt-image read it {2**64 - 100} 2")["bytes"] == b"31".hex()
    assert shell.json(f"pt-image read it {2**64 - 2} 2")["bytes"] == b"87".hex()
    sections = shell.json("pt-image show it")["sections"][1:]
    assert [(each["start"], each["end"], each["content"]["offset"]) for each in sections] == [
        (hex(2**64 - 100), hex(2**64 - 99), 3),
        (hex(2**64 - 99), hex(2**64 - 1), 1),
        (hex(2**64 - 1), hex(2**64), 7),
    ]


@pytest.mark.parametrize("number", [0, -1, 3, 2**63, 2**64])
def test_an_unknown_section_of_the_cache_is_refused(shell: Shell, number: int) -> None:
    assert "section" in refusal(shell, f"pt-image add-cached it -- {number}")


# --- the inferior's own name


@pytest.mark.parametrize(
    "call", ["new live", "load live", "copy live it", "snapshot live", "add-core live {}"]
)
def test_no_image_is_called_live(shell: Shell, tmp_path: Path, call: str) -> None:
    path = tmp_path / "core"
    builder = CoreBuilder()
    builder.load(0x10000, b"\1" * PAGE)
    path.write_bytes(builder.build())
    assert "'live' names the inferior itself" in refusal(shell, f"pt-image {call.format(path)}")
