"""The dump that LLDB has open in a process's place."""

from __future__ import annotations

import lldb

# The plugins of LLDB whose processes are files.
_PLUGINS = ("elf-core", "mach-o-core", "minidump")


def shows_dump(process: lldb.SBProcess) -> bool:
    """Return whether the process is a dump, in which nothing runs or can be changed."""
    return process.GetPluginName() in _PLUGINS


def dump_path(process: lldb.SBProcess) -> str | None:
    """Return the file that LLDB has open, where it can tell (LLDB 17 and later)."""
    if not shows_dump(process) or not hasattr(process, "GetCoreFile"):
        return None
    return process.GetCoreFile().fullpath or None
