"""The GDB adapter: GDB's API as core's ports, core's commands as GDB's.

`inferior()` is where scripts begin: `from ptatlas.gdbext import inferior`. What they get from there takes
`gdb.Value` wherever it takes an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import gdb
from ptatlas.core.integers import address_of, integer_of

if TYPE_CHECKING:
    from ptatlas.core.inferior import Inferior


def inferior() -> Inferior:
    """Return GDB's selected inferior; raise AtlasError if there is no process and no core file."""
    from ptatlas.core.inferiors import required

    from .debugger import DEBUGGER

    return required(DEBUGGER.selected())


@integer_of.register(gdb.Value)
def _integer_of(value: gdb.Value) -> int:
    from . import values

    return values.integer_of(value)


@address_of.register(gdb.Value)
def _address_of(value: gdb.Value) -> int:
    from . import values

    return values.address_of(value)


__all__ = ["inferior"]
