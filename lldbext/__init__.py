"""The LLDB adapter: LLDB's API as core's ports, core's commands as LLDB's.

`inferior()` is where scripts begin: `from ptatlas.lldbext import inferior`. What they get from there takes
`lldb.SBValue` wherever it takes an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lldb
from ptatlas.core.integers import address_of, integer_of

if TYPE_CHECKING:
    from ptatlas.core.inferior import Inferior


def inferior(process: lldb.SBProcess | None = None) -> Inferior:
    """Return the process's inferior; None: the one that is selected in LLDB's own session.

    The same process gives the same object for as long as it lives. Raise AtlasError if there is no process
    and no core file.
    """
    from ptatlas.core.inferiors import required

    from .debugger import DEBUGGER

    return required(DEBUGGER.selected(lldb.debugger) if process is None else DEBUGGER.of(process))


@integer_of.register(lldb.SBValue)
def _integer_of(value: lldb.SBValue) -> int:
    from . import values

    return values.integer_of(value)


@address_of.register(lldb.SBValue)
def _address_of(value: lldb.SBValue) -> int:
    from . import values

    return values.address_of(value)


__all__ = ["inferior"]
