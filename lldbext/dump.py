"""The dump that LLDB has open in a process's place."""

from __future__ import annotations

import lldb


def core_path(process: lldb.SBProcess) -> str | None:
    """The ELF core file that LLDB has open, where it can tell (LLDB 17 and later)."""
    if process.GetPluginName() != "elf-core" or not hasattr(process, "GetCoreFile"):
        return None
    return process.GetCoreFile().fullpath or None
