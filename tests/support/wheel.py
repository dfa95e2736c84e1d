"""The wheel of the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from .sessions import CHECKOUT
from .shared import turn

FOLDERS = ("core", "gdbext", "lldbext", "ptatlas")


def built_wheel(folder: Path) -> Path:
    """Return the wheel, built once in this folder; from a copy, so that the checkout stays clean."""
    with turn(folder):
        return next((folder / "dist").glob("*.whl"), None) or _build(folder)


def _build(folder: Path) -> Path:
    copy = folder / "copy"
    for name in FOLDERS:
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, copy)
    pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(folder / "dist"), str(copy))
    (built,) = (folder / "dist").glob("*.whl")
    return built


def pip(*arguments: str) -> None:
    """Run pip; what it says is shown where it fails."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
