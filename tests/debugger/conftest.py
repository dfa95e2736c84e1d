"""Fixtures of the debugger tests: sessions with ptatlas loaded, on what a test needs."""

from __future__ import annotations

from typing import Any, Callable

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
