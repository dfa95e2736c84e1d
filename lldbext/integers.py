"""LLDB's values where the public API takes integers: importing this makes core take them."""

from __future__ import annotations

import lldb
from ptatlas.core.integers import address_of, integer_of


@integer_of.register(lldb.SBValue)
def _integer_of(value: lldb.SBValue) -> int:
    from . import values

    return values.integer_of(value)


@address_of.register(lldb.SBValue)
def _address_of(value: lldb.SBValue) -> int:
    from . import values

    return values.address_of(value)
