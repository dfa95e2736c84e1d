"""The dump that LLDB has open in a process's place."""

from __future__ import annotations

import lldb
from ptatlas.core.errors import SourceError
from ptatlas.core.files.pinned import OpenFile
from ptatlas.core.sources.minidump import MemoryOfDump, memory_of_minidump

# The plugins of LLDB whose processes are files.
_PLUGINS = ("elf-core", "mach-o-core", "minidump")


def shows_dump(process: lldb.SBProcess) -> bool:
    """Return whether the process is a dump, in which nothing runs or can be changed."""
    return process.GetPluginName() in _PLUGINS


def dump_path(process: lldb.SBProcess) -> str | None:
    """Return the file that LLDB has open, where it can tell (LLDB 19 and later)."""
    if not shows_dump(process) or not hasattr(process, "GetCoreFile"):
        return None
    return process.GetCoreFile().fullpath or None


def memory_held(process: lldb.SBProcess) -> MemoryOfDump | None:
    """Return where the minidump that LLDB has open holds memory; None if that isn't known, or for others."""
    path = dump_path(process) if process.GetPluginName() == "minidump" else None
    if path is None:
        return None
    try:
        file = OpenFile.open(path)
        return memory_of_minidump(file.read, file.size)
    except SourceError:
        return None
