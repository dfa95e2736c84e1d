"""The GDB adapter: GDB's API as core's ports, core's commands as GDB's.

`inferior()` is where scripts begin: `from ptatlas.gdbext import inferior`. What they get from there takes
`gdb.Value` wherever it takes an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ptatlas.core.inferior import Inferior


def inferior() -> Inferior:
    """Return GDB's selected inferior; raise AtlasError if there is no process and no core file."""
    from ptatlas.core.inferiors import required

    from . import integers  # noqa: F401 - from then on, its values are addresses
    from .debugger import DEBUGGER

    return required(DEBUGGER.selected())


__all__ = ["inferior"]
