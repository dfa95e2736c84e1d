"""Loads ptatlas into a debugger's Python, whole or not at all.

A plugin runs this file by its path, before anything of ptatlas can be imported: only the standard library is
imported here.
"""

from __future__ import annotations

import glob
import importlib
import importlib.util
import os
import sys
import types

# What is imported, and the distribution that brings it.
DEPENDENCIES = {"elftools": "pyelftools", "pygments": "pygments", "tabulate": "tabulate"}
_NAME = "ptatlas"


def load(root: str, adapter: str, *register_with: object) -> str | None:
    """Import the adapter from `root`, the folder that holds `core`, and let it register its commands.

    Return None, or one line that says why ptatlas isn't there. Then the imported modules and sys.path are as
    they were before, so that the next load finds nothing of this one.
    """
    loaded = loaded_from()
    if loaded not in (None, root):
        return f"{_NAME}: already loaded from {loaded}; to load {root}, restart the debugger"
    before = _Before()
    problem = None
    try:
        problem = _load(root, adapter, register_with)
    except Exception as error:  # noqa: BLE001 - whatever it is, the debugger starts without ptatlas
        problem = f"{type(error).__name__}: {error}{_place_of(error)}"
    except KeyboardInterrupt:
        problem = "interrupted"
    if problem is None:
        return None
    before.restore()
    return f"{_NAME}: not loaded from {root}: {problem}"


def loaded_from() -> str | None:
    """Return the folder from which something of ptatlas is imported already, None if nothing is."""
    for part in ("core", "gdbext", "lldbext"):
        file: str | None = getattr(sys.modules.get(f"{_NAME}.{part}"), "__file__", None)
        if file is not None:
            return os.path.dirname(os.path.dirname(os.path.realpath(file)))
    return None


def prepare(root: str) -> str | None:
    """Make the dependencies importable; `root` is the folder that holds `core`.

    A debugger's interpreter is rarely the one that ran pip, so they are looked for beside an installed
    ptatlas, else in the checkout's virtual environment. Appends to sys.path, never prepends, and only where
    something is missing. Return None, or what is missing and what to run.
    """
    for folder in _candidates(root):
        if not _missing():
            break
        if folder not in sys.path:
            sys.path.append(folder)
            importlib.invalidate_caches()
    missing = _missing()
    return f"{', '.join(missing)} missing; run: {_remedy(root, missing)}" if missing else None


def _remedy(root: str, missing: list[str]) -> str:
    """Return the line for a shell that brings what is missing."""
    from shlex import quote

    if _is_checkout(root):
        return f"make -C {quote(root)} ready"
    packages = " ".join(DEPENDENCIES[name] for name in missing)
    return f"pip install --target {quote(os.path.dirname(root))} {packages}"


def _load(root: str, adapter: str, register_with: tuple[object, ...]) -> str | None:
    """Load, and leave everything as it then is; return what `prepare` finds missing."""
    # There may be one: a namespace that an import has made, or a user's script of that name.
    package = sys.modules.setdefault(_NAME, types.ModuleType(_NAME))
    package.__path__ = [root]  # and no other place: parts of two versions don't fit together
    importlib.invalidate_caches()  # a file may have come since the last load, which looked for it in vain
    problem = prepare(root)
    if problem is not None:
        return problem
    commands = importlib.import_module(f"{_NAME}.{adapter}.commands")
    try:
        commands.register(*register_with)
    except KeyboardInterrupt:
        # No debugger takes back what was registered so far. A second call replaces it.
        commands.register(*register_with)
    return None


class _Before:
    """What a load changes of the debugger's Python, as it was before."""

    def __init__(self) -> None:
        self._modules = frozenset(sys.modules)
        self._path = tuple(sys.path)
        self._package = sys.modules.get(_NAME)
        self._places = getattr(self._package, "__path__", None)

    def restore(self) -> None:
        """Forget what was imported of ptatlas since, and where its dependencies were looked for."""
        for name in [name for name in sys.modules if name not in self._modules]:
            if f"{name}.".startswith(f"{_NAME}."):
                _forget(name)
        if self._package is not None:
            vars(self._package).pop("__path__", None)
            if self._places is not None:
                self._package.__path__ = self._places
        sys.path[:] = [folder for folder in sys.path if folder in self._path]


def _forget(name: str) -> None:
    """Take a module out of those that are imported, and out of its package, where imports look as well."""
    module = sys.modules.pop(name)
    package, _, own = name.rpartition(".")
    if getattr(sys.modules.get(package), own, None) is module:
        delattr(sys.modules[package], own)


def _place_of(error: Exception) -> str:
    """Return the line of ptatlas that failed; a SyntaxError's text has its own."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or isinstance(error, SyntaxError):
        return ""
    return f" ({trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno})"


def _is_checkout(root: str) -> bool:
    """Return whether it is one, whatever its folder is called: `git clone` calls it as pip does."""
    return os.path.isfile(os.path.join(root, "pyproject.toml"))


def _candidates(root: str) -> list[str]:
    if not _is_checkout(root) and os.path.basename(root) == _NAME:
        return [os.path.dirname(root)]
    return sorted(glob.glob(os.path.join(glob.escape(root), ".venv", "lib", "python3*", "site-packages")))


def _missing() -> list[str]:
    names = (name for name in DEPENDENCIES if name not in sys.modules)
    return [name for name in names if importlib.util.find_spec(name) is None]
