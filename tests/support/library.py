"""A program with a library whose file changes while it is mapped."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from .compile import PROGRAMS, compile_c


class Library(NamedTuple):
    """The library's file, which the program maps; another build of it; and the program."""

    path: Path
    newer: Path
    program: Path


def make_library(folder: Path) -> Library:
    """Compile both builds and the program in a folder of its own, for the file will be changed."""
    folder.mkdir(exist_ok=True)
    source, flags = PROGRAMS / "library.c", ("-shared", "-fPIC", "-Wl,-z,relro", "-Wl,-z,now")
    path = folder / "libchanging.so"
    shutil.copy(compile_c(source, folder, *flags), path)
    newer = compile_c(source, folder, *flags, "-DNEWER")
    program = compile_c(PROGRAMS / "uses_library.c", folder, str(path))
    # What is on disk now is older than any process that maps it; nobody waits for a clock.
    os.utime(path, (1, 1))
    return Library(path, newer, program)


def rewrite(library: Library) -> None:
    """Write the newer build over the file, without cutting it first: what was not copied yet changes."""
    with library.path.open("r+b") as file:
        file.write(library.newer.read_bytes())
    _as_if_later(library)


def touch(library: Library) -> None:
    """Write the file as it is."""
    _as_if_later(library)


def replace(library: Library) -> None:
    """Move the newer build to the file's name."""
    other = library.path.with_suffix(".new")
    shutil.copy(library.newer, other)
    other.rename(library.path)


def delete(library: Library) -> None:
    """Take the file away."""
    library.path.unlink()


def cut(library: Library) -> None:
    """Leave nothing of the file; the program would die if it ran on."""
    os.truncate(library.path, 0)


Change = Callable[[Library], None]


def _as_if_later(library: Library) -> None:
    """A process that began just now is not older than the file by enough to tell."""
    far = time.time() + 3600
    os.utime(library.path, (far, far))
