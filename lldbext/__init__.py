"""The LLDB adapter: LLDB's API as core's ports, core's commands as LLDB's.

`inferior()` is where scripts begin: `from ptatlas.lldbext import inferior`. What they get from there takes
`lldb.SBValue` wherever it takes an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import lldb
    from ptatlas.core.inferior import Inferior


def inferior(process: lldb.SBProcess | None = None) -> Inferior:
    """Return the process's inferior; None: the one that is selected in LLDB's own session.

    The same process gives the same object for as long as it lives. Raise AtlasError if there is no process
    and no core file.
    """
    import lldb
    from ptatlas.core.inferiors import required

    from . import integers  # noqa: F401 - from then on, its values are addresses
    from .debugger import DEBUGGER

    return required(DEBUGGER.selected(lldb.debugger) if process is None else DEBUGGER.of(process))


__all__ = ["inferior"]
