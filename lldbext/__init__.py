"""The LLDB adapter: LLDB's API as core's ports, core's commands as LLDB's.

`inferior()` is for scripts: `from ptatlas.lldbext import inferior`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import lldb
    from ptatlas.core.inferior import Inferior


def inferior(process: lldb.SBProcess | None = None) -> Inferior:
    """Return the process's inferior; None: the one that is selected in LLDB's own session.

    The same process gives the same object for as long as it lives. AtlasError where there is no
    process and no core file.
    """
    import lldb

    from .debugger import DEBUGGER

    if process is None:
        process = lldb.debugger.GetSelectedTarget().GetProcess()
    return DEBUGGER.of_or_raise(process)


__all__ = ["inferior"]
