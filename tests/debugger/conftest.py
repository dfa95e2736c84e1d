"""Fixtures of the debugger tests: sessions with ptatlas loaded, on what a test needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.children import Child
from support.session import Session


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


@pytest.fixture
def python_process() -> Iterator[subprocess.Popen[bytes]]:
    """An ordinary Python with libraries, which nobody has patched, told to be ready by its own output."""
    script = "import sys, sqlite3, ssl, ctypes; print('ready', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


@pytest.fixture
def on_python(python_process: subprocess.Popen[bytes], start_loaded: Callable[..., Session]) -> Session:
    """A session attached to that Python."""
    session = start_loaded()
    session.attach(python_process.pid)
    return session
