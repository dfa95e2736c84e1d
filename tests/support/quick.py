"""`make quick`: every test without the mark `slow`. These start no debugger, and none takes long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# All that is in these needs a debugger, a browser or an emulator.
SLOW_FOLDERS = ("browser", "contract", "debugger")
_REFUSED = re.compile(r"gdb|lldb|gcore|qemu|chrom")
_STARTS = ("subprocess.Popen", "os.posix_spawn", "os.exec")  # audit events; a path is the first argument


class StartedByAQuickTest(PermissionError):
    """A test without the mark `slow` started such a program."""


class Quick:
    """A plugin that marks the folders, and refuses to start such programs for a test without the mark."""

    def __init__(self) -> None:
        self._runs = False  # whether a quick test does

    @staticmethod
    def pytest_itemcollected(item: pytest.Item) -> None:
        """Mark what lies in a slow folder."""
        if item.nodeid.split("/")[1] in SLOW_FOLDERS:
            item.add_marker("slow")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Know which kind of test runs, and what it needs is set up for."""
        self._runs = item.get_closest_marker("slow") is None
        try:
            return (yield)
        finally:
            self._runs = False

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Look at what Python is about to do; see `sys.addaudithook`."""
        if self._runs and event in _STARTS:
            program = arguments[0] or arguments[1][0]
            if _REFUSED.search(Path(str(program)).name):
                raise StartedByAQuickTest(f"{program} is started by a test that isn't marked `slow`")
