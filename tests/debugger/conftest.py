"""Fixtures of the debugger tests: sessions with ptatlas loaded, on what a test needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.children import Child
from support.session import Session
from support.sessions import GdbSession, LldbSession
from support.targets import write_mapped_file


@pytest.fixture
def start_loaded(start_debugger: Callable[..., Session]) -> Callable[..., Session]:
    """Start GDB, then LLDB, with ptatlas loaded."""

    def start(*args: Any, **options: Any) -> Session:
        session = start_debugger(*args, **options)
        assert session.load_ptatlas() == ""
        return session

    return start


@pytest.fixture
def attached(areas_child: Child, start_loaded: Callable[..., Session]) -> Session:
    """A session attached to the areas child; it ends first, for it holds the child."""
    session = start_loaded()
    session.attach(areas_child.pid)
    return session


class _Attached(NamedTuple):
    session: Session
    child: Child


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def attached_for_all(
    request: pytest.FixtureRequest, areas_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[_Attached]:
    """A session of each debugger, attached to an areas child, for all tests of a module that only look."""
    file = write_mapped_file(tmp_path_factory.mktemp("looked_at"))
    with Child(areas_program, file) as child, request.param.start() as session:
        assert session.load_ptatlas() == ""
        session.attach(child.pid)
        yield _Attached(session, child)


@pytest.fixture
def looking(attached_for_all: _Attached) -> Session:
    """The module's session: it is `attached`, for a test that changes neither it nor the process."""
    return attached_for_all.session


@pytest.fixture
def looked_at(attached_for_all: _Attached) -> Child:
    """The areas child that `looking` is attached to."""
    return attached_for_all.child


@pytest.fixture(scope="module")
def python_process() -> Iterator[subprocess.Popen[bytes]]:
    """An ordinary Python with libraries, which nobody patches, told to be ready by its own output."""
    script = "import sys, sqlite3, ssl, ctypes; print('ready', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def on_python(request: pytest.FixtureRequest, python_process: subprocess.Popen[bytes]) -> Iterator[Session]:
    """A session of each debugger, attached to that Python, for all tests of a module that only look."""
    with request.param.start() as session:
        assert session.load_ptatlas() == ""
        session.attach(python_process.pid)
        yield session
        session.detach()
