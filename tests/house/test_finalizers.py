"""No finalizer of Python's: a Ctrl-C that comes while one runs is lost, and what it left open stays open."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "gdbext", "lldbext")


def finalizers(source: str) -> Iterator[int]:
    """Yield the lines that define or register one."""
    for node in ast.walk(ast.parse(source)):
        names = (getattr(node, "name", None), getattr(node, "attr", None), getattr(node, "id", None))
        if "__del__" in names or "finalize" in names:
            yield getattr(node, "lineno", 0)


def test_there_is_none():
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    found = {str(file.relative_to(ROOT)): list(finalizers(file.read_text())) for file in files}
    assert len(found) > 300
    assert {file: lines for file, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def __del__(self): ...",
        "import weakref\nweakref.finalize(a, b)",
        "from weakref import finalize",
    ],
)
def test_one_is_seen(source: str):
    assert list(finalizers(source))
