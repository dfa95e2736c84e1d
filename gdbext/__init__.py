"""The GDB adapter: GDB's API as core's ports, core's commands as GDB's.

`inferior()` is for scripts: `from ptatlas.gdbext import inferior`.
"""

from __future__ import annotations

from ptatlas.core.inferior import Inferior

from .debugger import DEBUGGER


def inferior() -> Inferior:
    """Return GDB's selected inferior; AtlasError where there is no process and no core file."""
    return DEBUGGER.selected_or_raise()


__all__ = ["inferior"]
