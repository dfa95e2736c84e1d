"""Reading much memory through LLDB without filling its cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import lldb

_SETTING = "target.process.disable-memory-cache"


@contextmanager
def uncached(process: lldb.SBProcess) -> Iterator[None]:
    """Switch LLDB's memory cache off for the block, and on again if it was on.

    LLDB caches all that is read until the process runs again: a search would take as much memory as it
    searches. The setting is the selected process's; one that isn't selected is read with the cache.
    """
    debugger = process.GetTarget().GetDebugger()
    name = debugger.GetInstanceName()
    is_selected = debugger.GetSelectedTarget().GetProcess().GetUniqueID() == process.GetUniqueID()
    if not is_selected or not _is(name, "false"):
        yield
        return
    lldb.SBDebugger.SetInternalVariable(_SETTING, "true", name)
    try:
        yield
    finally:
        lldb.SBDebugger.SetInternalVariable(_SETTING, "false", name)


def _is(debugger_name: str, value: str) -> bool:
    found = lldb.SBDebugger.GetInternalVariableValue(_SETTING, debugger_name)
    return bool(found.GetSize() == 1 and found.GetStringAtIndex(0) == value)
