"""Programs of another architecture under qemu's user emulation, behind its own stub."""

from __future__ import annotations

import functools
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from .children import Child
from .compile import PROGRAMS, compile_c
from .debuggers import Debugger, probe
from .namespaces import unshared
from .servers import wait_until_it_listens
from .session import Session
from .sessions import GdbSession

POWERPC = ("powerpc-linux-gnu-gcc",)


class MultiarchSession(GdbSession):
    """GDB for all architectures."""

    @classmethod
    def find(cls) -> Debugger:
        return find_multiarch_gdb()


@functools.cache
def find_multiarch_gdb() -> Debugger:
    """GDB for all architectures, or `DebuggerMissing`."""
    return probe("gdb-multiarch", ("gdb-multiarch",), ["-q", "-nx", "-batch", "-ex", "python print(6 * 7)"])


def powerpc_areas(build_dir: Path) -> Path:
    """The areas program for PowerPC."""
    return powerpc_program("areas.c", build_dir)


def powerpc_program(source: str, build_dir: Path) -> Path:
    """A test program for PowerPC: 32 bits, big-endian, needing no libraries of that architecture."""
    if platform.machine() != "x86_64" and shutil.which(POWERPC[0]) is None:
        pytest.skip("Debian has the compiler for PowerPC on x86-64 only")
    return compile_c(PROGRAMS / source, build_dir, "-static", compilers=POWERPC)


QEMU = ("qemu-ppc",)
CONNECT = {"gdb": "target remote {}", "lldb": "process connect --plugin gdb-remote unix-connect://{}"}
# Each answers when the program has stopped.
READY = {
    "gdb": ("break ptatlas_ready", "continue"),
    "lldb": ("breakpoint set --name ptatlas_ready", "process continue"),
}


@functools.cache
def far_qemu() -> Sequence[str]:
    """Return qemu in a pid namespace of its own: its number leads to no process that is the same here."""
    return (*unshared("pid"), *QEMU)


@contextmanager
def emulated(session: Session, emulator: Sequence[str], program: Path, *arguments: object) -> Iterator[Child]:
    """Run the program in an emulator under the session, up to where it is ready.

    `emulator` is its command, with what it is to be run by before it.
    """
    kept = tempfile.TemporaryDirectory(prefix="stub-")  # of the tests' folders some are too long for a socket
    socket = f"{kept.name}/stub"

    def let_go() -> None:
        wait_until_it_listens(socket)
        if session.name == "lldb":
            session.run_python("lldb.debugger.SetAsync(False)")
        session.run(CONNECT[session.name].format(socket))
        for command in READY[session.name]:
            session.run(command)

    run = (Path(emulator[0]), *emulator[1:], "-g", socket, program, *arguments)
    with kept, Child(*run, let_go=let_go) as child:
        yield child
