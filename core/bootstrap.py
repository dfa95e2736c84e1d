"""Finds the dependencies before a plugin imports anything else of ptatlas.

A debugger's interpreter is rarely the one that ran pip, so they are looked for beside an installed ptatlas,
else in the checkout's virtual environment. Only the standard library is imported.
"""

from __future__ import annotations

import glob
import importlib.util
import os
import sys

DEPENDENCIES = ("elftools", "pygments", "tabulate")


def prepare(root: str) -> str | None:
    """Make the dependencies importable; `root` is the folder that holds `core`.

    Appends to sys.path, never prepends, and only where something is missing. Return None, or one line that
    says what is missing and what to run.
    """
    for folder in _candidates(root):
        if not _missing():
            break
        if folder not in sys.path:
            sys.path.append(folder)
            importlib.invalidate_caches()
    missing = _missing()
    if not missing:
        return None
    checkout = os.path.isfile(os.path.join(root, "pyproject.toml"))
    run = f"make -C {root} setup" if checkout else "pip install ptatlas"
    return f"ptatlas: not loaded, {', '.join(missing)} missing; run: {run}"


def _candidates(root: str) -> list[str]:
    if os.path.basename(root) == "ptatlas":
        return [os.path.dirname(root)]
    return sorted(glob.glob(os.path.join(glob.escape(root), ".venv", "lib", "python3*", "site-packages")))


def _missing() -> list[str]:
    return [name for name in DEPENDENCIES if importlib.util.find_spec(name) is None]
