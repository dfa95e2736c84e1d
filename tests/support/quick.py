"""`make quick`: every test without the mark `slow`. These start no debugger, and none takes long."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

# All that is in these needs a debugger, a browser or an emulator.
SLOW_FOLDERS = ("browser", "contract", "debugger", "matrix")
_REFUSED = re.compile(r"gdb|lldb|gcore|qemu|chrom")


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

    def guard(self, starter: type) -> None:
        """Let instances of a class, which start a program, look first whether they may.

        Not by an audit hook: that is called for everything that Python audits, every call of ctypes too.
        """
        begin = starter.__init__

        @wraps(begin)
        def guarded(instance: Any, program: Any, *arguments: Any, **options: Any) -> None:
            self._check(program)
            begin(instance, program, *arguments, **options)

        starter.__init__ = guarded

    def _check(self, program: Any) -> None:
        first = program if isinstance(program, (str, bytes, os.PathLike)) else next(iter(program))
        path = os.fsdecode(first)
        if self._runs and _REFUSED.search(Path(path).name):
            raise StartedByAQuickTest(f"{path} is started by a test that isn't marked `slow`")
