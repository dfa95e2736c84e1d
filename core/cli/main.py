"""`ptatlas`: its first word says what to do."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence

from ..commands.shell.dispatch import message
from ..errors import AtlasError
from ..suggestions import did_you_mean
from ..version import described
from . import headless

USAGE = """\
Usage: ptatlas maps|find|image TARGET [ARGUMENTS]   pt-maps, pt-find, pt-image without a debugger
       ptatlas install [gdb] [lldb]                 load ptatlas whenever the debugger starts
       ptatlas uninstall [gdb] [lldb]               and no longer
       ptatlas doctor                               which debuggers there are, and how ptatlas works there
       ptatlas --version

TARGET is the number of a process, or a core file; for calls that look at neither, a dash.
The arguments are those of the command: ptatlas find --help shows them.
Exit status: 0 found, 1 nothing found, 2 an error, or nothing that could be looked at."""

# What answers a first word, given the others; it imports what it needs when it is called.
Run = Callable[[Sequence[str]], int]


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say, by default those of the command line; return the exit status."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when whoever reads the output has enough
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    first, *rest = list(sys.argv[1:] if words is None else words) or ["--help"]
    try:
        return _run(first, rest)
    except AtlasError as error:
        sys.stderr.write(message("ptatlas", error) + "\n")
    except KeyboardInterrupt:
        sys.stderr.write("ptatlas: interrupted\n")
    return headless.FAILED


def _run(first: str, rest: Sequence[str]) -> int:
    if first in headless.COMMAND_OF:
        return headless.run(first, rest)
    known: dict[str, Run] = {
        "install": _install,
        "uninstall": _uninstall,
        "doctor": _doctor,
        "--version": _version,
        "--help": _help,
        "-h": _help,
    }
    if first not in known:
        hint = did_you_mean(first, (*headless.COMMAND_OF, *known), "ptatlas --help shows what there is")
        raise AtlasError(f"there is no {first!r}", hint=hint)
    return known[first](rest)


def _install(words: Sequence[str]) -> int:
    from .start_up import install

    return install(words, sys.stdout.write)


def _uninstall(words: Sequence[str]) -> int:
    from .start_up import uninstall

    return uninstall(words, sys.stdout.write)


def _doctor(words: Sequence[str]) -> int:
    from .doctor import doctor

    return doctor(words, sys.stdout.write)


def _version(_: Sequence[str]) -> int:
    sys.stdout.write(described() + "\n")
    return 0


def _help(_: Sequence[str]) -> int:
    sys.stdout.write(f"{described()}\n\n{USAGE}\n")
    return 0
