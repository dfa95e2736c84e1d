"""What is written anew is its owner's only, whatever the umask is; what was there keeps its permissions."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ptatlas.core.cli.start_up import install
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.files.private import PRIVATE_FILE, PRIVATE_FOLDER, new_private_file
from support.shell import Shell
from support.targets import over_page
from support.writers import SECRET, WRITERS, typed

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def everybody_may(monkeypatch, tmp_path) -> Iterator[None]:
    """A umask that takes nothing off, and a folder and a home of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    before = os.umask(0)
    yield
    os.umask(before)


def written(folder: Path) -> dict[str, int]:
    """The permissions of all below a folder."""
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o7777 for path in folder.rglob("*")}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_what_is_written_anew_is_its_owners_only(write, tmp_path):
    write()
    modes = written(tmp_path)
    assert modes
    for name, mode in modes.items():
        assert mode == (PRIVATE_FOLDER if (tmp_path / name).is_dir() else PRIVATE_FILE), name


REPLACED = [name for name in WRITERS if name.startswith("pt-") and "--raw" not in name]
WRITTEN_INTO = {"pt-image attach", "pt-image snapshot --store", "pt-image save"}


@pytest.mark.parametrize("mode", [0o644, 0o440])
@pytest.mark.parametrize("name", [*REPLACED, "MemoryMap.save", "Pool.attach"])
def test_what_is_replaced_or_written_into_keeps_its_permissions(name, mode, tmp_path):
    if name in WRITTEN_INTO or name == "Pool.attach":
        mode |= 0o200
        WRITERS[name]() if name == "Pool.attach" else typed("pt-image attach out")()
    else:
        (tmp_path / "out").write_text("old")
    os.chmod("out", mode)
    WRITERS[name]()
    assert written(tmp_path) == {"out": mode}


def test_an_empty_folder_keeps_its_permissions_too(tmp_path):
    (tmp_path / "out").mkdir()
    os.chmod("out", 0o2750)  # a group's: what is made in it is the group's as well
    WRITERS["pt-image export --raw"]()
    assert written(tmp_path).pop("out") == 0o2750


def test_a_start_up_file_keeps_its_permissions_and_the_file_before_is_no_more_open(tmp_path):
    Path(".gdbinit").write_text("set x 1\n")
    Path(".gdbinit").chmod(0o640)
    install(["gdb"], [].append)
    assert written(tmp_path) == {".gdbinit": 0o640, ".gdbinit.before-ptatlas": PRIVATE_FILE}


def test_no_program_that_runs_as_its_owner_comes_of_it(tmp_path):
    (tmp_path / "out").write_text("old")
    (tmp_path / "out").chmod(0o6755)
    over_page(SECRET).run("pt-maps -o out")
    assert written(tmp_path) == {"out": 0o755}


def test_what_is_given_up_was_never_open_to_others_and_is_gone(tmp_path, monkeypatch):
    seen: list[dict[str, int]] = []

    def fail(self: Shell, *_: object) -> None:
        seen.append(written(tmp_path))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(CommandFailed, match="cannot write out: No space left"):
        over_page(SECRET).run("pt-maps -o out")
    assert [list(each.values()) for each in seen] == [[PRIVATE_FILE]]
    assert written(tmp_path) == {}


def test_a_file_that_is_there_is_no_new_one(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        new_private_file(str(tmp_path / "link"))
    assert not (tmp_path / "nowhere").exists()


WAYS = {
    "core/files/private.py",  # makes files
    "core/files/whole.py",  # opens pipes and devices
    "core/pool/files.py",  # makes pools
    "core/images/exchange/ptxed.py",  # makes a folder
}


def makers(source: str) -> Iterator[int]:
    """Yield the lines that may make a file or a folder."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in {
            "O_CREAT", "mkdir", "makedirs", "mkfifo", "mkstemp", "mkdtemp",
            "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory", "write_text", "write_bytes",
        }:  # fmt: skip
            yield node.lineno
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "open":
            mode = node.args[1] if len(node.args) > 1 else None
            mode = next((word.value for word in node.keywords if word.arg == "mode"), mode)
            if mode is not None and not (
                isinstance(mode, ast.Constant) and set("wax+").isdisjoint(mode.value)
            ):
                yield node.lineno


def test_no_other_module_makes_files():
    files = [
        file
        for folder in ("core", "gdbext", "lldbext", "ptatlas")
        for file in (CHECKOUT / folder).rglob("*.py")
    ]
    found = {str(file.relative_to(CHECKOUT)) for file in files if list(makers(file.read_text()))}
    assert found == WAYS


@pytest.mark.parametrize(
    "source",
    [
        "open(p, 'w')",
        "open(p, mode='ab')",
        "open(p, m)",
        "os.open(p, os.O_CREAT)",
        "Path(p).write_text('')",
        "os.mkdir(p)",
    ],
)
def test_a_maker_of_files_is_seen(source):
    assert list(makers(source))
    assert not list(makers("open(p)\nopen(p, 'rb')\nos.open(p, os.O_RDONLY)"))
