"""The debuggers of this machine, and the plugin for each."""

from __future__ import annotations

import os
import re

_NAMES = {"gdb": re.compile(r"gdb(-multiarch)?"), "lldb": re.compile(r"lldb(-\d+)?")}


def root() -> str:
    """Return the folder that holds `core` and the two adapters."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def plugin_of(kind: str) -> str:
    """Return the path of the plugin for `gdb` or `lldb`."""
    return os.path.join(root(), f"{kind}ext", "plugin.py")


def load_line(kind: str) -> str:
    """Return the debugger's own command that loads ptatlas."""
    plugin = plugin_of(kind)
    return f"source {plugin}" if kind == "gdb" else f'command script import "{plugin}"'


def debuggers_found(kind: str) -> list[str]:
    """Return the paths of the debuggers on PATH, in its order, each program once."""
    found: dict[str, str] = {}
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        for name in _names_in(folder):
            path = os.path.join(folder, name)
            if _NAMES[kind].fullmatch(name) and os.path.isfile(path) and os.access(path, os.X_OK):
                found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _names_in(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
