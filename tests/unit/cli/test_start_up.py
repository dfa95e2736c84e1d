"""`ptatlas install` and `uninstall`, on the dotfiles of a home of their own."""

from __future__ import annotations

import errno
import os
import stat

import pytest
from ptatlas.core.cli.block import with_line
from ptatlas.core.cli.found import load_line, plugin_of
from ptatlas.core.cli.start_up import install, uninstall
from ptatlas.core.errors import AtlasError, InvalidArgument, SourceError

BOTH = ("gdb", "lldb")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path


def told(action, *words) -> str:
    said: list[str] = []
    assert action(words, said.append) == 0
    return "".join(said)


def names(folder) -> list[str]:
    return sorted(os.listdir(folder))


def test_both_files_are_made_and_removed_again(home):
    told(install, *BOTH)
    assert f"source {plugin_of('gdb')}\n" in (home / ".gdbinit").read_text()
    assert f'command script import "{plugin_of("lldb")}"\n' in (home / ".lldbinit").read_text()
    told(uninstall)
    assert names(home) == []


@pytest.mark.parametrize("content", [b"", b"set x 1", b"set x 1\n", b"set x 1\r\n\xff"])
def test_a_file_of_the_users_is_kept_and_comes_back_byte_for_byte(home, content):
    (home / ".gdbinit").write_bytes(content)
    assert ".before-ptatlas" in told(install, "gdb")
    assert (home / ".gdbinit").read_bytes().startswith(content)
    assert (home / ".gdbinit.before-ptatlas").read_bytes() == content
    told(uninstall)
    assert (home / ".gdbinit").read_bytes() == content
    assert names(home) == [".gdbinit"]


def test_installing_twice_changes_nothing_the_second_time(home):
    told(install, *BOTH)
    before = (home / ".gdbinit").read_bytes()
    assert "has the line already" in told(install, *BOTH)
    assert (home / ".gdbinit").read_bytes() == before


@pytest.mark.parametrize(
    "line",
    [
        "source ~/tools/ptatlas/gdbext/plugin.py",
        "  source /x/ptatlas/gdbext/plugin.py  ",
        'python gdb.execute("source /x/gdbext/plugin.py")',
        "command script import '/x y/lldbext/plugin.py'",
    ],
)
def test_a_line_of_the_users_own_is_enough(home, line):
    (home / ".gdbinit").write_text(f"set x 1\n{line}\nset y 1\n")
    assert f"by a line of its own: {line.strip()}\n" in told(install, "gdb")
    assert names(home) == [".gdbinit"]


@pytest.mark.parametrize(
    "line", ["# source ~/ptatlas/gdbext/plugin.py", "source /x/gdbext/plugin.pyc", "source /plugin.py"]
)
def test_what_only_looks_like_it_is_no_line_of_the_users_own(home, line):
    (home / ".gdbinit").write_text(line + "\n")
    assert "added to" in told(install, "gdb")


def test_a_backup_holds_what_was_there_before_ptatlas_and_no_later_file(home):
    (home / ".gdbinit").write_text("set x 1\n")
    told(install, "gdb")
    with (home / ".gdbinit").open("a") as stream:
        stream.write("set y 2\n")
    told(uninstall)
    assert (home / ".gdbinit").read_text() == "set x 1\nset y 2\n"
    assert (home / ".gdbinit.before-ptatlas").read_text() == "set x 1\n"


def test_one_installed_at_another_place_takes_the_others_place(home):
    (home / ".gdbinit").write_bytes(with_line(b"set x 1\n", "source /old/ptatlas/gdbext/plugin.py"))
    told(install, "gdb")
    assert (home / ".gdbinit").read_bytes() == with_line(b"set x 1\n", load_line("gdb"))
    assert (home / ".gdbinit.before-ptatlas").read_text() == "set x 1\n"
    told(uninstall)
    assert (home / ".gdbinit").read_text() == "set x 1\n"
    assert names(home) == [".gdbinit"]


@pytest.mark.parametrize("configured", [False, True], ids=["~/.config", "XDG_CONFIG_HOME"])
def test_gdbs_other_place_is_used_where_gdb_reads_it(home, monkeypatch, configured):
    if configured:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    modern = home / ("xdg" if configured else ".config") / "gdb" / "gdbinit"
    modern.parent.mkdir(parents=True)
    modern.write_text("set x 1\n")
    told(install, "gdb")
    assert "plugin.py" in modern.read_text()
    assert not (home / ".gdbinit").exists()
    told(uninstall)
    assert modern.read_text() == "set x 1\n"


def test_it_is_taken_out_of_the_usual_file_even_if_there_is_another_now(home):
    told(install, "gdb")
    (home / ".config" / "gdb").mkdir(parents=True)
    (home / ".config" / "gdb" / "gdbinit").write_text("set x 1\n")
    told(uninstall)
    assert not (home / ".gdbinit").exists()


def test_a_link_stays_a_link_and_its_file_keeps_its_permissions(home):
    real = home / "dotfiles" / "gdbinit"
    real.parent.mkdir()
    real.write_text("set x 1\n")
    real.chmod(0o600)
    (home / ".gdbinit").symlink_to(real)
    told(install, "gdb")
    assert (home / ".gdbinit").is_symlink()
    assert "plugin.py" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    told(uninstall)
    assert (home / ".gdbinit").is_symlink()
    assert real.read_text() == "set x 1\n"


def test_without_a_debugger_nothing_is_changed_unless_it_is_named(home, monkeypatch):
    monkeypatch.setenv("PATH", str(home))
    assert told(install).count("not found, nothing changed") == 2
    assert names(home) == []
    told(install, "lldb")
    assert names(home) == [".lldbinit"]


def test_what_is_no_debugger_is_refused(home):
    with pytest.raises(InvalidArgument):
        told(install, "dbx")


def test_half_of_the_lines_are_left_alone(home):
    told(install, "gdb")
    cut = (home / ".gdbinit").read_bytes().rpartition(b"# <<<")[0]
    (home / ".gdbinit").write_bytes(cut)
    with pytest.raises(AtlasError, match="have no end"):
        told(uninstall)
    assert (home / ".gdbinit").read_bytes() == cut


def test_a_file_that_cannot_be_removed_is_told(home, monkeypatch):
    told(install, "gdb")

    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(SourceError, match=r"cannot remove .*gdbinit: Permission denied"):
        told(uninstall)


def test_a_link_to_nothing_is_one_again(home):
    (home / ".gdbinit").symlink_to(home / "dotfile")
    told(install, "gdb")
    assert "plugin.py" in (home / "dotfile").read_text()
    told(uninstall)
    assert names(home) == [".gdbinit"]
    assert not (home / "dotfile").exists()


def test_a_file_that_cannot_be_read_is_told(home):
    (home / ".gdbinit").mkdir()
    with pytest.raises(SourceError, match="cannot read"):
        told(install, "gdb")
