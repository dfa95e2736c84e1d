"""Compile test programs, each at most once per output folder, whichever processes ask for it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from .shared import turn

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"
DEFAULT_FLAGS = ("-g", "-O0")


class CompileError(Exception):
    """The compiler is missing or refused; the message holds all that it said."""


def compile_c(
    source: str | Path, out_dir: Path, *flags: str, compilers: tuple[str, ...] = ("gcc", "cc")
) -> Path:
    """Compile C source (a path, or the text itself) with `-g -O0` and `flags`; return the program's path.

    The program is called as its source (text: `program`) and lies in a folder named by a digest of the text
    and the flags, so asking again returns what is there. Flags come after the source, where `-l` options
    must stand. The first of the compilers that is there is taken. Raises `CompileError`.
    """
    name, text = (source.stem, source.read_text()) if isinstance(source, Path) else ("program", source)
    options = (*DEFAULT_FLAGS, *flags)
    digest = hashlib.sha256("\0".join((text, *options, *compilers)).encode()).hexdigest()[:12]
    program = Path(out_dir, digest, name)
    if not program.exists():
        with turn(program.parent):
            if not program.exists():
                _compile(name, text, options, program, compilers)
    return program


def _compile(
    name: str, text: str, options: tuple[str, ...], program: Path, compilers: tuple[str, ...]
) -> None:
    compiler = next(filter(None, map(shutil.which, compilers)), None)
    if compiler is None:
        raise CompileError(f"no C compiler ({' or '.join(compilers)}): run `make setup`")
    source = program.with_suffix(".c")  # kept: debuggers show its lines
    source.write_text(text)
    unfinished = program.with_suffix(".unfinished")  # so that a program that is there is whole
    command = [compiler, str(source), *options, "-o", str(unfinished)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CompileError(f"{name}: {' '.join(command)}\n{done.stderr}")
    unfinished.rename(program)
