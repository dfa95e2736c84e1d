"""Fixtures of the debugger tests: sessions with ptatlas loaded, on what a test needs."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest
from support.children import Child
from support.session import Session

BREAK = {"gdb": "break {}", "lldb": "breakpoint set --name {}"}
CONTINUE = {"gdb": "continue", "lldb": "process continue"}


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


def run_json(session: Session, command: str) -> Any:
    """Run a command with --json; return the document."""
    answer = session.run(f"{command} --json")
    try:
        return json.loads(answer)
    except ValueError:
        raise AssertionError(f"{command} --json gave no document: {answer}") from None
