"""The kinds of areas, by name. It imports nothing, for it is read whenever the plugin is loaded."""

from __future__ import annotations

# The kinds of areas, as `--kind` names them.
KINDS = (
    "module",
    "file",
    "heap",
    "stack",
    "anon",
    "shared",
    "guard",
    "reserved",
    "vdso",
    "vvar",
    "vsyscall",
    "device",
)
