"""GDB's values where the public API takes integers: importing this makes core take them."""

from __future__ import annotations

import gdb
from ptatlas.core.integers import address_of, integer_of


@integer_of.register(gdb.Value)
def _integer_of(value: gdb.Value) -> int:
    from . import values

    return values.integer_of(value)


@address_of.register(gdb.Value)
def _address_of(value: gdb.Value) -> int:
    from . import values

    return values.address_of(value)
