"""`ptatlas install` and `uninstall`: the debuggers' start-up files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..errors import InvalidArgument, SourceError
from ..files.whole import whole_file
from .block import has_line, with_line, without_line
from .found import debuggers_found, load_line

Write = Callable[[str], object]
KINDS = ("gdb", "lldb")
BACKUP = ".before-ptatlas"
_PLUGIN = re.compile(r"\b(gdb|lldb)ext/plugin\.py\b")


class StartUpFile(NamedTuple):
    """A debugger's start-up file, and the line there that loads ptatlas."""

    path: str
    line: str


def start_up_files(kind: str) -> tuple[str, str]:
    """Return the files that the debugger may read when it starts: it reads the first that is there.

    GDB's is in $XDG_CONFIG_HOME/gdb, by default ~/.config/gdb, else ~/.gdbinit (GDB manual, "Startup").
    LLDB's is ~/.lldbinit-lldb, else ~/.lldbinit (lldb(1), "CONFIGURATION FILES").
    """
    if kind == "gdb":
        config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        return os.path.join(config, "gdb", "gdbinit"), os.path.expanduser("~/.gdbinit")
    return os.path.expanduser("~/.lldbinit-lldb"), os.path.expanduser("~/.lldbinit")


def start_up_file(kind: str) -> StartUpFile:
    """Return the file that the debugger reads, and what to write there; if there is none, the usual one."""
    first, usual = start_up_files(kind)
    return StartUpFile(first if os.path.exists(first) else usual, load_line(kind))


def install(words: Sequence[str], write: Write) -> int:
    """Let the debuggers load ptatlas when they start: those that are named, else those that are there.

    Raise SourceError if a file can't be read or written, AtlasError if it holds half of an earlier block.
    """
    for kind in _kinds(words):
        if not words and not debuggers_found(kind):
            write(f"{kind}: not found, nothing changed (ptatlas install {kind} does it all the same)\n")
        else:
            write(f"{kind}: {_install(start_up_file(kind))}\n")
    return 0


def uninstall(words: Sequence[str], write: Write) -> int:
    """Take out what `install` added; each file is then as it was before. Raise as `install` does."""
    for kind in _kinds(words):
        done = [said for said in map(_uninstall, start_up_files(kind)) if said]
        write(f"{kind}: {'; '.join(done) or 'nothing of ptatlas is in its start-up files'}\n")
    return 0


def _kinds(words: Sequence[str]) -> Sequence[str]:
    for word in words:
        if word not in KINDS:
            raise InvalidArgument(f"there is no debugger {word!r}", hint="gdb or lldb")
    return words or KINDS


def _install(file: StartUpFile) -> str:
    content = _read(file.path)
    if has_line(content, file.line):
        return f"{file.path} has the line already"
    before = without_line(content)
    own = _own_line(before)
    if own is not None:
        return f"{file.path} loads ptatlas already, by a line of its own: {own}"
    if before is not None and not os.path.exists(file.path + BACKUP):
        _write(file.path + BACKUP, before)
    _write(file.path, with_line(content, file.line))
    kept = "" if before is None else f"; the file before is kept as {file.path}{BACKUP}"
    return f"added to {file.path}: {file.line}{kept}"


def _uninstall(path: str) -> str | None:
    """Take the lines out of the file; return what was done, None for nothing."""
    content = _read(path)
    before = without_line(content)
    if before == content:
        return None
    if before is None:
        _remove(os.path.realpath(path))
    else:
        _write(path, before)
    if _read(path + BACKUP) == before and before is not None:
        _remove(path + BACKUP)
    return f"taken out of {path}" if before is not None else f"{path}, made by ptatlas install, is removed"


def _own_line(content: bytes | None) -> str | None:
    """Return a line outside the block that loads a plugin, by a command or in Python; None without."""
    for line in (content or b"").decode("utf-8", "replace").splitlines():
        if _PLUGIN.search(line) and not line.lstrip().startswith("#"):
            return line.strip()
    return None


def _read(path: str) -> bytes | None:
    """Return the file's content; None if there is none. Raise SourceError if it can't be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}", hint="nothing was changed") from None


def _remove(path: str) -> None:
    """Remove the file; raise SourceError if that can't be done."""
    try:
        os.unlink(path)
    except OSError as error:
        raise SourceError(f"cannot remove {path}: {error.strerror}") from None


def _write(path: str, content: bytes) -> None:
    with whole_file(path) as stream:
        stream.write(content)
