"""Fixtures for all tests: compiled programs, children, debugger sessions."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pexpect
import pytest
from hypothesis import HealthCheck, settings
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.deadline import Deadline
from support.debuggers import DebuggerMissing, find_gdb, find_lldb
from support.disks import folder_in_memory
from support.matrix_page import Results
from support.quick import Quick
from support.session import Session
from support.sessions import GdbSession, LldbSession
from support.shared import run_folder
from support.targets import write_mapped_file
from support.wheel import built_wheel

# Seconds that a test may take, on whatever machine. What waits, waits 60 at most.
LONGEST = 300
# No test may fail because the machine was busy.
settings.register_profile(
    "ptatlas", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("ptatlas")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make matrix` ask for every version, and for its page."""
    parser.addoption("--matrix", action="store_true", help="every version; write docs/reliability.md")


def pytest_configure(config: pytest.Config) -> None:
    """Keep tests from hanging, and quick ones from starting debuggers."""
    config.pluginmanager.register(Deadline(LONGEST))
    if config.getoption("--matrix"):
        config.pluginmanager.register(Results())
    quick = Quick()
    config.pluginmanager.register(quick)
    for starter in (subprocess.Popen, pexpect.spawn):
        quick.guard(starter)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say first which debuggers the tests will run in; quick ones run in none."""
    if config.getoption("markexpr") == "not slow":
        return []
    return [_describe(find) for find in (find_gdb, find_lldb)]


def _describe(find: Callable[[], Any]) -> str:
    try:
        debugger = find()
    except DebuggerMissing as missing:
        return f"MISSING: {missing}"
    return f"{debugger.name}: {debugger.path}, {debugger.version}"


@pytest.fixture(scope="session")
def build_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where programs are compiled; one that is there is not compiled again by any process of the run."""
    return run_folder(tmp_path_factory) / "build"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout, built once a run."""
    return built_wheel(run_folder(tmp_path_factory) / "wheel")


@pytest.fixture(scope="session")
def areas_program(build_dir: Path) -> Path:
    """The compiled tests/programs/areas.c: see its head comment."""
    return compile_c(PROGRAMS / "areas.c", build_dir)


@pytest.fixture
def mapped_file(tmp_path: Path) -> Path:
    """A file of 10,000 bytes for a program to map: byte N is N mod 251."""
    return write_mapped_file(tmp_path)


@pytest.fixture
def areas_child(areas_program: Path, mapped_file: Path) -> Iterator[Child]:
    """A running areas program with that file mapped, waiting for commands."""
    with Child(areas_program, mapped_file) as child:
        yield child


@pytest.fixture
def start_gdb() -> Iterator[Callable[..., Session]]:
    """`GdbSession.start`, whose sessions end with the test."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(GdbSession.start(*args, **options))


@pytest.fixture
def start_lldb() -> Iterator[Callable[..., Session]]:
    """`LldbSession.start`, whose sessions end with the test."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(LldbSession.start(*args, **options))


@pytest.fixture(params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def start_debugger(request: pytest.FixtureRequest) -> Iterator[Callable[..., Session]]:
    """The same test in both debuggers: `GdbSession.start`, then `LldbSession.start`."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(request.param.start(*args, **options))


@pytest.fixture
def memory_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder on a tmpfs where there is one: for tests that commit often, and want no slow disk."""
    with folder_in_memory(tmp_path.name, tmp_path) as folder:
        yield folder
