"""The wheel of the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

from ptatlas.core.bootstrap import DEPENDENCIES

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


def unpack(wheel: Path, site: Path) -> Path:
    """Put the wheel and what it needs into a folder, as pip does; return where `core` is then."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    for name in DEPENDENCIES:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        path = Path(spec.origin)
        module = path.parent if path.name == "__init__.py" else path
        (site / module.name).symlink_to(module)
    return site / "ptatlas"


def pip(*arguments: str) -> None:
    """Run pip; what it says is shown where it fails."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
